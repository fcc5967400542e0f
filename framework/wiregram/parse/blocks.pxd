cimport cython
from cpython.array cimport array as Row


@cython.final
cdef class Block:
    cdef readonly Py_ssize_t size, beyond, computed, stored
    cdef readonly int answer
    cdef public int operation, operand
    cdef Row steps, stores
