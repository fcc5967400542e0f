cimport cython

from wiregram.model.flow cimport Flow
from wiregram.model.packet cimport Segment

cdef int NEW, ESTABLISHED, CLOSED, DATAGRAMS
cdef long long M32, NEAR, WINDOW, NEVER, LEAP

cdef class Entry:
    cdef public Flow flow
    cdef public long long seen
    cdef public tuple key
    cdef public int state, fins
    cdef public long long first, second

cdef class FlowTable:
    cdef readonly long long created, most
    cdef readonly dict ended
    cdef dict _entries
    cdef list _timeouts, _queues, _ended
    cdef long long _clock, _due, _leap, _longest
    cdef Py_ssize_t _limit

    @cython.locals(
        source=bytes, target=bytes, source_port=int, target_port=int, side=int, key=tuple, flags=int, entry=Entry, direction=int, is_new=bint,
        time="long long", clock="long long", timeout="long long", flow=Flow, packets=list, octets=list,
    )
    cpdef tuple find(self, Segment segment)

    cpdef object expire(self, long long time)

    cdef long long _doubt(self, long long time) except? -1

    @cython.locals(flags=int, entry=Entry, flow=Flow)
    cdef Entry _begin(self, Segment segment, tuple key, int side)

    @cython.locals(known="long long", distance="long long")
    cdef bint _reused(self, Entry entry, Segment segment, int side) except -1

    @cython.locals(flags=int, state=int, known="long long")
    cdef _follow(self, Entry entry, Segment segment, int side)

    @cython.locals(entry=Entry, clock="long long", timeout="long long", due="long long")
    cdef _expire(self)

    @cython.locals(due="long long", timeout="long long")
    cdef _enqueue(self, Entry entry)
    cdef _end(self, Entry entry, str reason)

cdef _note(Entry entry, int side, long long sequence)
