cimport cython

from wiregram.expression.pieces cimport Run
from wiregram.expression.scope cimport Scope
from wiregram.transaction.cursor cimport Cursor
from wiregram.transaction.exchange cimport Exchange, Group, Transaction
from wiregram.transaction.journal cimport Journal
from wiregram.transaction.pairing cimport Pairing
from wiregram.transaction.tables cimport Tables

cdef int REQUEST, RESPONSE, ORDER, KEY, FLOW


cdef class Exchanges:
    cdef public Tables tables
    cdef public object flow, shared, limits, groups, time, now, number, cuts, deadline, port
    cdef public dict session
    cdef public Scope scope
    cdef public Journal journal
    cdef public Pairing pairing
    cdef public tuple cursors
    cdef public long long mark
    cdef public list rest
    cdef public str protocol
    cdef public bint reversed
    cdef bint _crowded, _oriented

    @cython.locals(exchange=Exchange, found=Exchange)
    cpdef Exchange begin_exchange(self, Cursor cursor)

    @cython.locals(role=int)
    cpdef open(self, Cursor cursor, Exchange exchange)

    @cython.locals(standing=Group)
    cpdef classify(self, Cursor cursor, Exchange exchange, dict value)

    @cython.locals(tables=Tables, exchange=Exchange, found=Exchange, role=int, named=int, direction=int, alone=bint, code=Run)
    cpdef Exchange belong(self, Cursor cursor, dict value)

    @cython.locals(other=Cursor, done=list)
    cpdef side_done(self, Exchange exchange, int role)

    cpdef unanswered(self, Exchange exchange, int role, Cursor cursor)

    @cython.locals(cursor=Cursor, role=int)
    cpdef conclude(self, Exchange exchange, bint keep=*)

    cpdef relieve(self, Cursor cursor)

    cpdef expire(self, now)

    cdef _missing(self, Exchange exchange)

    cdef _end(self, Exchange exchange)

    @cython.locals(group=Group, near=Group, ends=Run)
    cdef _end_grouped(self, groups, Exchange exchange)

    cpdef end_outlets(self, Transaction home, Exchange exchange, int role=*)

    cpdef complete(self, Cursor cursor)

    cpdef event(self, str name, int direction, offset, Exchange exchange=*, str expected=*, str inside=*, str severity=*)
