"""`python -m flamebook convert CAPTURE`: turns a capture of memray into pprof files.

All other commands are those of the program `flamebook`, which it runs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from flamebook._errors import FlamebookError
from flamebook._memray import convert
from flamebook._program import program


def main(arguments: Sequence[str]) -> int:
    """Runs a command and returns its exit code."""
    try:
        if arguments[:1] == ["convert"]:
            return _convert(arguments[1:])
        path = program()
    except FlamebookError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    os.execv(path, [str(path), *arguments])


def _convert(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m flamebook convert",
        description="Turn a capture of memray into pprof files: what was in use, over time.",
    )
    parser.add_argument("capture", type=Path, help="what `memray run` wrote")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where to write the files [default: the name of the capture without its suffix]",
    )
    parser.add_argument(
        "--every",
        type=_seconds,
        default=1.0,
        metavar="SECONDS",
        help="the time between two files [default: 1]",
    )
    asked = parser.parse_args(arguments)
    if not asked.capture.is_file():
        raise FlamebookError(f"{asked.capture} does not exist")
    folder = asked.output or asked.capture.with_name(asked.capture.stem + "-heap")
    done = convert(asked.capture, folder, asked.every)
    print(f"{done.folder}: {done.files} files; use {str(done.folder / '*.pb.gz')!r}")
    return 0


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds > 0:
        raise ValueError
    return seconds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
