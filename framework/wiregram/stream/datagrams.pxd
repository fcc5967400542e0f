cimport cython

from wiregram.model.delivery cimport Delivery
from wiregram.model.packet cimport Segment

cdef class Datagrams:
    cdef list _span
    cdef bint _ended

    @cython.locals(length=Py_ssize_t, size=Py_ssize_t, payload=bytes, out=list)
    cpdef list push(self, Segment segment, int direction)

    cpdef list tick(self, long long time)
    cpdef list finish(self, long long time, long long number)
    cpdef long long pending(self, int direction)
    cpdef long long span(self, int direction)
    cpdef swap(self)
