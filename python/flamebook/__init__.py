"""Flamebook from Python: queries over profiles as data frames, cells in notebooks, heap profiles.

    import flamebook
    shop = flamebook.connect("shop.flamestore")
    shop.query("cpu | by (pod) | table").polars()

`%load_ext flamebook` adds `%flame` and `%%flame` to IPython. `flamebook.heap` records the
memory of a Python program over time. Queries run in the program `flamebook`, which this
package starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flamebook import heap
from flamebook._errors import FlamebookError, QueryError
from flamebook._result import Result
from flamebook._session import Session, connect

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["FlamebookError", "QueryError", "Result", "Session", "connect", "heap"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Adds `%flame` and `%%flame`; `%load_ext flamebook` calls it."""
    from flamebook import _magic

    _magic.load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Ends the session of the notebook; `%unload_ext flamebook` calls it."""
    from flamebook import _magic

    _magic.unload(shell)
