# SPDX-License-Identifier: BSD-2-Clause
"""libaxp for the tests in Python: a graph is read for its inputs and run once."""

import ctypes
import os

import numpy as np

DTYPES = {np.dtype(n): i for n, i in (
    ('float32', 1), ('uint8', 2), ('int8', 3), ('uint16', 4), ('int16', 5), ('int32', 6),
    ('int64', 7), ('bool', 9), ('float16', 10), ('float64', 11), ('uint32', 12))}
NAMES = {i: n for n, i in DTYPES.items()}
BACKENDS = {'fp32': 0, 'soft': 1, 'device': 2}


class Refused(Exception):
    """The library said no; the text is its message."""


class Diag(ctypes.Structure):
    _fields_ = [('text', ctypes.c_char * 512)]


class Named(ctypes.Structure):
    _fields_ = [('name', ctypes.c_char_p), ('tensor', ctypes.c_void_p)]


class OnnxOpts(ctypes.Structure):
    _fields_ = [('size', ctypes.c_size_t), ('max_bytes', ctypes.c_uint64),
                ('max_nodes', ctypes.c_uint32), ('max_depth', ctypes.c_uint32),
                ('inputs', ctypes.POINTER(Named)), ('nr_inputs', ctypes.c_uint32),
                ('tensors', ctypes.c_bool)]


class SessionOpts(ctypes.Structure):
    _fields_ = [('size', ctypes.c_size_t), ('backend', ctypes.c_int),
                ('device', ctypes.c_char_p), ('engine', ctypes.c_char_p),
                ('threads', ctypes.c_uint32), ('preset', ctypes.c_uint32),
                ('cam_class', ctypes.c_uint32), ('max_batch', ctypes.c_uint32)]


class Port(ctypes.Structure):
    _fields_ = [('name', ctypes.c_char_p), ('dtype', ctypes.c_uint32),
                ('ndim', ctypes.c_uint32), ('dims', ctypes.c_uint64 * 8)]


_lib = ctypes.CDLL(os.path.join(os.environ.get('AXP_BUILD', 'build'), 'libaxp.so'))
_lib.axp_tensor_data.restype = ctypes.c_void_p
for _f in ('axp_tensor_free', 'axp_graph_free', 'axp_session_close', 'axp_tensor_data',
           'axp_tensor_dtype', 'axp_graph_nr_outputs', 'axp_graph_nr_layers'):
    getattr(_lib, _f).argtypes = [ctypes.c_void_p]


def _check(diag, err):
    if err:
        raise Refused(diag.text.decode() or os.strerror(-err))


def is_tensor(value):
    """Whether the library has such tensors."""
    return not isinstance(value, list) and getattr(value, 'dtype', None) in DTYPES


def _to_tensor(array, diag):
    array = np.ascontiguousarray(array).reshape(array.shape)
    dims = (ctypes.c_uint64 * max(1, array.ndim))(*array.shape)
    out = ctypes.c_void_p()
    _check(diag, _lib.axp_tensor_create(
        ctypes.byref(out), DTYPES[array.dtype], array.ndim, dims,
        array.ctypes.data_as(ctypes.c_void_p), ctypes.byref(diag)))
    return out


def _to_array(tensor):
    dims = (ctypes.c_uint64 * 8)()
    ndim = _lib.axp_tensor_dims(ctypes.c_void_p(tensor), dims)
    dtype = NAMES[_lib.axp_tensor_dtype(tensor)]
    shape = tuple(dims[:ndim])
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    data = ctypes.string_at(_lib.axp_tensor_data(tensor), size)
    return np.frombuffer(data, dtype).reshape(shape).copy()


def run(model, inputs, backend='fp32', threads=1):
    """model: bytes of an ONNX file; inputs: name to array. Returns name to array,
    the number of layers, and the bytes of the memory plan and of the largest live set."""
    diag = Diag()
    named = (Named * max(1, len(inputs)))()
    graph, session = ctypes.c_void_p(), ctypes.c_void_p()
    tensors = []
    try:
        for i, (name, array) in enumerate(inputs.items()):
            tensors.append(_to_tensor(np.asarray(array), diag))
            named[i].name, named[i].tensor = name.encode(), tensors[i]
        opts = OnnxOpts(size=ctypes.sizeof(OnnxOpts), inputs=named, nr_inputs=len(inputs),
                        tensors=True)
        _check(diag, _lib.axp_onnx_read_mem(
            ctypes.byref(graph), model, ctypes.c_size_t(len(model)), b'model',
            ctypes.byref(opts), ctypes.byref(diag)))
        opts = SessionOpts(size=ctypes.sizeof(SessionOpts), backend=BACKENDS[backend],
                           threads=threads)
        _check(diag, _lib.axp_session_open(ctypes.byref(session), graph, ctypes.byref(opts),
                                           ctypes.byref(diag)))
        nr = _lib.axp_graph_nr_outputs(graph)
        outputs = (ctypes.c_void_p * nr)()
        _check(diag, _lib.axp_session_run_tensors(session, named, len(inputs), outputs,
                                                  ctypes.byref(diag)))
        result, port = {}, Port()
        for i in range(nr):
            _check(diag, _lib.axp_graph_output(graph, i, ctypes.byref(port)))
            result[port.name.decode()] = _to_array(outputs[i])
            _lib.axp_tensor_free(outputs[i])
        used, live = ctypes.c_uint64(), ctypes.c_uint64()
        _lib.axp_session_memory(session, ctypes.byref(used), ctypes.byref(live))
        return result, _lib.axp_graph_nr_layers(graph), (used.value, live.value)
    finally:
        _lib.axp_session_close(session)
        _lib.axp_graph_free(graph)
        for t in tensors:
            _lib.axp_tensor_free(t)
