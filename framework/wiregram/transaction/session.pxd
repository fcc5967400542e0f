cimport cython

from wiregram.model.delivery cimport Delivery
from wiregram.transaction.cursor cimport Cursor
from wiregram.transaction.items cimport Items

cdef int DATA, END, GAP, REQUEST


cdef class Session(Items):
    cdef bint _finishing, _one_sided

    @cython.locals(cursor=Cursor, other=Cursor, direction=int, kind=int, size="long long")
    cpdef feed(self, Delivery delivery)

    @cython.locals(first=Cursor, second=Cursor)
    cpdef tick(self, time)

    @cython.locals(cursor=Cursor)
    cpdef finish(self, time, number)

    cpdef list take(self)

    @cython.locals(cursor=Cursor)
    cpdef absent(self, int direction)

    @cython.locals(cursor=Cursor)
    cpdef long long pending(self, int direction) except? -1

    @cython.locals(first=Cursor, second=Cursor, cursor=Cursor, still_open=dict, most="long long", can_first=bint, can_second=bint)
    cdef _run(self)

    cdef bint _deserted(self, Cursor cursor, Cursor other) except -1

    @cython.locals(one=Delivery, two=Delivery, first_due=bint, second_due=bint)
    cdef Cursor _before(self, Cursor first, Cursor second)

    @cython.locals(piece=Delivery)
    cdef bint _may(self, Cursor cursor, Cursor other) except -1
