cimport cython
from cpython.array cimport array as Row

from wiregram.hot cimport octets, tape
from wiregram.parse.beginning cimport Maker
from wiregram.parse.tables cimport Tables

cdef int STRUCT, DROP, NEAR, EARLY, SKIP, GOES, OVER, AS_IT_IS, ON, DONE, WRONG


@cython.final
cdef class TextParser:
    cdef Tables _tables
    cdef int[24] _near, _early
    cdef Row _deep, _long
    cdef int* _stack
    cdef int* _log
    cdef Py_ssize_t _top, _height, _size, _room
    cdef int _live, _state, _held, _stuck
    cdef Py_ssize_t _base, _place, _mark, _rewound
    cdef bint _flushed
    cdef readonly Py_ssize_t used, offset
    cdef readonly int need, cut
    cdef readonly bint short
    cdef readonly object flaw, cuts
    cdef dict _beyond

    @cython.locals(
        tables=Tables, moves="const int[::1]", classes="const int[::1]", leaps=object, waiting=int, ending=int,
        view="const unsigned char*", state=int, held=int, mark=Py_ssize_t, place=Py_ssize_t, stop=Py_ssize_t, move=int, accepted=int, answer=int)
    cpdef int run(self, data, Py_ssize_t start, Py_ssize_t end, bint final) except -1

    @cython.locals(
        tables=Tables, view="const unsigned char*", log="int*", slots=list, values=list, at=Py_ssize_t, fresh=Py_ssize_t, from_=Py_ssize_t,
        slot=int, first=int, low=Py_ssize_t, size=Py_ssize_t, made=dict, found=dict)
    cpdef dict value(self, data, Py_ssize_t start)

    @cython.locals(log="int*", at=Py_ssize_t)
    cdef int _gather(self, const unsigned char* view, Py_ssize_t start, list slots, list values, Py_ssize_t first, Py_ssize_t last) except -1

    @cython.locals(tables=Tables, log="int*", names=list, made=dict, listed=Py_ssize_t, at=Py_ssize_t, slot=int, name=object, many=list,
        most=Py_ssize_t, full=bint)
    cdef dict _direct(self, const unsigned char* view, Py_ssize_t start, int node, Py_ssize_t first, Py_ssize_t last)

    @cython.locals(tables=Tables, text=bytes, conversion=int)
    cdef object _text(self, const unsigned char* view, int slot, Py_ssize_t first, Py_ssize_t last)

    @cython.locals(tables=Tables, conversion=int, length=Py_ssize_t)
    cdef object _shortened(self, const unsigned char* view, int slot, Py_ssize_t first, Py_ssize_t last)

    cdef int _tell(self, kept, Py_ssize_t whole) except -1

    cdef int _overflow(self, list many) except -1

    @cython.locals(
        tables=Tables, columns=int, count=int, stack="int*", live=int, top=Py_ssize_t, row=int, action=int, slot=int, over=int, number=int,
        size=int, low=int, node=int, at=int)
    cdef int _take(self, int column, Py_ssize_t stop) except -1

    @cython.locals(size=Py_ssize_t, log="int*")
    cdef int _note(self, int one, Py_ssize_t two, Py_ssize_t three) except -1

    @cython.locals(row=Row)
    cdef int _lengthen(self) except -1

    @cython.locals(height=Py_ssize_t, row=Row)
    cdef int _deepen(self) except -1

    @cython.locals(tables=Tables, made=dict, names=tuple)
    cdef dict _empty(self, int node)

    @cython.locals(
        tables=Tables, names=list, made=dict, listed=Py_ssize_t, at=Py_ssize_t, size=Py_ssize_t, slot=int, name=object, many=list,
        most=Py_ssize_t, full=bint)
    cdef dict _struct(self, int node, list slots, list values, Py_ssize_t low)

    cdef int _limit(self, dict made, int node) except -1

    @cython.locals(tables=Tables)
    cdef dict _finish(self, dict whole)

    cdef int _fail(self, int state, Py_ssize_t offset) except -1

    @cython.locals(last=int, column=int)
    cdef bint _is_over(self) except -1

    @cython.locals(tables=Tables, columns=int, depth=Py_ssize_t, above=list, row=int, action=int, number=int, size=int, more=Py_ssize_t)
    cdef bint _viable(self, int column) except -1

    @cython.locals(tables=Tables, found=list, column=int)
    cdef str _expected(self)

    @cython.locals(tables=Tables, width=int, seen=set, todo=list, state=int, accept=int, kind=int, move=int)
    cdef list _reachable(self)


cdef class Texts(Maker):
    cpdef make(self, program, params)
