"""Safetensors files (https://github.com/huggingface/safetensors#format), as private memory maps and straight from memory.

numpy has no bfloat16 and no 8-bit floats: such tensors are arrays of ml_dtypes where that is installed; without it bfloat16 comes
widened to float32, which loses nothing, and 8-bit floats as their bytes. As torch tensors all types come as they are.
"""

import json
import mmap
import os
import struct
import sys

import numpy as np

try:
    import ml_dtypes
except ImportError:
    ml_dtypes = None

_NUMPY = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}
_ML_DTYPES = {"BF16": "bfloat16", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2"}
_TORCH = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8", "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8",
    "BOOL": "bool",
}
_FLOATING = {"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"}
_LARGEST_HEADER = 100_000_000


class TensorFile:
    """A safetensors file, mapped privately: what is written into its arrays reaches neither the file nor anybody else."""

    def __init__(self, path):
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            length = struct.unpack("<Q", file.read(8))[0] if size >= 8 else -1
            if not 0 <= length <= min(_LARGEST_HEADER, size - 8):
                raise ValueError(f"{path} is no safetensors file")
            self._entries = json.loads(file.read(length))
            self._entries.pop("__metadata__", None)
            self._start = 8 + length
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)

    @property
    def types(self):
        """The element type of every tensor, as safetensors names it."""
        return {name: entry["dtype"] for name, entry in self._entries.items()}

    @property
    def shapes(self):
        return {name: tuple(entry["shape"]) for name, entry in self._entries.items()}

    def arrays(self, kind="numpy"):
        """All tensors, as arrays of numpy or tensors of torch, without a copy."""
        make = self._torch if kind == "torch" else self._numpy
        return {name: make(entry) for name, entry in self._entries.items()}

    def _bytes(self, entry):
        first, end = entry["data_offsets"]
        if first == end:
            return np.empty(0, dtype=np.uint8)
        return np.frombuffer(self._map, dtype=np.uint8, count=end - first, offset=self._start + first)

    def _numpy(self, entry):
        data, shape, kind = self._bytes(entry), entry["shape"], entry["dtype"]
        if kind in _NUMPY:
            return data.view(_NUMPY[kind]).reshape(shape)
        if ml_dtypes is not None:
            return data.view(getattr(ml_dtypes, _ML_DTYPES[kind])).reshape(shape)
        return widened(data).reshape(shape) if kind == "BF16" else data.reshape(shape)

    def _torch(self, entry):
        import torch

        dtype = getattr(torch, _TORCH[entry["dtype"]])
        if not entry["data_offsets"][1] > entry["data_offsets"][0]:
            return torch.empty(entry["shape"], dtype=dtype)
        return torch.from_numpy(self._bytes(entry)).view(dtype).reshape(entry["shape"])


def widened(data):
    """The bytes of bfloat16 numbers as float32."""
    return (data.view("<u2").astype(np.uint32) << 16).view(np.float32)


def write(path, values, expected):
    """Writes tensors; the file appears whole.

    values: arrays of numpy, tensors of torch, or what numpy makes an array of, by name.
    expected: the element types of the model, by name. Whole numbers and truth values are stored in these types, floats in their own.
    """
    data, header, offset = [], {}, 0
    for name, value in values.items():
        kind, shape, content = _stored(name, value, expected.get(name))
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [offset, offset + content.nbytes]}
        data.append(content)
        offset += content.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    partial = f"{path}.partial"
    with open(partial, "wb", buffering=0) as file:
        _write(file, struct.pack("<Q", len(text)) + text)
        for index, content in enumerate(data):
            _write(file, content)
            data[index] = None
    os.replace(partial, path)


def _write(file, content):
    left = memoryview(content).cast("B") if len(content) else memoryview(b"")
    while left:
        left = left[file.write(left):]


def _stored(name, value, expected):
    """The element type, the shape and the bytes of a value."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        value = value.detach()
        kind = next((kind for kind, dtype in _TORCH.items() if getattr(torch, dtype, None) is value.dtype), None)
        if kind is None:
            raise TypeError(f"tensor '{name}' is {value.dtype}, which no safetensors file holds")
        if _fits(kind, expected):
            shape, value = tuple(value.shape), value.cpu().contiguous()
            return kind, shape, value.reshape(-1).view(torch.uint8).numpy()
        value = value.cpu().double().numpy() if kind in _FLOATING else value.cpu().numpy()
    array = np.asarray(value)
    kind = _kind(array.dtype)
    if kind is None:
        raise TypeError(f"tensor '{name}' is {array.dtype}, which no safetensors file holds")
    if not _fits(kind, expected):
        array, kind = _converted(name, array, expected), expected
    shape = array.shape
    contiguous = np.ascontiguousarray(array)
    if contiguous.dtype.byteorder == ">" or (contiguous.dtype.byteorder == "=" and sys.byteorder == "big"):
        contiguous = contiguous.byteswap()
    return kind, shape, contiguous.reshape(-1).view(np.uint8)


def _fits(kind, expected):
    """Whether a type may stand where another is expected: floats for floats, for all else the type itself."""
    return expected is None or kind == expected or (kind in _FLOATING and expected in _FLOATING)


def _converted(name, array, expected):
    if expected in _FLOATING:
        if expected.startswith("F8"):
            if array.dtype == np.uint8:
                return array
            raise TypeError(f"tensor '{name}' is {array.dtype} where {expected} is expected; send it as it was received")
        return array.astype(_NUMPY.get(expected, "<f4"))
    if expected == "BOOL":
        return array.astype(bool)
    target = np.dtype(_NUMPY[expected])
    whole = np.rint(array) if array.dtype.kind == "f" else array
    limits = np.iinfo(target)
    if whole.size and (not np.all(np.isfinite(whole)) or whole.min() < limits.min or whole.max() > limits.max):
        raise ValueError(f"tensor '{name}' has values that {expected} does not hold")
    return whole.astype(target)


def _kind(dtype):
    if ml_dtypes is not None:
        for kind, name in _ML_DTYPES.items():
            if dtype == getattr(ml_dtypes, name):
                return kind
    return next((kind for kind, name in _NUMPY.items() if dtype.newbyteorder("<") == np.dtype(name)), None)
