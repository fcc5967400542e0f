cimport cython

from wiregram.expression cimport values


cpdef upper(x)

cpdef lower(x)

@cython.locals(texts=list, size=Py_ssize_t)
cpdef join(parts, sep)

@cython.locals(fields=dict, wanted=bytes, size=Py_ssize_t)
cpdef find(elements, name)

@cython.locals(fields=dict)
cpdef pick(elements, field, x)
