cdef class Packet:
    cdef public long long number, time
    cdef public int link
    cdef public bytes data
    cdef public Py_ssize_t length
    cdef public object capture, interface

cdef class Segment:
    cdef public long long number, time
    cdef public int transport, source_port, target_port, flags, window, scale
    cdef public bytes source, target, payload
    cdef public Py_ssize_t length, frame
    cdef public long long sequence, acknowledgement
    cdef public tuple vlan
