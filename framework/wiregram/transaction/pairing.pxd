cimport cython

from wiregram.transaction.exchange cimport Exchange


cdef class Pairing:
    cdef bint _by_order, _by_key
    cdef long long _most, _serial
    cdef public dict open
    cdef public tuple queues, keyed

    cpdef add(self, Exchange exchange)

    @cython.locals(exchange=Exchange, found=Exchange)
    cpdef Exchange oldest(self, int initiator, long long mark)

    @cython.locals(exchange=Exchange, keyed=dict)
    cpdef Exchange of_key(self, int initiator, key, long long mark)

    cpdef answered(self, Exchange exchange)

    @cython.locals(keyed=dict)
    cpdef close(self, Exchange exchange)
