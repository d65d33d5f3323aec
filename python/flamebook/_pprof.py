"""Writes profiles in the format of pprof: protobuf, gzipped.

<https://github.com/google/pprof/blob/main/proto/profile.proto>
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

# Memory in use, as Go's heap profiles name it.
INUSE = (("inuse_objects", "count"), ("inuse_space", "bytes"))


class Frame(NamedTuple):
    """A call: the function, its file, the line of its `def` (0 if unknown), the line called."""

    function: str
    file: str
    start_line: int
    line: int


class Sample(NamedTuple):
    """A stack, the innermost call first, with a value for each type and text labels."""

    stack: tuple[Frame, ...]
    values: tuple[int, ...]
    labels: Mapping[str, str]


def profile(
    samples: Iterable[Sample],
    *,
    time_ns: int,
    types: Sequence[tuple[str, str]] = INUSE,
    comments: Sequence[str] = (),
) -> bytes:
    """A profile of what was in use at one time, in nanoseconds since 1970."""
    return gzip.compress(_Encoder(types).profile(samples, time_ns, comments), 6, mtime=0)


def write(path: Path, content: bytes) -> None:
    """Writes a file in one step: it is complete or absent, whatever ends the program."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


class _Encoder:
    """The tables of one file. Field numbers are those of profile.proto."""

    def __init__(self, types: Sequence[tuple[str, str]]) -> None:
        self._types = types
        self._texts: dict[str, int] = {"": 0}
        self._functions: dict[tuple[str, str, int], int] = {}
        self._locations: dict[Frame, int] = {}
        self._out = bytearray()

    def profile(self, samples: Iterable[Sample], time_ns: int, comments: Sequence[str]) -> bytes:
        for kind in self._types:
            _message(self._out, 1, self._value_type(*kind))
        for sample in samples:
            self._sample(sample)
        _number(self._out, 9, time_ns)
        _message(self._out, 11, self._value_type("space", "bytes"))
        _number(self._out, 12, 1)
        for comment in comments:
            _number(self._out, 13, self._text(comment))
        _number(self._out, 14, self._text(self._types[-1][0]))
        for text in self._texts:
            _message(self._out, 6, text.encode("utf-8", "replace"))
        return bytes(self._out)

    def _sample(self, sample: Sample) -> None:
        body = bytearray()
        _packed(body, 1, [self._location(frame) for frame in sample.stack])
        _packed(body, 2, sample.values)
        for key, value in sample.labels.items():
            label = bytearray()
            _number(label, 1, self._text(key))
            _number(label, 2, self._text(value))
            _message(body, 3, label)
        _message(self._out, 2, body)

    def _location(self, frame: Frame) -> int:
        known = self._locations.get(frame)
        if known is not None:
            return known
        number = self._locations[frame] = len(self._locations) + 1
        line = bytearray()
        _number(line, 1, self._function(frame))
        _number(line, 2, frame.line)
        body = bytearray()
        _number(body, 1, number)
        _message(body, 4, line)
        _message(self._out, 4, body)
        return number

    def _function(self, frame: Frame) -> int:
        key = (frame.function, frame.file, frame.start_line)
        known = self._functions.get(key)
        if known is not None:
            return known
        number = self._functions[key] = len(self._functions) + 1
        body = bytearray()
        name = self._text(frame.function)
        for field, value in enumerate(
            (number, name, name, self._text(frame.file), frame.start_line), start=1
        ):
            _number(body, field, value)
        _message(self._out, 5, body)
        return number

    def _value_type(self, name: str, unit: str) -> bytearray:
        body = bytearray()
        _number(body, 1, self._text(name))
        _number(body, 2, self._text(unit))
        return body

    def _text(self, text: str) -> int:
        return self._texts.setdefault(text, len(self._texts))


def _varint(out: bytearray, value: int) -> None:
    value &= (1 << 64) - 1
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _number(out: bytearray, field: int, value: int) -> None:
    if value:
        out.append(field << 3)
        _varint(out, value)


def _message(out: bytearray, field: int, body: bytes | bytearray) -> None:
    out.append(field << 3 | 2)
    _varint(out, len(body))
    out += body


def _packed(out: bytearray, field: int, values: Iterable[int]) -> None:
    body = bytearray()
    for value in values:
        _varint(body, value)
    _message(out, field, body)
