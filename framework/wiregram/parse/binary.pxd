cimport cython

from wiregram.hot cimport span

cdef int LOAD, FORMULA, BINARY_CONSTANT, UNLESS, U8, U16, STORE, RUN, BYTES_COUNTED, BYTES, OPEN, CLOSE, CLOSE_PICK, PUSH, BINARY, CALL, BACK, MAP_FIELD, SWITCH
cdef int REGION, REGION_END, ARRAY, ARRAY_NEXT, RANGE_NEXT, REPEAT_KEEP, LOOP_END, JUMP, CHECK, GREEDY, CONSTANT, U32, MAP, POINTER, POINTER_END
cdef int LAYER_END, INTEGERS, INTEGERS_GREEDY, ITEM, MATCH_BYTES, TELL, HALT, INTEGER, INTEGER_COUNTED, SKIP, SKIP_COUNTED, WORD, BITS, UNTIL
cdef int UNTIL_REGION, VARINT, FLAG, FLOAT, BITS_OPEN, BITS_COUNTED, BITS_SKIP, BITS_CLOSE, EQUAL, INDEX, SUBJECT, AGAIN, DROP, TEXT, ONE_OF, FLAGS
cdef int DECIMAL, SLICE, NAMES, BINARY_REVERSED, UNARY, FUNCTION, TIME, FOREIGN, RANGE, REPEAT, TRY, COMMIT, PEEK_END, LIST, APPEND, LIST_END, REPEAT_TEST, STOP, FAIL
cdef int TERMINATED, PAD, ALIGN, PAD_END, ALIGN_END, REST, STRIPPED, SEEK, RAW, RAW_END, UNION, UNION_NEXT, UNION_END, LAYER, STAND_IN, FOREIGN_MESSAGE
cdef int PAUSE, DONE, SHORT, WAIT, WRONG, RAISED, EXPLICIT, COMPLEX
cdef int RETURN_, REGION_, PAD_, POINTER_, RAW_, UNION_, LAYER_, LIST_, LOOP_
cdef int ALIGNED, INCLUDE, LEAVE, OPTIONAL, CUT, UNCUT, UNBUILT, FLOOR
cdef int FIELD, VALUE, TWO, WITH, REVERSED, ONE, PART
cdef int ADD, SUBTRACT, TIMES, FLOOR_DIVIDE, MODULO, XOR, LEFT, RIGHT, AND, OR, EQUALS, DIFFERS, LESS, AT_MOST, MORE_THAN, AT_LEAST
cdef int NATURAL, SIGNED_, TRUTH_, OCTETS_
cdef bint COMPILED
cdef list _EMPTY
cdef object PLUS, _MISSING, _FAULT
cdef Py_ssize_t CEILING, HUGE, NOWHERE, FAR, WIDE


@cython.final
cdef class Machine:
    cdef readonly object program
    cdef const int[::1] ops, a, b, c, sizes, shapes, shaped, steps, stepped
    cdef const long long[::1] numbers
    cdef const unsigned char[::1] quick
    cdef list names, constants, switches, mappings, runs, shown, formulas, foreigns
    cdef bytes kind
    cdef bint indexed
    cdef Py_ssize_t field, elements, work, depth, decoded


cpdef Machine machine_of(program)


@cython.final
@cython.freelist(64)
cdef class Frame:
    cdef int kind, flags
    cdef Py_ssize_t pos, bound, low, end, target, levels, depth, index, start
    cdef object items


@cython.final
@cython.freelist(16)
cdef class Handler:
    cdef Py_ssize_t target, height, levels, layers, pos, bound, low, depth
    cdef bint peek
    cdef Frame loop


@cython.locals(number=Py_ssize_t)
cdef Py_ssize_t _number(value) except? -1


@cython.final
@cython.freelist(16)
cdef class BinaryParser:
    cdef readonly Py_ssize_t used, need, offset, visits, cut
    cdef readonly str expected
    cdef readonly bint short, complex
    cdef readonly object flaw
    cdef readonly list levels, stack, handlers, indexes
    cdef Machine machine
    cdef Py_ssize_t pc, pos, bound, low, root_bound, root_low, extra, reach, scan, wanted, bit, depth
    cdef object word, result
    cdef bint flawed

    cpdef int run(self, data, Py_ssize_t start, Py_ssize_t end, bint final) except -1

    @cython.locals(
        machine=Machine, ops="const int[::1]", column_a="const int[::1]", column_b="const int[::1]", column_c="const int[::1]", names=list, constants=list,
        field_limit=Py_ssize_t, list_limit=Py_ssize_t, levels=list, stack=list, handlers=list, indexes=list, indexed=bint, pc=Py_ssize_t, pos=Py_ssize_t,
        bound=Py_ssize_t, low=Py_ssize_t, extra=Py_ssize_t, reach=Py_ssize_t, depth=Py_ssize_t, scan=Py_ssize_t, bit=Py_ssize_t, word=object,
        flawed=bint, fields=dict, acc=object, subject=object, held=list, layers=list, main=object, origin=Py_ssize_t, level=dict, octets="const unsigned char[:]",
        limit=Py_ssize_t, lack=Py_ssize_t, n=Py_ssize_t, m=Py_ssize_t, size=Py_ssize_t, op=int, a=Py_ssize_t, why=int, loop=Frame, handler=Handler,
        entry=Frame, piece=bytes, where=Py_ssize_t, cases=dict, default=object, values=dict, strict=bint, found=tuple, run_names=tuple, name=str)
    cdef int _loop(self, data, Py_ssize_t start, Py_ssize_t avail, bint final) except -1

    @cython.locals(
        values="long long[16]", at=Py_ssize_t, last=Py_ssize_t, top=Py_ssize_t, left="long long", right="long long", kind=int,
        x=Py_ssize_t, y=Py_ssize_t, n=Py_ssize_t, level=dict, held=list, step=int)
    cdef object _formula(self, Machine machine, Py_ssize_t number, list levels)

    @cython.locals(given=list, weight="long long", value="long long", m=Py_ssize_t)
    cdef list _integers(self, const unsigned char[:] octets, Py_ssize_t at, Py_ssize_t count, Py_ssize_t size, int kind)

    @cython.locals(k=Py_ssize_t, n=Py_ssize_t, m=Py_ssize_t, size=Py_ssize_t, field=Py_ssize_t, kind=int, value="long long", weight="long long")
    cdef void _fields(self, Machine machine, Py_ssize_t number, const unsigned char[:] octets, Py_ssize_t at, dict fields, tuple names) except *

    @cython.locals(found=Py_ssize_t, at=Py_ssize_t, entry=Frame)
    cdef Py_ssize_t _region(self, int why, Py_ssize_t height) except -2

    @cython.locals(entry=Frame)
    cdef Py_ssize_t _began(self) except -1

    cdef str _expectation(self, Py_ssize_t pc, int why, Py_ssize_t depth)

    @cython.locals(machine=Machine, a=Py_ssize_t)
    cdef object _computed(self, int op, Py_ssize_t pc, acc)
