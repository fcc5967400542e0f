cimport cython

from wiregram.expression.pieces cimport Run
from wiregram.expression.scope cimport Scope
from wiregram.transaction.cursor cimport Cursor
from wiregram.transaction.exchange cimport Exchange
from wiregram.transaction.outlets cimport Outlets
from wiregram.transaction.tables cimport LinkedAssign, LinkedState, LinkedTransition, Tables

cdef int REQUEST, RESPONSE, FLOW, OWN, TX, PARSE, COMPLETE, STOP, UPGRADE
cdef tuple _SENDERS


cdef class Progress(Outlets):
    @cython.locals(tables=Tables, state=LinkedState, exchange=Exchange, role=int, own=dict, guard=Run, path=tuple)
    cpdef matched(self, Cursor cursor, dict value, long long used)

    cpdef forget_choice(self, Cursor cursor)

    @cython.locals(role=int)
    cpdef raw_taken(self, Cursor cursor, long long used, long long body)

    cpdef raw_done(self, Cursor cursor)

    @cython.locals(exchange=Exchange, role=int, state=LinkedState, own=dict, guard=Run)
    cdef _raw_done(self, Cursor cursor)

    cpdef Scope _see(self, Cursor cursor, Exchange exchange, int role)

    cdef _late(self, Cursor cursor, Exchange exchange)

    @cython.locals(transition=LinkedTransition, guard=Run, scope=Scope)
    cdef _after(self, Cursor cursor, LinkedState state, Exchange exchange, int role)

    cdef _take(self, Cursor cursor, LinkedTransition transition, Exchange exchange, int role, Scope scope)

    @cython.locals(assign=LinkedAssign)
    cdef _assign(self, tuple assigns, Exchange exchange, int role, Scope scope)

    cdef _cancel(self, Run key, Exchange exchange, Scope scope)

    @cython.locals(variables=dict, scope=int)
    cdef _write(self, LinkedAssign assign, value, key, Exchange exchange, int role)

    @cython.locals(state=LinkedState, exchange=Exchange, role=int)
    cpdef go(self, Cursor cursor, int target, LinkedTransition transition)

    @cython.locals(state=LinkedState, exchange=Exchange, role=int, moves="long long", scope=Scope, poured=bint)
    cpdef settle(self, Cursor cursor)

    @cython.locals(exchange=Exchange, role=int, usual=int)
    cpdef complete(self, Cursor cursor)

    cpdef stop(self, Cursor cursor)

    @cython.locals(exchange=Exchange, role=int)
    cpdef bereave(self, Cursor cursor)

    cpdef alone(self, Cursor cursor)

    @cython.locals(other=Cursor, transition=LinkedTransition)
    cdef _release(self, Cursor cursor, Exchange exchange)

    cdef _reenter(self, Cursor cursor, Exchange exchange, int role)
