cdef object Secret


cpdef text(octets)

cpdef plain(value, bint show_secrets=*, int depth=*)

cdef dict _table(dict table, bint show_secrets, int depth)
