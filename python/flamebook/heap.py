"""Records the memory of this Python program over time, as pprof files.

    from flamebook import heap
    heap.record("profiles", every=10, labels={"service": "shop"})

Every ten seconds a file with the types `inuse_space` and `inuse_objects` is added to the
folder `profiles/service=shop/pid=4711`, until the program ends. Look at it with
`use "profiles"` and `inuse_space | timeline`, or with pprof.

The recorder is tracemalloc of the standard library: it sees what Python's allocators hand
out from its start on, with whole stacks. That is not free: each allocation takes about two
microseconds more, and a seventh of one for each call on its stack, which a program that
waits for its clients hardly feels and a loop over numbers feels very much. Each block in use
takes some 160 bytes more. A file stops the program for about a second per million blocks in
use. `Recorder.cost` says what it was, and so do the comments of each file.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
import tracemalloc
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from flamebook import _pprof
from flamebook._functions import Functions
from flamebook._pprof import Frame, Sample

__all__ = ["Cost", "Recorder", "record"]


@dataclass
class Cost:
    """What a recorder has taken so far."""

    files: int = 0
    """The files written."""
    seconds: float = 0.0
    """The time that this took; other threads could run for a part of it."""
    longest: float = 0.0
    """The seconds of the longest of them."""
    memory: int = 0
    """The bytes in which tracemalloc kept its stacks, at the last file."""

    def __str__(self) -> str:
        return (
            f"{self.files} files in {self.seconds:.2f} s, the longest in {self.longest:.3f} s; "
            f"tracemalloc took {self.memory / 2**20:.1f} MiB"
        )


def record(
    folder: str | os.PathLike[str],
    *,
    every: float = 10.0,
    labels: Mapping[str, str] | None = None,
    frames: int = 256,
) -> Recorder:
    """Starts to record into a folder, with a file every `every` seconds and one at the end.

    `labels` become folders, which `use` reads as labels, and so does the `pid`, as a child
    that is forked goes on recording for itself. A stack deeper than `frames` calls is cut at its outer end, and says so.
    Raises `ValueError` for an `every` that is not positive, `OSError` if the folder cannot be
    made.
    """
    return Recorder(Path(folder), every, dict(labels or {}), frames)


class Recorder:
    """A recording that goes on. It is also a context manager, which stops it."""

    def __init__(self, folder: Path, every: float, labels: dict[str, str], frames: int) -> None:
        if not every > 0:
            raise ValueError(f"every must be a positive number of seconds, not {every}")
        for name, value in labels.items():
            folder = folder / f"{name}={quote(value, safe='')}"
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.cost = Cost()
        self._every = every
        self._functions = Functions()
        # Else the program itself traces, and goes on with it after this recording.
        self._started_tracing = not tracemalloc.is_tracing()
        if self._started_tracing:
            tracemalloc.start(frames)
        elif tracemalloc.get_traceback_limit() < frames:
            limit = tracemalloc.get_traceback_limit()
            warnings.warn(
                f"the program already traces its memory, with stacks of {limit} calls; for whole "
                f"stacks call tracemalloc.start({frames}) there",
                RuntimeWarning,
                stacklevel=3,
            )
        self._start_thread()
        _RECORDING.add(self)

    def stop(self) -> None:
        """Writes the last file and ends the recording. The second call does nothing."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        if self._thread is not threading.current_thread():
            self._thread.join()
        self._write_safely()
        _RECORDING.discard(self)
        if self._started_tracing and not _RECORDING:
            tracemalloc.stop()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _start_thread(self) -> None:
        self._stopping = threading.Event()
        self._warned = False
        # A daemon, as the end of the program need not wait for the next file.
        self._thread = threading.Thread(target=self._run, name="flamebook.heap", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            self._write_safely()

    def _write_safely(self) -> None:
        """A full disk, or a program that ends tracing itself, must not end the program."""
        try:
            self._write()
        except (OSError, RuntimeError, MemoryError) as error:
            if not self._warned:
                self._warned = True
                warnings.warn(f"no heap profile was written: {error}", RuntimeWarning, stacklevel=2)

    def _write(self) -> None:
        start = time.perf_counter()
        time_ns = time.time_ns()
        snapshot = tracemalloc.take_snapshot()
        memory = tracemalloc.get_tracemalloc_memory()
        paused = time.perf_counter() - start
        samples = self._samples(snapshot)
        comments = [
            f"tracemalloc, stacks of at most {snapshot.traceback_limit} calls",
            f"taking this snapshot stopped the program for {paused * 1000:.1f} ms",
            f"tracemalloc itself took {memory} bytes",
        ]
        content = _pprof.profile(samples, time_ns=time_ns, comments=comments)
        folder = self.folder / f"pid={os.getpid()}"
        folder.mkdir(exist_ok=True)
        _pprof.write(folder / _file_name(time_ns), content)
        took = time.perf_counter() - start
        self.cost.files += 1
        self.cost.seconds += took
        self.cost.longest = max(self.cost.longest, took)
        self.cost.memory = memory

    def _samples(self, snapshot: tracemalloc.Snapshot) -> list[Sample]:
        samples = []
        for count, size, calls, depth in _by_stack(snapshot):
            if any(file == __file__ for file, _ in calls):
                # What this recorder holds itself.
                continue
            stack = [self._functions.frame(file, line) for file, line in calls]
            if depth > len(stack):
                stack.append(Frame(f"[stack cut at {len(stack)} calls]", "", 0, 0))
            samples.append(Sample(tuple(stack), (count, size), {}))
        return samples


# File and line of each call, the innermost first.
_Calls = tuple[tuple[str, int], ...]


def _by_stack(snapshot: tracemalloc.Snapshot) -> Iterator[tuple[int, int, _Calls, int]]:
    """Count and bytes of the blocks of each stack, its calls, and its whole depth.

    `snapshot.statistics` takes 20 times as long, because it makes objects for each block,
    and tracemalloc traces these, too. This loop makes none.
    """
    sizes: defaultdict[_Calls, list[int]] = defaultdict(list)
    depths: dict[_Calls, int | None] = {}
    for _domain, size, calls, depth in snapshot.traces._traces:  # type: ignore[attr-defined]
        sizes[calls].append(size)
        depths[calls] = depth
    for calls, of_stack in sizes.items():
        yield len(of_stack), sum(of_stack), calls, depths[calls] or 0


def _file_name(time_ns: int) -> str:
    at = datetime.fromtimestamp(time_ns // 10**9, timezone.utc)
    return f"heap-{at:%Y%m%dT%H%M%S}.{time_ns // 10**6 % 1000:03}Z.pb.gz"


_RECORDING: set[Recorder] = set()


@atexit.register
def _stop_all() -> None:
    for recorder in list(_RECORDING):
        recorder.stop()


def _go_on_in_child() -> None:
    """A fork copies no threads. Tracing goes on in the child, so its recording does, too."""
    for recorder in list(_RECORDING):
        recorder.cost = Cost()
        recorder._start_thread()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_go_on_in_child)
