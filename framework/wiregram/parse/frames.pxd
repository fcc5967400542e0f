cimport cython


@cython.final
cdef class Frame:
    cdef Frame below
    cdef int kind, flags
    cdef Py_ssize_t base, pos, bound, low, end, target, levels, depth, index, start
    cdef object items


@cython.final
cdef class Handler:
    cdef Handler below
    cdef Frame stack
    cdef Py_ssize_t target, base, levels, layers, pos, bound, low, depth
    cdef bint peek, loop
