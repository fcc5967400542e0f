cimport cython

from wiregram.model.packet cimport Packet, Segment

cdef int ETHERNET, MOST_LAYERS, HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION, MOBILITY, HOST_IDENTITY, SHIM6
cdef bytes TUNNELS

cdef class Decoder:
    cdef readonly object fragments
    cdef public list events
    cdef readonly long long dropped_events, packets, octets, ipv4, ipv6, tcp, udp
    cdef dict _kinds
    cdef tuple _tags
    cdef Packet _packet

    cpdef list take(self)

    @cython.locals(data=bytes, at=Py_ssize_t, kind=int)
    cpdef object decode(self, Packet packet)

    @cython.locals(
        end=Py_ssize_t, frame=Py_ssize_t, header=Py_ssize_t, stop=Py_ssize_t, body=Py_ssize_t, size=Py_ssize_t, protocol=int, place=int,
        extensions=int, packet=Packet, source=bytes, target=bytes, cut=bint, source_port=int, target_port=int, number=int, _=int,
        sequence="long long", acknowledgement="long long",
    )
    cdef object _internet(self, bytes data, int kind, Py_ssize_t at, Py_ssize_t wire)

    cdef tuple _shims(self, bytes data, int kind, Py_ssize_t at)
    cdef tuple _tunnel(self, bytes data, int protocol, Py_ssize_t at)
    cdef object _no_network(self, int kind)
    cdef object _damage(self, str name)
