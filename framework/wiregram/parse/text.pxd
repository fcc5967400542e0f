cimport cython

from wiregram.hot cimport span
from wiregram.parse.tables cimport Tables

cdef int STRUCT, DROP, SKIP, GOES, OVER, AS_IT_IS, ON, DONE, WRONG


cdef class TextParser:
    cdef Tables _tables
    cdef list _rows, _marks, _log
    cdef Py_ssize_t _depth
    cdef int _live, _state, _held, _stuck
    cdef Py_ssize_t _base, _place, _mark, _rewound
    cdef bint _flushed
    cdef readonly Py_ssize_t used, offset
    cdef readonly int need, cut
    cdef readonly bint short
    cdef readonly object flaw

    @cython.locals(
        tables=Tables, moves="const int[:]", classes="const int[:]", leaps=object, waiting=int, ending=int, width=int,
        view="const unsigned char[:]", state=int, held=int, mark=Py_ssize_t, place=Py_ssize_t, stop=Py_ssize_t, move=int, accepted=int, answer=int)
    cpdef int run(self, data, Py_ssize_t start, Py_ssize_t end, bint final) except -1

    @cython.locals(
        tables=Tables, names=list, conversions="const int[:]", view="const unsigned char[:]", log=list, most=Py_ssize_t, slots=list, values=list, at=Py_ssize_t, slot=int,
        first=Py_ssize_t, last=Py_ssize_t, shortened=bint, conversion=int, low=Py_ssize_t, size=Py_ssize_t, made=dict, found=dict)
    cpdef dict value(self, data, Py_ssize_t start)

    @cython.locals(
        tables=Tables, actions="const int[:]", columns=int, count=int, rows=list, marks=list, log=list, live=int, depth=Py_ssize_t, row=int,
        action=int, slot=int, over=int, number=int, size=int, low=int, node=int, drops=tuple, at=int)
    cdef int _take(self, int column, Py_ssize_t stop) except -1

    @cython.locals(
        tables=Tables, names=list, lists=dict, most=Py_ssize_t, made=dict, entries=dict, at=Py_ssize_t, slot=int, many=list, name=str)
    cdef dict _struct(self, int node, list slots, list values, Py_ssize_t low)

    @cython.locals(tables=Tables)
    cdef dict _finish(self, dict whole)

    cdef int _fail(self, int state, Py_ssize_t offset) except -1

    @cython.locals(last=int, column=int)
    cdef bint _is_over(self) except -1

    @cython.locals(tables=Tables, rows=list, columns=int, depth=Py_ssize_t, top=list, row=int, action=int, number=int, size=int, above=Py_ssize_t)
    cdef bint _viable(self, int column) except -1

    @cython.locals(tables=Tables, found=list, column=int)
    cdef str _expected(self)

    @cython.locals(tables=Tables, width=int, seen=set, todo=list, state=int, accept=int, kind=int, move=int)
    cdef list _reachable(self)
