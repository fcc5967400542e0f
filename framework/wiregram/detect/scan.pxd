cimport cython

from wiregram.detect.matcher cimport Entry, Search

cdef long long NO_RANK


@cython.final
cdef class Scan:
    cdef public Search search
    cdef public Entry best
    cdef public long long lead, tried
    cdef public list derived, holding, refused, waiting
    cdef public dict stops

    @cython.locals(entry=Entry)
    cpdef feed(self, data, bint end, scope)

    @cython.locals(entry=Entry)
    cpdef judge(self, scope, bint final)

    cdef _decide(self, Entry entry, bint holds, long long seen)

    @cython.locals(entry=Entry)
    cpdef bint speaks(self, str protocol) except -1

    @cython.locals(entry=Entry, best=Entry)
    cpdef bint leads(self) except -1

    @cython.locals(best=Entry)
    cpdef bint settled(self) except -1

    cpdef bint done(self) except -1
