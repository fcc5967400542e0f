cdef extern from "Python.h":
    object _PyDict_NewPresized(Py_ssize_t)


cdef inline dict sized(Py_ssize_t count):
    return _PyDict_NewPresized(count)
