cimport cython

cdef int FAILED, MATCH, MORE


@cython.final
cdef class Trial:
    cdef object _begin, _params, _program
    cdef tuple _gate
    cdef long long _least, _passed
    cdef public long long at, most
    cdef public bint flawed, short, turned
    cdef public int outcome, tier
    cdef public object message, parser
    cdef public str name, protocol

    @cython.locals(gate=tuple, place="long long", limit="long long", outcome=int)
    cpdef run(self, data, long long size, bint end)


@cython.final
cdef class Prober:
    cdef public object probe
    cdef public str protocol
    cdef public tuple params, programs
    cdef public long long minimum, most

    @cython.locals(gate=tuple)
    cpdef bint possible(self, int octet) except -1


@cython.locals(trial=Trial, won=Trial, undecided=int)
cpdef winner(trials)
