"""Names of functions for lines of source files.

tracemalloc keeps the file and the line of a call, and not its function. The source is
compiled once more, and never run, to see which function a line is in.
"""

from __future__ import annotations

import inspect
import linecache
import sys
from pathlib import Path
from types import CodeType
from typing import NamedTuple

from flamebook._pprof import Frame


class _Function(NamedTuple):
    name: str
    start_line: int


class Functions:
    """Remembers the functions of the files that it has seen."""

    def __init__(self) -> None:
        self._files: dict[str, dict[int, _Function]] = {}
        self._frames: dict[tuple[str, int], Frame] = {}
        # Python forgets it at the end of the program, when the last file is written.
        self._main = getattr(sys.modules.get("__main__"), "__file__", None)

    def frame(self, file: str, line: int) -> Frame:
        """The call at a line: `shop.cache.Cache.put`. Without the source, the file's name."""
        key = (file, line)
        known = self._frames.get(key)
        if known is not None:
            return known
        lines = self._files.get(file)
        if lines is None:
            lines = self._files[file] = _functions(file, self._module(file))
        function = lines.get(line)
        if function is None:
            # A call over several lines may be counted at any of them.
            above = [at for at in lines if at < line]
            function = lines[max(above)] if above else _Function(self._module(file), 0)
        frame = self._frames[key] = Frame(function.name, file, function.start_line, line)
        return frame


    def _module(self, file: str) -> str:
        """The module of a file, by what is imported; else the file's own name."""
        if file.startswith("<"):
            return file
        if file == self._main:
            return "__main__"
        for name, module in list(sys.modules.items()):
            if getattr(module, "__file__", None) == file:
                return name
        return Path(file).stem


def _functions(file: str, module: str) -> dict[int, _Function]:
    source = "".join(linecache.getlines(file))
    try:
        code = compile(source, file, "exec", dont_inherit=True) if source else None
    except (SyntaxError, ValueError):
        code = None
    lines: dict[int, _Function] = {}
    if code is not None:
        _add(lines, code, module, f"{module}.<module>")
    return lines


def _add(lines: dict[int, _Function], code: CodeType, scope: str, name: str) -> None:
    """Adds the lines of a function, then those of the functions in it, which are more exact.

    `scope` is in front of the names of its functions. Names are Python's `__qualname__`.
    """
    function = _Function(name, code.co_firstlineno if name != f"{scope}.<module>" else 1)
    own = {line for _, _, line in code.co_lines() if line}
    if len(own) > 1 and not code.co_name.startswith("<"):
        # What is around a function runs the line of its `def`.
        own.discard(code.co_firstlineno)
    lines.update(dict.fromkeys(own, function))
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            name = f"{scope}.{inner.co_name}"
            is_function = inner.co_flags & inspect.CO_OPTIMIZED
            _add(lines, inner, f"{name}.<locals>" if is_function else name, name)
