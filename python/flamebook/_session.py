"""A session: the program `flamebook session`, asked over its standard input and output.

The messages are described in the program's `src/cli/session`. A request is a line of
JSON; a reply is a line of JSON, and behind a result the bytes of an Arrow file.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import threading
import weakref
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any

from flamebook._errors import FlamebookError, QueryError, query_error
from flamebook._parameters import parameters as literals
from flamebook._program import program
from flamebook._result import Result

Reply = dict[str, Any]
Bundle = dict[str, str]


def connect(*paths: str | os.PathLike[str]) -> Session:
    """A session on profiles: files, folders, patterns, a store, a server or `demo:`.

    The paths are what `use` takes. Without a path nothing is open yet.
    """
    session = Session()
    try:
        if paths:
            names = {f"path{at}": os.fspath(path) for at, path in enumerate(paths)}
            session.query("use " + ", ".join(f"${name}" for name in names), names)
    except BaseException:
        session.close()
        raise
    return session


class Session:
    """Runs queries one after another, as the cells of a notebook: `let` and `set` stay.

    The program starts with the first query, in the current folder. Several threads may use
    a session; their queries run in turn.
    """

    def __init__(self) -> None:
        self._worker: _Worker | None = None
        self._turn = threading.Lock()

    def query(self, code: str, variables: Mapping[str, Any] | None = None) -> Result:
        """The result of the last statement of `code`.

        `$name` and `{name}` in `code` are values of `variables`: texts, numbers, bools, times
        with a zone, durations, or lists of these. Raises `QueryError` for an error in the
        query, `FlamebookError` if the program is missing or ends.
        """
        given = {} if variables is None else dict(variables)
        return self.run(code, parameters=literals(code, given), arrow=True)

    def run(
        self,
        code: str,
        *,
        parameters: Mapping[str, Any],
        name: str = "query",
        number: int = 0,
        arrow: bool = False,
        show: Callable[[str, Bundle], None] | None = None,
    ) -> Result:
        """Runs a cell; `show` receives what it displays and its progress, as it comes.

        Ctrl-C stops the query and keeps the session. `name` is that of the cell in errors;
        with a `number` n the result becomes `_n`.
        """
        request = {
            "do": "run",
            "code": code,
            "name": name,
            "number": number,
            "arrow": arrow,
            "parameters": dict(parameters),
        }
        with self._turn:
            return self._started().run(request, show)

    def complete(self, code: str, cursor: int) -> Reply:
        """What may stand at the cursor, as in a `complete_reply` of Jupyter."""
        return self._started().ask({"do": "complete", "code": code, "cursor": cursor})

    def inspect(self, code: str, cursor: int) -> Reply:
        """What is known of the word at the cursor, as in an `inspect_reply` of Jupyter."""
        return self._started().ask({"do": "inspect", "code": code, "cursor": cursor})

    def close(self) -> None:
        """Ends the program. The next query starts a new one."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _started(self) -> _Worker:
        worker = self._worker
        # After a fork both processes would read the replies of one program.
        if worker is not None and (worker.has_ended or worker.pid != os.getpid()):
            worker = None
        if worker is None:
            worker = self._worker = _Worker()
            _OPEN.add(worker)
        return worker


class _Worker:
    """The running program. A thread reads its replies and hands each to who asked."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.has_ended = False
        path = program()
        try:
            # In a group of its own: Ctrl-C is for Python, which then interrupts the query.
            self._process = subprocess.Popen(
                [path, "session"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise FlamebookError(f"cannot start {path}: {error}") from error
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests = self._process.stdin
        self._replies = self._process.stdout
        self._writing = threading.Lock()
        self._waiting: dict[int, _Inbox] = {}
        self._last = 0
        self._greeting = _Inbox()
        self._reader = threading.Thread(target=self._read, name="flamebook", daemon=True)
        self._reader.start()
        self._check_version(path)

    def run(self, request: Reply, show: Callable[[str, Bundle], None] | None) -> Result:
        inbox = self._send(request)
        try:
            return self._result(inbox, show)
        except QueryError:
            raise
        except BaseException:
            # What `show` raises must not leave the query running.
            self._write({"id": 0, "do": "interrupt"})
            raise

    def _result(self, inbox: _Inbox, show: Callable[[str, Bundle], None] | None) -> Result:
        interrupted = False
        while True:
            try:
                reply, rows = inbox.get()
            except KeyboardInterrupt:
                # The cell answers with the error `interrupted`, or with a result that was
                # ready before.
                interrupted = True
                self._write({"id": 0, "do": "interrupt"})
                continue
            kind = reply["kind"]
            if kind in ("display", "progress"):
                if show is not None:
                    show(kind, reply["data"])
                continue
            if interrupted:
                raise KeyboardInterrupt
            if kind == "error":
                raise query_error(reply)
            return Result(reply["data"], rows, reply.get("metadata"))

    def ask(self, request: Reply) -> Reply:
        reply, _ = self._send(request).get()
        return reply

    def close(self) -> None:
        if self.pid != os.getpid():
            return
        try:
            self._requests.close()
        except OSError:
            # It has ended before it read its last request.
            pass
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, request: Reply) -> _Inbox:
        inbox = _Inbox()
        with self._writing:
            self._last += 1
            number = self._last
            self._waiting[number] = inbox
        self._write({"id": number, **request})
        return inbox

    def _write(self, request: Reply) -> None:
        line = json.dumps(request, separators=(",", ":")).encode() + b"\n"
        try:
            with self._writing:
                self._requests.write(line)
                self._requests.flush()
        except (OSError, ValueError) as error:
            raise FlamebookError(_ENDED) from error

    def _read(self) -> None:
        try:
            while (whole := self._read_reply()) is not None:
                self._hand_over(*whole)
        finally:
            # Whatever ends this thread, nobody waits for a reply that never comes.
            self.has_ended = True
            for inbox in [self._greeting, *self._waiting.values()]:
                inbox.end()

    def _read_reply(self) -> tuple[Reply, bytes | None] | None:
        """The next reply; None at the end, which may be in the middle of a reply."""
        line = self._replies.readline()
        if not line.endswith(b"\n"):
            return None
        reply: Reply = json.loads(line)
        length = reply.get("arrow")
        if length is None:
            return reply, None
        rows = self._replies.read(length)
        return (reply, rows) if len(rows) == length else None

    def _hand_over(self, reply: Reply, rows: bytes | None) -> None:
        if reply["kind"] == "hello":
            self._greeting.put(reply)
            return
        going_on = reply["kind"] in ("display", "progress")
        waiting = self._waiting
        inbox = waiting.get(reply["id"]) if going_on else waiting.pop(reply["id"], None)
        if inbox is not None:
            inbox.put(reply, rows)

    def _check_version(self, path: Path) -> None:
        theirs = self._greeting.get()[0]["version"]
        try:
            ours = version("flamebook")
        except PackageNotFoundError:
            # The package is used from a checkout.
            return
        if theirs != ours:
            self.close()
            raise FlamebookError(
                f"{path} has version {theirs} and this package {ours}; "
                f"install one of both again: pip install flamebook=={ours}"
            )


_ENDED = "the program flamebook has ended; the next query starts a new one"


class _Inbox:
    """The replies to one request, in order. Waiting can be interrupted by Ctrl-C."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._replies: list[tuple[Reply, bytes | None]] = []
        self._ended = False

    def put(self, reply: Reply, rows: bytes | None = None) -> None:
        with self._arrived:
            self._replies.append((reply, rows))
            self._arrived.notify()

    def end(self) -> None:
        with self._arrived:
            self._ended = True
            self._arrived.notify()

    def get(self) -> tuple[Reply, bytes | None]:
        with self._arrived:
            while not self._replies:
                if self._ended:
                    raise FlamebookError(_ENDED)
                self._arrived.wait()
            return self._replies.pop(0)


_OPEN: weakref.WeakSet[_Worker] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for worker in list(_OPEN):
        worker.close()
