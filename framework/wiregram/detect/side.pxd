cimport cython

from wiregram.detect.probes cimport Trial
from wiregram.detect.scan cimport Scan

cdef int MORE


@cython.final
cdef class Side:
    cdef public object data
    cdef public long long seen, datagrams
    cdef public bint ended
    cdef public Scan scan, reverse
    cdef public list trials

    @cython.locals(scan=Scan, reverse=Scan)
    cpdef bint patterns_done(self) except -1

    @cython.locals(trial=Trial)
    cpdef bint probes_done(self) except -1

    cpdef bint done(self) except -1
