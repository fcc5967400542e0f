from wiregram.transaction.exchange cimport Exchange, Transaction
from wiregram.transaction.exchanges cimport Exchanges

cdef int REQUEST, RESPONSE


cdef class Outlets(Exchanges):
    cdef public dict files, streams
    cdef public object waiting
    cdef public list windows

    cpdef expire(self, now)

    cpdef end_outlets(self, Transaction home, Exchange exchange, int role=*)
