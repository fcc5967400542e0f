cimport cython

cdef dict MAKERS


cdef class Maker:
    cpdef make(self, program, params)


@cython.locals(maker=Maker)
cpdef begin(program, params=*)
