cdef class Memory:
    cdef readonly long long limit
    cdef public long long used
    cdef readonly dict counters
