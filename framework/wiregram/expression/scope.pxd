cdef class Scope:
    cdef public dict own, request, response, tx, session, flow, item, parent, memo, whole
    cdef public object this, side, other, verdict, count
