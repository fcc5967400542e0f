cimport cython


@cython.final
cdef class Entry:
    cdef public object pattern, guard
    cdef public str protocol
    cdef public bint derived, nocase
    cdef public bytes folded, content
    cdef public long long length, offset, depth, last, rank

    @cython.locals(size="long long", last="long long")
    cpdef bint possible(self, data, long long since) except -1

    @cython.locals(octet=int)
    cdef bint _agrees(self, data, long long start, long long since, long long size) except -1


@cython.final
cdef class Matcher:
    cdef public object automaton
    cdef public long long depth
    cdef public tuple entries
    cdef public bint guarded
    cdef public dict first
    cdef public list lasts, loose, ranks


@cython.final
cdef class Search:
    cdef public Matcher matcher
    cdef public long long seen
    cdef public list matched
    cdef long long _ahead
    cdef list _begun
    cdef object _iterator

    @cython.locals(matcher=Matcher, seen="long long", size="long long", start="long long", stop="long long", entry=Entry, hits=list)
    cpdef list feed(self, data, bint end)

    @cython.locals(matcher=Matcher, matched=list, begun=list, ahead="long long", entry=Entry)
    cdef _go_on(self, data, long long seen)

    @cython.locals(entry=Entry, matcher=Matcher, matched=list, found="long long")
    cpdef Py_ssize_t best(self) except? -1
