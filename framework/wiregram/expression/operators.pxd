from wiregram.expression cimport values


cpdef equal(one, other)

cpdef contained(one, other)

cpdef entry(table, key)

cpdef part(owner, key)

cpdef field(owner, str name)

cpdef cut(owner, first, last)
