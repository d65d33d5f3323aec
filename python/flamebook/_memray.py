"""Turns a capture of memray into pprof files: what was in use, over time.

memray's own reader reads the capture, so its version must suit the file. Each file has the
types `inuse_space` and `inuse_objects`, and the label `thread`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from flamebook import _pprof
from flamebook._errors import FlamebookError
from flamebook._pprof import Frame, Sample

_MILLISECOND = 1_000_000
# What memray counts when no call of Python is known.
_UNKNOWN = Frame("<unknown>", "", 0, 0)


class Converted(NamedTuple):
    """The files that were written."""

    folder: Path
    files: int


def convert(capture: Path, folder: Path, every: float) -> Converted:
    """Writes a file at the end of each step of `every` seconds, and one at the capture's end.

    Raises `FlamebookError` if memray is missing, cannot read the capture, or if the capture
    has no times: `memray run --aggregate` keeps none.
    """
    memray = _memray()
    try:
        with memray.FileReader(str(capture)) as reader:
            return _write(reader, memray, folder, every)
    except OSError as error:
        raise FlamebookError(f"memray cannot read {capture}: {error}") from error


def _memray() -> Any:
    try:
        import memray
    except ImportError as error:
        raise FlamebookError(
            "this needs memray, whose reader reads the capture: pip install memray"
        ) from error
    return memray


def _write(reader: Any, memray: Any, folder: Path, every: float) -> Converted:
    if reader.metadata.file_format == memray.FileFormat.AGGREGATED_ALLOCATIONS:
        raise FlamebookError(
            "this capture has no times; record it again without `--aggregate`: memray run app.py"
        )
    recorded = [int(snapshot.time) for snapshot in reader.get_memory_snapshots()]
    # Blocks that came after the last of memray's times have the next number.
    end = int(reader.metadata.end_time.timestamp() * 1000)
    times = [*recorded, max([end, *recorded])]
    chosen = _steps(times, every)
    in_use: list[list[Sample]] = [[] for _ in chosen]
    for record in reader.get_temporal_allocation_records(merge_threads=False):
        stack = _stack(record, native=reader.metadata.has_native_traces)
        labels = {"thread": _thread(record, reader.metadata.main_thread_id)}
        for samples, values in zip(in_use, _values(record.intervals, chosen), strict=True):
            if values[0]:
                samples.append(Sample(stack, values, labels))
    folder.mkdir(parents=True, exist_ok=True)
    comment = f"memray, of {reader.metadata.command_line}"
    for at, samples in zip(chosen, in_use, strict=True):
        time_ns = times[at] * _MILLISECOND
        content = _pprof.profile(samples, time_ns=time_ns, comments=[comment])
        _pprof.write(folder / f"heap-{time_ns}.pb.gz", content)
    return Converted(folder, len(chosen))


def _steps(times: list[int], every: float) -> list[int]:
    """The index of the last time in each step, counted from the first time, in order."""
    last_of_step: dict[int, int] = {}
    for at, time in enumerate(times[:-1]):
        last_of_step[int((time - times[0]) / 1000 / every)] = at
    return [*last_of_step.values(), len(times) - 1]


def _values(intervals: Iterable[Any], chosen: list[int]) -> list[tuple[int, int]]:
    """Blocks and bytes of one stack that were in use at each of the chosen times."""
    values = []
    for at in chosen:
        blocks = size = 0
        for interval in intervals:
            freed = interval.deallocated_before_snapshot
            if interval.allocated_before_snapshot <= at and (freed is None or at < freed):
                blocks += interval.n_allocations
                size += interval.n_bytes
        values.append((blocks, size))
    return values


def _thread(record: Any, main: int) -> str:
    """The name that Python gave the thread; memray has none for threads without one."""
    name = str(record.thread_name)
    return name or ("MainThread" if record.tid == main else f"thread {record.tid}")


def _stack(record: Any, *, native: bool) -> tuple[Frame, ...]:
    calls = record.hybrid_stack_trace() if native else record.stack_trace()
    frames = (Frame(function, file, 0, line) for function, file, line in calls)
    return tuple(frames) or (_UNKNOWN,)
