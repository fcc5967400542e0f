cimport cython

from wiregram.expression.scope cimport Scope

cdef object Secret


cdef class Run:
    cdef of(self, Scope scope)


cdef class Field(Run):
    cdef object fields, name, opened


cdef class Own(Field):
    pass


cdef class Request(Field):
    pass


cdef class Response(Field):
    pass


cdef class Item(Field):
    pass


cdef class Counted(Run):
    cdef str what, side


cdef class Constant(Run):
    cdef object constant


cdef class Fresh(Run):
    cdef object constant, kind


cdef class Default(Run):
    cdef tuple runs

    @cython.locals(run=Run)
    cdef of(self, Scope scope)


cdef class Memo(Run):
    cdef object number
    cdef Run run

    @cython.locals(known=dict)
    cdef of(self, Scope scope)


cdef class Once(Run):
    cdef Run run


cdef class Present(Run):
    cdef Run run


cdef class Listed(Run):
    cdef tuple runs

    @cython.locals(run=Run, made=list)
    cdef of(self, Scope scope)


@cython.locals(whole=dict)
cpdef measured(Scope scope, value)
