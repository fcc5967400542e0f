from cpython.bytes cimport PyBytes_FromStringAndSize


cdef inline bytes cut(const unsigned char[:] data, Py_ssize_t start, Py_ssize_t end):
    if not 0 <= start <= end <= data.shape[0]:
        raise IndexError(f"no bytes {start}:{end} in {data.shape[0]}")
    if start == end:
        return b""
    return PyBytes_FromStringAndSize(<const char*>&data[start], end - start)
