cimport cython

from wiregram.engine.conversation cimport Conversation
from wiregram.model.delivery cimport Delivery
from wiregram.model.flow cimport Flow
from wiregram.model.packet cimport Segment

cdef int SYN, TCP


cdef class Lane(Conversation):
    cdef int _port
    cdef long long _place
    cdef public list delivered, places, records
    cdef public long long decided

    @cython.locals(flow=Flow, direction=int, time="long long", out=list)
    cpdef send(self, long long place, Segment segment)

    @cython.locals(time="long long", out=list)
    cpdef end(self, long long place, long long now=*)

    @cython.locals(place="long long")
    cdef _note(self, list out)

    @cython.locals(swapped=bint, delivery=Delivery, sender=int)
    cdef _take_in(self, list deliveries, list out)
