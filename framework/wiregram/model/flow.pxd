cdef class Account:
    cdef public object beyond_depth, gap, opaque, parsed, skipped, undetected

cdef class Flow:
    cdef public object id, capture, context, detection
    cdef public int transport, client_port, server_port
    cdef public bytes client, server
    cdef public long long first_time, last_time, first_number
    cdef public tuple vlan
    cdef public list packets, octets, flags, accounts, protocol_sides
    cdef public bint midstream
    cdef public str state, reason, protocol, old_protocol, expected_protocol
    cdef public object transactions
