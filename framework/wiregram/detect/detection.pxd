cimport cython

from wiregram.detect.probes cimport Trial
from wiregram.detect.scan cimport Scan
from wiregram.detect.side cimport Side

cdef int UDP, MORE


cdef class Detection:
    cdef object _detector, _found
    cdef tuple _forced
    cdef str _expected, _old
    cdef long long _client_port, _server_port, _limit
    cdef int _first, _waiting
    cdef bint _loose, _upgrade
    cdef readonly list _sides
    cdef public int transport
    cdef public str verdict, ended
    cdef public list sides, parsers, events
    cdef public bint swapped, parsing
    cdef public tuple limits

    @cython.locals(side=Side, other=Side)
    cpdef bint wants(self, int direction) except -1

    cdef bint _may_confirm(self, int direction, bint guarded=*) except -1

    @cython.locals(side=Side, bound="long long", swapped=bint)
    cpdef feed(self, int direction, data, bint end=*, long long mark=*)

    @cython.locals(size="long long", fresh=bint)
    cdef _take_in(self, int direction, Side side, data, bint end, long long mark)

    @cython.locals(other=Side)
    cdef _step(self, int direction, Side side, data, bint end)

    @cython.locals(lead="long long", size="long long", scan=Scan, turned=Scan, trial=Trial)
    cdef _look(self, int direction, Side side, data, bint end)

    @cython.locals(trial=Trial)
    cdef _probe(self, Side side, data, long long size, bint end)

    @cython.locals(other=Side, scan=Scan)
    cdef _turn(self, int direction, Side side, data)

    @cython.locals(side=Side)
    cdef _decide(self, str name)

    @cython.locals(scan=Scan)
    cdef _second(self, int direction, Side side, data, bint end)

    cdef tuple _bounds(self, int direction)

    @cython.locals(client=Side, server=Side)
    cdef _bail_out(self)
