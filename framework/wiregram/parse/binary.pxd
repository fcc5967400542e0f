cimport cython

from cpython.array cimport array as Row

from wiregram.hot cimport octets as views
from wiregram.hot cimport records, tape
from wiregram.parse cimport formulas, runs
from wiregram.parse cimport machine as machines
from wiregram.parse.beginning cimport Maker
from wiregram.parse.blocks cimport Block
from wiregram.parse.frames cimport Frame, Handler
from wiregram.parse.machine cimport Machine

cdef int LOAD, FORMULA, BINARY_CONSTANT, UNLESS, U8, U16, STORE, RUN, BYTES_COUNTED, BYTES, OPEN, CLOSE, CLOSE_PICK, PUSH, BINARY, CALL, BACK, MAP_FIELD, SLOT, SWITCH
cdef int REGION, REGION_END, ARRAY, ARRAY_NEXT, RANGE_NEXT, REPEAT_KEEP, LOOP_END, JUMP, CHECK, GREEDY, CONSTANT, U32, MAP, POINTER, POINTER_END
cdef int LAYER_END, INTEGERS, INTEGERS_GREEDY, ITEM, MATCH_BYTES, TELL, HALT, INTEGER, INTEGER_COUNTED, SKIP, SKIP_COUNTED, WORD, BITS, UNTIL
cdef int UNTIL_REGION, VARINT, FLAG, FLOAT, BITS_OPEN, BITS_COUNTED, BITS_SKIP, BITS_CLOSE, EQUAL, INDEX, SUBJECT, AGAIN, DROP, TEXT, ONE_OF, FLAGS
cdef int DECIMAL, SLICE, NAMES, BINARY_REVERSED, UNARY, FUNCTION, TIME, FOREIGN, RANGE, REPEAT, TRY, COMMIT, PEEK_END, LIST, APPEND, LIST_END, REPEAT_TEST, STOP, FILTER, FILTER_NEXT, FILTER_END, FAIL
cdef int TERMINATED, PAD, ALIGN, PAD_END, ALIGN_END, REST, STRIPPED, SEEK, RAW, RAW_END, UNION, UNION_NEXT, UNION_END, LAYER, STAND_IN, FOREIGN_MESSAGE
cdef int PAUSE, DONE, SHORT, WAIT, WRONG, RAISED, EXPLICIT, COMPLEX
cdef int REGION_, PAD_, POINTER_, RAW_, UNION_, LAYER_, LIST_, LOOP_
cdef int ALIGNED, INCLUDE, LEAVE, OPTIONAL, CUT, UNCUT, UNBUILT, FLOOR
cdef bint COMPILED
cdef int ALONE
cdef list _EMPTY
cdef dict _NOTHING
cdef object _MISSING, _FAULT
cdef Py_ssize_t HUGE, NOWHERE


@cython.final
cdef class BinaryParser:
    cdef readonly Py_ssize_t used, need, offset, visits, rewound
    cdef readonly str expected
    cdef readonly bint short, complex
    cdef readonly object flaw, cuts
    cdef readonly list levels, slots, indexes
    cdef readonly Frame stack
    cdef readonly Handler handlers
    cdef Machine machine
    cdef Py_ssize_t pc, pos, bound, low, root_bound, root_low, extra, reach, scan, wanted, bit, depth, base, height
    cdef Row returns
    cdef object word, result
    cdef bint flawed

    cdef int start(self, Machine machine, params) except -1

    @cython.locals(entry=Frame, handler=Handler)
    cpdef Py_ssize_t state(self) except -1

    cpdef int run(self, data, Py_ssize_t start, Py_ssize_t end, bint final) except -1

    @cython.locals(
        machine=Machine, ops="int*", column_a="int*", column_b="int*", column_c="int*", names=list, constants=list,
        field_limit=Py_ssize_t, list_limit=Py_ssize_t, levels=list, slots=list, base=Py_ssize_t, stack=Frame, outer=Frame, handlers=Handler,
        indexes=list, indexed=bint, pc=Py_ssize_t, pos=Py_ssize_t,
        bound=Py_ssize_t, low=Py_ssize_t, extra=Py_ssize_t, reach=Py_ssize_t, depth=Py_ssize_t, scan=Py_ssize_t, bit=Py_ssize_t, word=object,
        flawed=bint, fields=dict, acc=object, subject=object, held=list, layers=list, main=object, origin=Py_ssize_t, level=dict, octets="const unsigned char*",
        limit=Py_ssize_t, lack=Py_ssize_t, n=Py_ssize_t, m=Py_ssize_t, size=Py_ssize_t, op=int, a=Py_ssize_t, why=int, loop=Frame, handler=Handler,
        entry=Frame, spared=Frame, piece=bytes, where=Py_ssize_t, cases=dict, default=object, values=dict, strict=bint, found=object, name=str, height=Py_ssize_t, returns="int*", room=Py_ssize_t, block=Block, blocks=list)
    cdef int _loop(self, data, Py_ssize_t start, Py_ssize_t avail, bint final) except -1

    cdef _tell(self, kept, Py_ssize_t whole)

    cdef str _expectation(self, Py_ssize_t pc, int why, Py_ssize_t depth)

    @cython.locals(machine=Machine, a=Py_ssize_t)
    cdef object _computed(self, int op, Py_ssize_t pc, acc)


cdef Frame _spared(Frame entry)

@cython.locals(found=Py_ssize_t)
cdef Py_ssize_t _began(Frame entry) except -1

cdef class Binaries(Maker):
    @cython.locals(parser=BinaryParser)
    cpdef make(self, program, params)
