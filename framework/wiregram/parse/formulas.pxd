cimport cython

from wiregram.parse.machine cimport Machine

cdef int FIELD, VALUE, TWO, WITH, REVERSED, ONE, PART, SLOT
cdef int ADD, SUBTRACT, TIMES, FLOOR_DIVIDE, MODULO, XOR, LEFT, RIGHT, AND, OR, EQUALS, DIFFERS, LESS, AT_MOST, MORE_THAN, AT_LEAST
cdef bint COMPILED
cdef object PLUS, FAULT
cdef Py_ssize_t CEILING, HUGE, NOWHERE, FAR, WIDE


@cython.locals(number=Py_ssize_t)
cdef Py_ssize_t number_of(value) except? -1


@cython.locals(
    values="long long[16]", at=Py_ssize_t, last=Py_ssize_t, top=Py_ssize_t, left="long long", right="long long", kind=int,
    x=Py_ssize_t, y=Py_ssize_t, n=Py_ssize_t, level=dict, held=list, step=int)
cdef object value(Machine machine, Py_ssize_t number, list levels, Py_ssize_t height, list slots, Py_ssize_t base)
