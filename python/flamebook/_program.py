"""Finds the program `flamebook`.

The environment variable FLAMEBOOK names another one than that of this package.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from flamebook._errors import FlamebookError

NAME = "flamebook.exe" if os.name == "nt" else "flamebook"


def program() -> Path:
    """The program that belongs to this package, else the one on PATH."""
    named = os.environ.get("FLAMEBOOK")
    if named:
        path = Path(named)
        if not path.is_file():
            raise FlamebookError(f"FLAMEBOOK names {path}, which does not exist; unset it")
        return path
    for path in _candidates():
        if path.is_file():
            return path
    raise FlamebookError(
        "the program flamebook is not installed beside this package; "
        f"install it again: {sys.executable} -m pip install --force-reinstall flamebook"
    )


def _candidates() -> Iterator[Path]:
    yield Path(sysconfig.get_path("scripts")) / NAME
    user = "posix_user" if os.name == "posix" else "nt_user"
    yield Path(sysconfig.get_path("scripts", scheme=user)) / NAME
    # `pip install --target DIR` puts programs beside the packages.
    yield Path(__file__).parent.parent / "bin" / NAME
    found = shutil.which("flamebook")
    if found:
        yield Path(found)
