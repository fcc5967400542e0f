cimport cython

from wiregram.expression.pieces cimport Run
from wiregram.expression.scope cimport Scope

cdef object Secret, spread
cdef int ELEMENTS


cdef class Copied(Run):
    cdef Run run


cdef class Fixed(Run):
    cdef tuple keys, runs
    cdef Run struct

    @cython.locals(run=Run, struct=Run, made=dict, place=Py_ssize_t)
    cdef of(self, Scope scope)


cdef class Named(Run):
    cdef tuple keys, runs
    cdef Run struct

    @cython.locals(run=Run, struct=Run, made=dict, place=Py_ssize_t)
    cdef of(self, Scope scope)


cdef class Elements(Run):
    cdef Run items, guard, inner
    cdef bint merge

    @cython.locals(made=list, merged=dict, guard=Run, inner=Run, outer=dict)
    cdef of(self, Scope scope)
