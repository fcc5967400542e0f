cdef class Delivery:
    cdef public int direction, kind
    cdef public bint cut
    cdef public object data
    cdef public long long length, mark, time, number
