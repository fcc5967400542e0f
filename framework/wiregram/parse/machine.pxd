cimport cython
from cpython.array cimport array as Row


@cython.final
cdef class Machine:
    cdef readonly object program
    cdef Row ops, a, b, c, blank
    cdef const int[::1] sizes, steps, stepped
    cdef const long long[::1] numbers
    cdef const unsigned char[::1] quick
    cdef list names, constants, switches, mappings, runs, shown, formulas, foreigns, blocks
    cdef bytes kind
    cdef bint indexed
    cdef Py_ssize_t field, elements, work, depth, decoded, slots


cdef dict _MACHINES
cdef Machine _LAST

cdef Machine machine_of(program)
