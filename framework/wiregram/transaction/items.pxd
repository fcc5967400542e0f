cimport cython

from wiregram.expression.pieces cimport Run
from wiregram.expression.scope cimport Scope
from wiregram.model.delivery cimport Delivery
from wiregram.transaction.cursor cimport Cursor, Resync
from wiregram.transaction.exchange cimport Exchange
from wiregram.transaction.progress cimport Progress
from wiregram.transaction.tables cimport LinkedState, Tables

cdef int DATA, GAP, UNIT, MATCH, MORE, REQUEST, FLOW, KEY, ORDER, PARSE


cdef class Items(Progress):
    cdef bint _datagrams, _units
    cdef long long _limit, _depth
    cdef public int misfits

    @cython.locals(piece=Delivery, kind=int)
    cpdef step(self, Cursor cursor)

    @cython.locals(tables=Tables, state=LinkedState, exchange=Exchange, number="long long")
    cdef _begin(self, Cursor cursor, Delivery piece)

    @cython.locals(run=Run, params=dict)
    cdef dict _params(self, Cursor cursor, LinkedState state, Exchange exchange)

    cdef Scope _before_message(self, Cursor cursor, Exchange exchange)

    @cython.locals(guard=Run, scope=Scope, state=LinkedState)
    cdef long long _chosen(self, Cursor cursor, Exchange exchange) except? -2

    @cython.locals(at="long long", used="long long")
    cdef _adopt(self, Cursor cursor, parser, Delivery piece)

    @cython.locals(at="long long", end="long long", used="long long", final=bint, outcome=int)
    cdef _message(self, Cursor cursor, Delivery piece)

    @cython.locals(at="long long", size="long long", under="long long", need="long long", total="long long", used="long long", outcome=int)
    cdef _collect(self, Cursor cursor, Delivery piece)

    cdef _consumed(self, Cursor cursor, Delivery piece, long long size)

    @cython.locals(exchange=Exchange, start="long long")
    cdef _match(self, Cursor cursor, parser, dict value, long long used, long long fresh, data, long long end)

    @cython.locals(one=Run, other=Run, scope=Scope)
    cdef bint _anonymous(self, dict value) except -1

    cdef _datagram_over(self, Cursor cursor)

    @cython.locals(at="long long", used="long long", body="long long", over=bint)
    cdef _raw(self, Cursor cursor, Delivery piece)

    cdef _pour(self, Cursor cursor, extent, bint last=*)
