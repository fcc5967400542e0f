from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_Check, PyByteArray_GET_SIZE
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_Check, PyBytes_FromStringAndSize, PyBytes_GET_SIZE


cdef inline const unsigned char* view(object data, Py_ssize_t start, Py_ssize_t end) except NULL:
    cdef Py_ssize_t size
    cdef const unsigned char* found
    if PyBytes_Check(data):
        size = PyBytes_GET_SIZE(data)
        found = <const unsigned char*>PyBytes_AS_STRING(data)
    elif PyByteArray_Check(data):
        size = PyByteArray_GET_SIZE(data)
        found = <const unsigned char*>PyByteArray_AS_STRING(data)
    else:
        raise TypeError("bytes or bytearray expected")
    if not 0 <= start <= end <= size:
        raise IndexError(f"no bytes {start}:{end} in {size}")
    return found


cdef inline bytes cut(const unsigned char* seen, Py_ssize_t start, Py_ssize_t end):
    return PyBytes_FromStringAndSize(<const char*>(seen + start), end - start)
