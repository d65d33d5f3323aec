"""What may go wrong: with the program `flamebook`, and with a query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


class FlamebookError(Exception):
    """The program is missing, of another version, or has ended."""


@dataclass(frozen=True)
class Diagnostic:
    """One error in a query.

    `start` and `end` count code points in the query; both are None for an error without a
    place. `help` gives one fix, and `text` is the whole report with the marked line.
    """

    slug: str
    message: str
    text: str
    start: int | None = None
    end: int | None = None
    label: str = ""
    help: str | None = None
    notes: Sequence[str] = field(default_factory=tuple)


class QueryError(FlamebookError):
    """A query failed. The fields are those of its first error; `errors` has all of them.

    `slug` names the kind of error, such as `unknown-label`; `help` gives one fix.
    """

    def __init__(self, errors: Sequence[Diagnostic], traceback: Sequence[str]) -> None:
        super().__init__("\n\n".join(error.text for error in errors))
        self.errors = tuple(errors)
        self.traceback = tuple(traceback)
        first = errors[0]
        self.slug = first.slug
        self.message = first.message
        self.start = first.start
        self.end = first.end
        self.help = first.help

    def _render_traceback_(self) -> list[str]:
        """IPython shows the report alone: the Python frames say nothing about the query."""
        return list(self.traceback)


def query_error(reply: dict[str, Any]) -> QueryError:
    """The exception for a reply of the kind `error`."""
    known = Diagnostic.__dataclass_fields__
    errors = [
        Diagnostic(**{name: value for name, value in error.items() if name in known})
        for error in reply["errors"]
    ]
    return QueryError(errors, reply["traceback"])
