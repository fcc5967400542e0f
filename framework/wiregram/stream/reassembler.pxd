cimport cython

from wiregram.model.delivery cimport Delivery
from wiregram.model.packet cimport Segment
from wiregram.stream.memory cimport Memory

cdef long long M32, HALF, WHOLE, FAR, PATIENCE, NEVER
cdef int TOLERANCE, MOST_EVENTS

cdef class Half:
    cdef public long long base, next, top, acked, fin, far, pending
    cdef public bint firm, seen, ended
    cdef public bytes tail
    cdef public list pieces, acks

cdef class Reassembler:
    cdef readonly Memory memory
    cdef public list events
    cdef public long long due
    cdef list _halves
    cdef long long _limit, _count, _cost

    @cython.locals(half=Half, other=Half, flags=int, sequence="long long", out=list, mark="long long", length=Py_ssize_t, delta="long long")
    cpdef list push(self, Segment segment, int direction)

    @cython.locals(out=list, half=Half, direction=int, acked="long long", since="long long", acks=list)
    cpdef list tick(self, long long time)

    cpdef list finish(self, long long time, long long number)

    @cython.locals(half=Half)
    cpdef long long pending(self, int direction)

    @cython.locals(half=Half)
    cpdef long long span(self, int direction)

    @cython.locals(half=Half)
    cpdef long long acknowledged(self, int direction)

    @cython.locals(half=Half)
    cpdef bint seen(self, int direction)

    cpdef swap(self)
    cpdef list take(self)

    cdef _synchronise(self, Half half, long long first)
    cdef _rebase(self, Half half, long long shift)

    @cython.locals(delta="long long", acked="long long")
    cdef long long _acknowledge(self, Half half, long long number, long long time) except? -2

    @cython.locals(due="long long")
    cdef _expect(self, long long since)

    cdef _renew(self, Half half, long long time)

    @cython.locals(counters=dict, payload=bytes, end="long long", expected="long long", stop="long long")
    cdef _place(self, Half half, int direction, long long offset, Segment segment, long long mark, list out)

    cdef bint _misplaced(self, Half half, long long offset, long long end) except -1

    @cython.locals(tail=bytes, start="long long", again=bytes)
    cdef _compare(self, Half half, int direction, long long offset, bytes payload, long long end, Segment segment)

    @cython.locals(pieces=list, index=Py_ssize_t, at="long long", stop="long long", start="long long", after="long long", octets=bytes, cost="long long")
    cdef _insert(self, Half half, int direction, long long offset, long long end, bytes payload, long long mark, Segment segment)

    @cython.locals(pieces=list, count=Py_ssize_t, freed="long long", start="long long", end="long long", octets=bytes, mark="long long")
    cdef _release(self, Half half, int direction, long long time, long long number, list out)

    cdef _gap(self, Half half, int direction, long long length, long long time, long long number, list out)

    @cython.locals(stop="long long", length="long long")
    cdef _give_up(self, Half half, int direction, long long upto, long long time, long long number, list out)

    @cython.locals(ripe="long long", count=Py_ssize_t, acked="long long", since="long long", time="long long", acks=list)
    cdef _give_up_acknowledged(self, Half half, int direction, Segment segment, list out)

    @cython.locals(memory=Memory)
    cdef _keep_bounds(self, Half half, int direction, Segment segment, list out)

    cdef list _reset(self, Half half, int direction, Segment segment, list out)

    @cython.locals(half=Half, last="long long")
    cdef _flush(self, int direction, long long time, long long number, list out)

    cdef _end(self, Half half, int direction, long long time, long long number, list out)
    cdef _differs(self, int direction, long long offset, Segment segment)

cdef long long _signed(long long number) except? -1
