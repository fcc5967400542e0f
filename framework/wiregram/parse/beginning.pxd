cimport cython

cdef dict MAKERS


@cython.locals(make=object)
cpdef begin(program, params=*)
