cimport cython

from wiregram.hot cimport octets as views
from wiregram.parse.machine cimport Machine

cdef int NATURAL, SIGNED, TRUTH, OCTETS


@cython.locals(given=list, weight="long long", value="long long", m=Py_ssize_t)
cdef list integers(const unsigned char* octets, Py_ssize_t at, Py_ssize_t count, Py_ssize_t size, int kind)


@cython.locals(k=Py_ssize_t, n=Py_ssize_t, m=Py_ssize_t, size=Py_ssize_t, field=Py_ssize_t, kind=int, value="long long", weight="long long")
cdef int fields_of(Machine machine, Py_ssize_t number, const unsigned char* octets, Py_ssize_t at, dict fields, tuple names) except -1
