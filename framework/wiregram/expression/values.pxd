cimport cython

cdef object Secret

cpdef truth(value)

cpdef bare(value)

cpdef bint same(one, other) except -1

cpdef spread(value)

cpdef bint holds_secret(value) except -1
