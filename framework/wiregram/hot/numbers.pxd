from cpython cimport array


cdef extern from "Python.h":
    Py_ssize_t Py_SIZE(object)
    void Py_SET_SIZE(object, Py_ssize_t)


cdef inline array.array like(array.array template):
    cdef array.array row = array.clone(template, 11, False)  # room for three entries; resize_smart takes no more than four times what it needs
    Py_SET_SIZE(row, 0)
    return row


cdef inline int push(array.array row, int one, int two, int three) except -1:
    cdef Py_ssize_t size = Py_SIZE(row)
    array.resize_smart(row, size + 3)
    row.data.as_ints[size] = one
    row.data.as_ints[size + 1] = two
    row.data.as_ints[size + 2] = three
    return 0


cdef inline int* view(array.array row) except? NULL:
    return row.data.as_ints
