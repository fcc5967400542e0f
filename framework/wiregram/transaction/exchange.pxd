cdef class Transaction:
    cdef public object id
    cdef public dict tx, outlets, layers
    cdef public list events, files


cdef class Group(Transaction):
    cdef public int initiator
    cdef public object key
    cdef public long long members, offset
    cdef public bint closed
    cdef public Exchange last


cdef class Exchange(Transaction):
    cdef public int initiator
    cdef public long long serial, offset
    cdef public tuple fields
    cdef public list done, seen, logged, progress, octets, body, base
    cdef public dict whole
    cdef public object last, key
    cdef public Group group, beside
    cdef public bint opened, ended, place, late, greeting, one_way, aside, broken, reentered
