cimport cython

from wiregram.expression cimport operators, values
from wiregram.expression.pieces cimport Run
from wiregram.expression.scope cimport Scope

cdef object Secret, reveal, spread, wrap, add, measured


cdef class Whole(Run):
    cdef object get


cdef class Marked(Run):
    cdef object operate
    cdef tuple runs
    cdef bint strict

    @cython.locals(run=Run, found=list, absent=bint)
    cdef of(self, Scope scope)


cdef class MarkedUnary(Run):
    cdef object operate
    cdef Run run
    cdef bint strict


cdef class MarkedBinary(Run):
    cdef object operate
    cdef Run left, right
    cdef bint strict


cdef class Sum(MarkedBinary):
    pass


cdef class MarkedAgainst(Run):
    cdef object operate, constant
    cdef Run run


cdef class Kleene(Run):
    cdef Run left, right
    cdef object decides


cdef class Choice(Run):
    cdef Run test, then, otherwise


cdef class Attribute(Run):
    cdef Run run
    cdef str name


cdef class Index(Run):
    cdef Run run, key


cdef class Slice(Run):
    cdef Run run, first, last


cdef class Length(Run):
    cdef Run run


cdef class Through(Run):
    cdef object compute
    cdef tuple runs

    @cython.locals(run=Run, arguments=list, secret=bint, absent=bint)
    cdef of(self, Scope scope)


cdef _of(owner, found)

cdef _marked(operate, tuple found)
