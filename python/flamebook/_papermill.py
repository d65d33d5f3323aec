"""Parameters of papermill in a Flamebook notebook: `papermill nb.ipynb out.ipynb -p version 2`.

papermill finds a translator by the language of a notebook, and has an entry point only for
engines, which it loads first. This module is one: loading it adds the translator.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\x0d"})


class FlamebookTranslator(Translator):  # type: ignore[misc]
    """Writes values as literals of the query language."""

    @classmethod
    def translate_escaped_str(cls, str_val: object) -> str:
        return f'"{str(str_val).translate(_ESCAPES)}"'

    @classmethod
    def translate_float(cls, val: float) -> str:
        if not math.isfinite(val):
            raise ValueError(f"a query has no number {val}")
        # The language has no exponents.
        return f"{Decimal(repr(val)):f}"

    @classmethod
    def translate_none(cls, val: object) -> str:
        raise ValueError("a query has no value None; leave the parameter out")

    @classmethod
    def translate_list(cls, val: list[Any]) -> str:
        return f"[{', '.join(cls.translate(item) for item in val)}]"

    @classmethod
    def translate_dict(cls, val: object) -> str:
        raise ValueError("a query has no dictionaries; give each value a parameter of its own")

    @classmethod
    def comment(cls, cmt_str: str) -> str:
        return f"# {cmt_str}".strip()

    @classmethod
    def inspect(cls, parameters_cell: Any) -> list[Parameter]:
        """The assignments of a cell of parameters, for `papermill --help-notebook`."""
        found = []
        for line in parameters_cell["source"].splitlines():
            name, equals, value = line.removeprefix("let ").partition("=")
            if equals and name.strip().isidentifier():
                value, _, help_text = value.partition("#")
                found.append(Parameter(name.strip(), "None", value.strip(), help_text.strip()))
        return found


papermill_translators.register("flamebook", FlamebookTranslator)


class FlamebookEngine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine. It only has a name, so that papermill loads this module."""
