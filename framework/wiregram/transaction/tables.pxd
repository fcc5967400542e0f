from wiregram.expression.pieces cimport Run

cdef object _SCOPES


cdef class LinkedAssign:
    cdef public int scope
    cdef public str name
    cdef public Run value, key
    cdef public bint append


cdef class LinkedExpect:
    cdef public object host, port, protocol, to


cdef class LinkedOutlet:
    cdef public object coding, inflate, inflate_end, name, when, key, ends, offset, layer_key, unit_end
    cdef public bint coding_each, file, file_each, whole_flow
    cdef public str layer, field


cdef class LinkedTransition:
    cdef public int target, alone
    cdef public Run guard, cancel, port
    cdef public bint hold, release, effects
    cdef public tuple assigns
    cdef public str event, upgrade
    cdef public LinkedExpect expect


cdef class LinkedState:
    cdef public int number, kind, message
    cdef public str name
    cdef public tuple choices, assigns, transitions, params
    cdef public Run extent
    cdef public str keep
    cdef public bint shares, opens, bare
    cdef public LinkedOutlet outlet


cdef class LinkedSide:
    cdef public tuple states
    cdef public LinkedState start, first, begin
    cdef public object resync
    cdef public bint silent, dotted
    cdef public long long bound


cdef class Tables:
    cdef public object layer, protocol, begin, programs, fields, limits, timeout, usual, uses_flow
    cdef public tuple sides, keys, secrets, tested, status, summary
    cdef public dict severities
    cdef public int pairing
    cdef public Run role, one_way, aside, group, joins, ends, group_key, record, when
    cdef public bint late, plain, oriented, reentrant, at_side, waits, uses_sender
    cdef public str name
