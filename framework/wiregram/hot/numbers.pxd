from cpython cimport array


cdef inline array.array like(array.array template):
    return array.clone(template, 0, False)


cdef inline int push(array.array row, int one, int two, int three) except -1:
    cdef Py_ssize_t size = len(row)
    array.resize_smart(row, size + 3)
    row.data.as_ints[size] = one
    row.data.as_ints[size + 1] = two
    row.data.as_ints[size + 2] = three
    return 0


cdef inline int* view(array.array row) except? NULL:
    return row.data.as_ints
