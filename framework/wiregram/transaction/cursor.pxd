cimport cython

from wiregram.model.delivery cimport Delivery
from wiregram.model.flow cimport Account
from wiregram.transaction.exchange cimport Exchange
from wiregram.transaction.tables cimport LinkedSide, LinkedState, LinkedTransition


cdef class Resync:
    cdef public object finder
    cdef public bint before
    cdef public long long blind


cdef class Cursor:
    cdef public int direction, usual, role
    cdef public Account account
    cdef public LinkedSide side
    cdef public LinkedState state, fallback, origin
    cdef public LinkedTransition hold
    cdef public Exchange exchange, resume
    cdef public Resync resync
    cdef public object pieces, parser, buffer, this, extent, outlet, adopted
    cdef public list parts
    cdef public long long at, offset, arrived, lost, message, under, need, idle, unit, start, mark, errors
    cdef public bint absent, chosen, closing, crlf, deep, ended, keyless, over, seeking, stopped, told

    @cython.locals(at="long long", first=Delivery)
    cpdef advance(self, long long size)

    cpdef rewind(self)

    @cython.locals(parts=list, last=Py_ssize_t)
    cpdef gather(self, Delivery piece, long long size)

    cpdef long long waiting(self) except? -1

    cpdef long long pending(self) except? -1
