cimport cython

from wiregram.hot cimport octets as views
from wiregram.hot cimport records as rooms
from wiregram.hot cimport tape
from wiregram.parse cimport formulas
from wiregram.parse.blocks cimport Block
from wiregram.parse.machine cimport Machine

cdef int BIG, LITTLE, SIGN, NUMBER, PLACE, LOADED, SLOTTED, CHECK, MATCH, INT, BOOL, OCTETS, WIDE, CONSTANT, MAPPED, OPEN, CLOSE, KEPT, MADE
cdef int ADD, SUBTRACT, TIMES, FLOOR_DIVIDE, MODULO, XOR, LEFT, RIGHT, AND, OR, EQUALS, DIFFERS, LESS, AT_MOST, MORE_THAN, AT_LEAST, OPERATORS
cdef long long FAR, SQUARE, NOWHERE
cdef object FAULT


@cython.locals(given=list, weight="long long", value="long long", m=Py_ssize_t)
cdef list integers(const unsigned char* octets, Py_ssize_t at, Py_ssize_t count, Py_ssize_t size, int kind)


@cython.locals(
    values="long long[32]", left="long long", right="long long", last=Py_ssize_t, k=Py_ssize_t, kind=int, x=Py_ssize_t, y=Py_ssize_t, n=Py_ssize_t,
    size=Py_ssize_t, piece=bytes, level=dict, record=dict, choices=dict, steps="int*", stores="int*", name=str)
cdef object block(
    Block one, Machine machine, const unsigned char* octets, Py_ssize_t at, Py_ssize_t pos, dict fields, list levels, Py_ssize_t height,
    list slots, Py_ssize_t base, acc)


@cython.locals(given=list)
cdef list records(
    Block one, Machine machine, const unsigned char* octets, Py_ssize_t at, Py_ssize_t pos, dict fields, list levels, Py_ssize_t height,
    list slots, Py_ssize_t base, Py_ssize_t count, bint build)
