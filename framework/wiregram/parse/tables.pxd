from cpython.array cimport array as Row


cdef class Tables:
    cdef readonly int width, columns, symbols, rows, start, end, waiting, ending, first
    cdef readonly Py_ssize_t field, limit
    cdef readonly bint recursive
    cdef const int[::1] classes, ends, moves, accepts, actions, gotos, scanners, kept, sizes, origins, nodes, singles, conversions, listed
    cdef Row blank
    cdef readonly list drops, names, kinds, lists, node_slots
    cdef readonly object keep, message, shown, leaps
