"""Python variables as values of a query: `$name` and `{name}`.

Only the names in a cell are looked up, and their values are sent beside it. The program
puts them into the query as literals; no text is ever pasted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Mapping
from datetime import date, datetime, timedelta, timezone
from numbers import Real
from typing import Any

# Also finds names in strings and comments, which the program then ignores.
_NAMED = re.compile(r"\$([^\W\d]\w*)|\{\s*([^\W\d]\w*)\s*\}")

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_TIMES = range(-(2**63), 2**63)


def parameters(code: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the variables that `code` names.

    A variable of a type that no query has is left out: the error of the program then
    marks its place.
    """
    names = {after or inside for after, inside in _NAMED.findall(code)}
    literals = {name: literal(variables[name]) for name in names if name in variables}
    return {name: value for name, value in literals.items() if value is not None}


def masked(code: str, variables: Container[str]) -> str:
    """The code with a word of the language in place of each `$name` and `{name}`.

    It has the same length, so that no cursor moves.
    """

    def word(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return re.sub(r"\W", "_", found[0]) if name in variables else found[0]

    return _NAMED.sub(word, code)


def literal(value: Any) -> dict[str, Any] | None:
    """A value as the program reads it; None for one that no query has."""
    # A bool is a number and a time of pandas is a datetime: the order counts.
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return {"bool": bool(value)}
    if isinstance(value, Real):
        number = float(value)
        return {"number": number} if math.isfinite(number) else None
    if isinstance(value, timedelta):
        return _nanoseconds("duration", value, value)
    if isinstance(value, datetime):
        # A time without a zone may mean any zone.
        return None if value.tzinfo is None else _nanoseconds("time", value - _EPOCH, value)
    if isinstance(value, date):
        return literal(datetime(value.year, value.month, value.day, tzinfo=timezone.utc))
    if isinstance(value, list | tuple | set | frozenset):
        items = [literal(item) for item in value]
        return None if None in items else {"list": items}
    return None


def _nanoseconds(kind: str, since: timedelta, value: Any) -> dict[str, Any] | None:
    # Times and durations of pandas count nanoseconds, too.
    whole = since // _MICROSECOND * 1000 + int(getattr(value, "nanosecond", 0))
    return {kind: whole} if whole in _TIMES else None
