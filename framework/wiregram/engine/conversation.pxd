cimport cython

from wiregram.detect.detection cimport Detection
from wiregram.model.delivery cimport Delivery
from wiregram.model.flow cimport Account, Flow
from wiregram.model.packet cimport Segment
from wiregram.transaction.session cimport Session

cdef int DATA, GAP, SYN, TCP


cdef class Conversation:
    cdef object _engine, _reassembler, _queue, _parent
    cdef readonly Detection _detection
    cdef list _first, _marks, _windows
    cdef readonly list _waiting
    cdef long long _again, _held, _switches
    cdef int _spoken
    cdef public str account
    cdef public object due, stream
    cdef public Flow flow
    cdef public Session session
    cdef public int stage

    @cython.locals(deliveries=list)
    cpdef push(self, Segment segment, int direction, list out)

    cpdef tick(self, time, list out)

    cdef _conclude(self, time, number, list out)

    @cython.locals(session=Session, delivery=Delivery)
    cdef _take_in(self, list deliveries, list out)

    @cython.locals(session=Session)
    cdef _remind(self)

    @cython.locals(session=Session, delivery=Delivery)
    cdef _work(self, list out)

    @cython.locals(account=Account)
    cdef _count(self, Delivery delivery)

    @cython.locals(flow=Flow, detection=Detection, direction=int)
    cdef _detect(self, Delivery delivery, list out)

    cdef _see_window(self, list windows, Segment segment, int direction)

    cdef _so_far(self, Delivery delivery)

    cdef _look_on(self, Detection detection, Delivery delivery, list out)

    cdef _report(self, Detection detection, time, number, list out)

    cdef _hold(self, long long octets)

    cdef str _protocol(self)

    cdef _collect(self, Session session, list out)
