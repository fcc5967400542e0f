cimport cython

from wiregram.expression cimport operators, values
from wiregram.expression.pieces cimport Run
from wiregram.expression.scope cimport Scope

cdef object Secret, negative, reveal, measured


cdef class Whole(Run):
    cdef object get


cdef class Revealed(Run):
    cdef Run run


cdef class Is(Run):
    cdef Run run
    cdef object wanted, kind
    cdef bint holds


cdef class OwnIs(Is):
    cdef str name


cdef class RequestIs(OwnIs):
    pass


cdef class Ordered(Run):
    cdef Run run
    cdef object limit, compare, slow


cdef class Member(Run):
    cdef Run run
    cdef list members
    cdef frozenset texts, numbers
    cdef bint holds


cdef class Against(Run):
    cdef object operate, constant
    cdef Run run


cdef class Binary(Run):
    cdef object operate
    cdef Run left, right


cdef class Not(Run):
    cdef Run run


cdef class Truth(Run):
    cdef Run run


cdef class And(Run):
    cdef Run left, right


cdef class Or(And):
    pass


cdef class If(Run):
    cdef Run test, then, otherwise


cdef class Negative(Run):
    cdef Run run


cdef class Attribute(Run):
    cdef Run run
    cdef str name


cdef class ItemAttribute(Run):
    cdef str where, name


cdef class LookedUp(Run):
    cdef dict entries
    cdef Run key


cdef class Element(Run):
    cdef Run run
    cdef object place


cdef class Index(Run):
    cdef Run run, key


cdef class Slice(Run):
    cdef Run run, first, last


cdef class Length(Run):
    cdef Run run


cdef class Unary(Run):
    cdef object compute
    cdef Run run


cdef class With(Run):
    cdef object compute, constant
    cdef Run run


cdef class Called(Run):
    cdef object compute
    cdef tuple runs

    @cython.locals(run=Run, arguments=list)
    cdef of(self, Scope scope)
