cimport cython

from wiregram.expression.pieces cimport Run
from wiregram.expression.scope cimport Scope
from wiregram.transaction.exchange cimport Exchange, Transaction
from wiregram.transaction.tables cimport Tables

cdef int REQUEST, HELD_EVENTS
cdef tuple NAMES
cdef dict _NOTHING


cdef class Journal:
    cdef Tables _tables
    cdef object _flow
    cdef Exchange _exchange
    cdef int _role
    cdef public Scope scope
    cdef public list out
    cdef public str inside, protocol

    @cython.locals(fields=tuple)
    cpdef Scope look(self, Exchange exchange, int role)

    @cython.locals(other=dict)
    cpdef Scope look_at_message(self, dict value, Exchange exchange, int role)

    @cython.locals(home=Transaction, events=list)
    cpdef event(
        self, str name, int direction, offset, time, number, Exchange exchange=*, str expected=*, str inside=*, str severity=*)

    @cython.locals(home=Transaction)
    cpdef opened(self, Exchange exchange)

    cpdef side(self, Exchange exchange, int role, time, number)

    cpdef member(self, Exchange exchange, time, number)

    @cython.locals(home=Transaction, tables=Tables, test=Run)
    cpdef close(self, Exchange exchange, time, number)

    cpdef files(self, Transaction home, time, number, body)

    cdef _number(self, Transaction home)

    @cython.locals(home=Transaction, tables=Tables, guard=Run, run=Run, summary=dict)
    cdef _log(self, Exchange exchange, int role, int direction, time, number)
