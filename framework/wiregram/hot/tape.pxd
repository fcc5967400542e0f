from cpython cimport array
from libc.string cimport memcpy


cdef inline array.array longer(array.array template, const int* held, Py_ssize_t size, Py_ssize_t room):
    cdef array.array row
    if not 0 <= size <= room:
        raise IndexError(f"{size} numbers in a row of {room}")
    row = array.clone(template, room, False)
    memcpy(row.data.as_ints, held, size * sizeof(int))
    return row


cdef inline int* first(array.array row) except? NULL:
    return row.data.as_ints
