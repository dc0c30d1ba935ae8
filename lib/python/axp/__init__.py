# SPDX-License-Identifier: BSD-2-Clause
"""Associative processing elements, from ONNX models to /dev/axp.

    import axp

    net = axp.Model("net.onnx")
    net.compile(axp.Dataset(x_calibration), accumulator="fixed")
    with net.session(backend="soft") as session:
        y = session.run(x)
        print(session.stats()["energy_fj"], session.stats()["macs"])
        print(session.evaluate(axp.Dataset(x_test, labels)).accuracy)

Arrays are NumPy's: float32 in the order the net takes them, [samples, ...]. The
backend "soft" is the engine in this process and needs no module; "device" is
/dev/axp and gives the same bits and the same counters; "fp32" is the reference.
What the library refuses is an axp.Error with its one line of text.
"""
import errno as _errno
import os as _os

import numpy as _np

from ._cffi import ffi as _ffi

__all__ = ["Dataset", "Device", "Error", "Evaluation", "Model", "Session", "engines",
           "version"]


def _load():
    """libaxp.so.1, or what AXP_LIBRARY names."""
    name = _os.environ.get("AXP_LIBRARY", "libaxp.so.1")
    try:
        return _ffi.dlopen(name)
    except OSError as e:
        raise ImportError(f"{e}; install libaxp1, or name the library in AXP_LIBRARY") from e


_lib = _load()
_BACKENDS = {"fp32": "AXP_BACKEND_FP32", "soft": "AXP_BACKEND_SOFT",
             "device": "AXP_BACKEND_DEVICE"}


class Error(OSError):
    """What libaxp refused: errno, and one line that names file, field and limit."""


def _check(err, diag, what):
    if err < 0:
        text = _ffi.string(diag.text).decode(errors="replace")
        raise Error(-err, text or f"{what}: {_os.strerror(-err)}")


def _invalid(text):
    return Error(_errno.EINVAL, text)


def _diag():
    return _ffi.new("struct axp_diag *")


def _options(kind, values, numbers=()):
    """struct axp_KIND_opts with the fields of @values; @numbers: names looked up first."""
    opts = _ffi.new(f"struct axp_{kind}_opts *")
    opts.size = _ffi.sizeof(opts[0])
    known = {name for name, _ in _ffi.typeof(opts[0]).fields} - {"size", "progress", "user"}
    keep = []
    for name, value in values.items():
        if name not in known:
            raise TypeError(f"there is no option {name!r}: {', '.join(sorted(known))}")
        if name in numbers and isinstance(value, str):
            number = numbers[name](value.encode())
            if number < 0:
                raise _invalid(f"{name} {value!r} is not known")
            value = number
        if isinstance(value, str):
            value = _ffi.new("char[]", _os.fsencode(value))
            keep.append(value)
        try:
            setattr(opts, name, value)
        except (OverflowError, TypeError) as e:
            raise _invalid(f"{name}: {e}") from e
    return opts, keep


def _named():
    return {"accumulator": _lib.axp_accumulator_from_name,
            "organisation": _lib.axp_organisation_from_name,
            "preset": _lib.axp_preset_from_name,
            "cam_class": _lib.axp_cam_class_from_name}


def _floats(x):
    x = _np.ascontiguousarray(x, dtype=_np.float32)
    return x, _ffi.from_buffer("float[]", x)


def _counters(struct):
    return {name: int(getattr(struct, name)) for name, _ in _ffi.typeof(struct).fields}


def version():
    """Version of the library, "0.1.0"."""
    return _ffi.string(_lib.axp_version()).decode()


def engines():
    """Engines of the backend "soft" that this machine can run, best first."""
    names, i = [], 0
    while True:
        name = _lib.axp_engine_name(i)
        if not name:
            return names
        names.append(_ffi.string(name).decode())
        i += 1


class Dataset:
    """Samples, with or without labels.

    Dataset("idx:images.gz,labels.gz", ...) opens files as `axp eval --data` does;
    Dataset(x) and Dataset(x, labels) take arrays: x[samples, ...] as the net takes
    them, labels[samples] of classes from 0. Keywords are the fields of struct
    axp_dataset_opts (files only): scale, mean, std, input_dims, ...
    """

    def __init__(self, source, labels=None, **options):
        out, diag = _ffi.new("struct axp_dataset **"), _diag()
        if isinstance(source, (str, _os.PathLike)):
            if labels is not None:
                raise TypeError("labels go with arrays; files bring their own")
            if "input_dims" in options:
                options.setdefault("input_ndim", len(options["input_dims"]))
            opts, keep = _options("dataset", options)
            err = _lib.axp_dataset_open(out, _os.fsencode(source), opts, diag)
            del keep
        else:
            if options:
                raise TypeError("arrays are taken as they are, without options")
            # Borrowed by the library as long as this object lives.
            self._x, x = _floats(source)
            if self._x.ndim < 2:
                raise _invalid(f"samples have shape {self._x.shape}, not [samples, ...]")
            n, dims = self._x.shape[0], self._x.shape[1:]
            self._labels, y = None, _ffi.NULL
            if labels is not None:
                labels = _np.asarray(labels)
                if labels.shape != (n,) or labels.dtype.kind not in "iu":
                    raise _invalid(f"labels are {labels.dtype}{list(labels.shape)}, "
                                   f"not integers[{n}]")
                if n and labels.min() < 0:
                    raise _invalid(f"label {labels.min()} is negative")
                self._labels = _np.ascontiguousarray(labels.clip(max=2**32 - 1),
                                                     dtype=_np.uint32)
                y = _ffi.from_buffer("uint32_t[]", self._labels)
            err = _lib.axp_dataset_memory(out, x, y, n, dims, len(dims), diag)
        _check(err, diag, "dataset")
        self._c = _ffi.gc(out[0], _lib.axp_dataset_free)

    def __len__(self):
        return _lib.axp_dataset_count(self._c)

    @property
    def shape(self):
        """Dimensions of one sample."""
        dims = _ffi.new("uint64_t[7]")
        return tuple(dims[0:_lib.axp_dataset_dims(self._c, dims)])

    @property
    def labelled(self):
        """Are there labels?"""
        return bool(_lib.axp_dataset_has_labels(self._c))

    def __getitem__(self, index):
        """(sample, label); the label is None where there is none."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        x, diag = _np.empty(self.shape, _np.float32), _diag()
        label = _ffi.new("uint32_t *")
        err = _lib.axp_dataset_get(self._c, index % len(self),
                                   _ffi.from_buffer("float[]", x), label, diag)
        _check(err, diag, "dataset")
        return x, int(label[0]) if self.labelled else None


class Model:
    """A net out of an ONNX file, compiled or not."""

    def __init__(self, path):
        out, diag = _ffi.new("struct axp_graph **"), _diag()
        _check(_lib.axp_onnx_read(out, _os.fsencode(path), _ffi.NULL, diag), diag, str(path))
        self._c = _ffi.gc(out[0], _lib.axp_graph_free)
        self._sessions = 0

    def save(self, path):
        """Write an ONNX file that any tool can run; an existing one is replaced as a whole."""
        diag = _diag()
        _check(_lib.axp_onnx_write(self._c, _os.fsencode(path), diag), diag, str(path))

    def compile(self, calibration, progress=None, **options):
        """Cluster weights, choose CAM and LUT contents, correct biases.

        Keywords are the fields of struct axp_compile_opts, with names where numbers
        have some: accumulator="fixed", organisation="shared", centroids=16, rows=16,
        preset="s28", cam_class="silicon28", ... @progress(what, done, total).
        On failure the model is unchanged.
        """
        if self._sessions:
            raise _invalid("the model cannot be compiled while a session of it is open")
        options.setdefault("organisation", "shared")
        opts, keep = _options("compile", options, _named())
        failed = []

        @_ffi.callback("void(void *, const char *, uint64_t, uint64_t)")
        def call(_user, what, done, total):
            try:
                progress(_ffi.string(what).decode(), done, total)
            except BaseException as e:  # the library cannot be left by an exception
                failed.append(e)

        if progress:
            opts.progress = call
        diag = _diag()
        err = _lib.axp_compile(self._c, calibration._c, opts, diag)
        del keep
        if failed:
            raise failed[0]
        _check(err, diag, "compile")

    @property
    def compiled(self):
        """Has any layer a table?"""
        return bool(_lib.axp_graph_is_compiled(self._c))

    @property
    def input_shape(self):
        """Dimensions of one sample."""
        dims = _ffi.new("uint64_t[7]")
        return tuple(dims[0:_lib.axp_graph_input_dims(self._c, dims)])

    def metadata(self, key):
        """A metadata property of the file, or None."""
        value = _lib.axp_graph_metadata(self._c, key.encode())
        return _ffi.string(value).decode() if value else None

    @property
    def layers(self):
        """One dict per layer that can be offloaded: struct axp_layer_info, "in" and "out"
        shapes for one sample, names for the numbers of its table."""
        layers = []
        for i in range(_lib.axp_graph_nr_layers(self._c)):
            info = _ffi.new("struct axp_layer_info *")
            into, out = _ffi.new("uint64_t[4]"), _ffi.new("uint64_t[4]")
            if (_lib.axp_graph_layer_info(self._c, i, info) or
                    _lib.axp_graph_layer_dims(self._c, i, into, out)):
                raise _invalid(f"layer {i}")
            layer = {name: getattr(info, name) for name, _ in _ffi.typeof(info[0]).fields
                     if name not in ("name", "op", "spec")}
            layer["name"] = _ffi.string(info.name).decode()
            layer["op"] = _ffi.string(info.op).decode()
            layer["in"], layer["out"] = tuple(into), tuple(out)
            if info.k:
                spec = layer["spec"] = _counters(info.spec)
                for name in ("accumulator", "organisation", "preset", "cam_class"):
                    word = getattr(_lib, f"axp_{name}_name")(spec[name])
                    spec[name] = _ffi.string(word).decode()
            layers.append(layer)
        return layers

    def session(self, backend="soft", **options):
        """Prepare it to run: a Session. Keywords are the fields of struct
        axp_session_opts: engine, threads, max_batch, device, preset, cam_class."""
        return Session(self, backend, options)


class Session:
    """A model on a backend. Use it in a `with`, or close() it."""

    def __init__(self, model, backend, options):
        if backend not in _BACKENDS:
            raise _invalid(f"backend {backend!r}: one of {', '.join(_BACKENDS)}")
        opts, self._keep = _options("session", options, _named())
        opts.backend = getattr(_lib, _BACKENDS[backend])
        out, diag = _ffi.new("struct axp_session **"), _diag()
        _check(_lib.axp_session_open(out, model._c, opts, diag), diag, "session")
        self._c, self._model, self._batch = out[0], model, opts.max_batch or 32
        model._sessions += 1

    def close(self):
        """Give everything back."""
        if self._c:
            _lib.axp_session_close(self._c)
            self._c = None
            self._model._sessions -= 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if getattr(self, "_c", None):
            self.close()

    def _open(self):
        if not self._c:
            raise _invalid("the session is closed")
        return self._c

    def run(self, x):
        """Outputs [samples, outputs] for x[samples, ...]."""
        shape = self._model.input_shape
        x = _np.asarray(x)
        if x.shape[1:] != shape or not x.ndim:
            raise _invalid(f"samples have shape {x.shape}, not [samples, "
                           f"{', '.join(map(str, shape))}]")
        y = _np.empty((x.shape[0], _lib.axp_graph_output_elems(self._model._c)), _np.float32)
        return self._batches(x, y, lambda xs, n, ys, diag:
                             _lib.axp_session_run(self._open(), xs, n, ys, diag))

    def run_layer(self, layer, x):
        """Outputs of one layer, by number or name, for its own inputs: arrays as
        Model.layers says, n times the first dimension."""
        layers = self._model.layers
        number = next((i for i, one in enumerate(layers) if layer in (i, one["name"])), None)
        if number is None:
            raise _invalid(f"there is no layer {layer!r}")
        into, out = layers[number]["in"], layers[number]["out"]
        x = _np.asarray(x)
        flat = x.reshape(x.shape[0], -1) if x.ndim else x.reshape(0, 0)
        if flat.shape[1] != into[1] * into[2] * into[3] or flat.shape[0] % into[0]:
            raise _invalid(f"inputs of layer {layer!r} have shape {x.shape}, not n times {into}")
        n = flat.shape[0] // into[0]
        y = _np.empty((n, out[0] * out[1] * out[2] * out[3]), _np.float32)
        self._batches(flat.reshape(n, -1), y, lambda xs, k, ys, diag:
                      _lib.axp_session_run_layer(self._open(), number, xs, k, ys, diag))
        return y.reshape((n * out[0],) + (out[1:] if x.ndim == 4 else (-1,)))

    def _batches(self, x, y, call):
        x, _ = _floats(x)
        for at in range(0, x.shape[0], self._batch):
            some, diag = x[at:at + self._batch], _diag()
            _check(call(_ffi.from_buffer("float[]", some), some.shape[0],
                        _ffi.from_buffer("float[]", y[at:at + self._batch]), diag),
                   diag, "run")
        return y

    def evaluate(self, data):
        """Accuracy over a labelled Dataset: an Evaluation."""
        result, diag = _ffi.new("struct axp_evaluation *"), _diag()
        _check(_lib.axp_evaluate(self._open(), data._c, result, _ffi.NULL, _ffi.NULL, diag),
               diag, "evaluate")
        try:
            return Evaluation(result)
        finally:
            _lib.axp_evaluation_clear(result)

    def stats(self, layer=None):
        """Counters and energies since the session was opened: struct axp_stats as a dict;
        of one layer, or of all with the programming of the tables."""
        stats = _ffi.new("struct axp_stats *")
        if layer is None:
            _lib.axp_session_stats(self._open(), stats)
        elif _lib.axp_session_layer_stats(self._open(), layer, stats):
            raise _invalid(f"there is no layer {layer}")
        return _counters(stats[0])

    @property
    def engine(self):
        """What computes: "avx2", "oneDNN", ..."""
        return _ffi.string(_lib.axp_session_engine(self._open())).decode()


class Evaluation:
    """samples, correct, accuracy (0 to 1), confusion[label, answer], digest, seconds."""

    def __init__(self, c):
        self.samples, self.correct = int(c.samples), int(c.correct)
        self.accuracy = self.correct / self.samples
        self.digest, self.seconds = int(c.digest), float(c.seconds)
        buffer = _ffi.buffer(c.confusion, 8 * c.classes * c.classes)
        self.confusion = _np.frombuffer(bytes(buffer), _np.uint64).reshape(c.classes, c.classes)

    def __repr__(self):
        return f"<axp.Evaluation {self.correct} of {self.samples} right>"


class Device:
    """/dev/axp itself: what it can do, and the counters of this client."""

    def __init__(self, path="/dev/axp"):
        out, diag = _ffi.new("struct axp_device **"), _diag()
        _check(_lib.axp_device_open(out, _os.fsencode(path), diag), diag, str(path))
        self._c = _ffi.gc(out[0], _lib.axp_device_close)

    @property
    def caps(self):
        """struct axp_caps as a dict."""
        caps = _lib.axp_device_caps(self._c)
        return {name: _ffi.string(caps.engine).decode() if name == "engine" else
                int(getattr(caps, name)) for name, _ in _ffi.typeof(caps[0]).fields}

    def stats(self):
        """struct axp_stats of this client as a dict."""
        stats, diag = _ffi.new("struct axp_stats *"), _diag()
        _check(_lib.axp_device_stats(self._c, 0, stats, diag), diag, "statistics")
        return _counters(stats[0])
