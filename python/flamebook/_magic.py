"""`%flame` and `%%flame` in IPython: the cells of Flamebook in a Python notebook.

A notebook has one session. Its cells show the same bundles as a notebook of the kernel,
and Tab completes inside of them.
"""

from __future__ import annotations

import re

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
)
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from IPython.display import DisplayHandle, clear_output, display

from flamebook._errors import FlamebookError
from flamebook._parameters import masked, parameters
from flamebook._result import Result
from flamebook._session import Bundle, Session

_MAGIC = "flame"

# `%flame query`, also behind `name =`.
_LINE = re.compile(rf"\s*(?:[^\W\d]\w*\s*=\s*)?%{_MAGIC}\s+")
_CELL = re.compile(rf"\s*%%{_MAGIC}\b.*\n")
_OPTION = re.compile(r"\s*(?:-o|--output)\s+([^\W\d]\w*)\s*")
_VARIABLE = re.compile(r"\$(\w*)$")


@magics_class
class FlameMagics(Magics):
    """The magics of one notebook, with its session."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self.session = Session()
        self._shell = shell

    def variables(self) -> list[str]:
        return list(self._shell.user_ns)

    # IPython would paste the text of variables into the line.
    @no_var_expand
    @line_cell_magic(_MAGIC)  # type: ignore[arg-type]
    def flame(self, line: str, cell: str | None = None) -> Result | None:
        """Runs queries over profiles: `%flame query`, or a cell that begins with `%%flame`.

        `$name` and `{name}` are values of Python variables. `%%flame -o df` puts the result
        into the variable `df`; `df.polars()`, `df.pandas()` and `df.arrow()` give its rows.
        """
        if cell is None:
            return self._run(line, _Outputs(alone=False))
        output = _output(line)
        result = self._run(cell, _Outputs(alone=True))
        if output is None:
            return result
        self._shell.user_ns[output] = result
        return None

    def _run(self, code: str, outputs: _Outputs) -> Result | None:
        number = self._shell.execution_count
        try:
            result = self.session.run(
                code,
                parameters=parameters(code, self._shell.user_ns),
                name=f"In[{number}]",
                number=number,
                arrow=True,
                show=outputs.show,
            )
        finally:
            outputs.end()
        return result if str(result) else None


def _output(line: str) -> str | None:
    """The variable of `%%flame -o df`; none on an empty line."""
    option = _OPTION.fullmatch(line)
    if option is None and line.strip():
        raise UsageError(f"`{line.strip()}` is not understood: write %%flame -o NAME, and queries below")
    return option.group(1) if option else None


class _Outputs:
    """What a cell shows while it runs; its progress goes away at its end.

    With `alone`, nothing but the query is in the cell.
    """

    def __init__(self, *, alone: bool) -> None:
        self._alone = alone
        self._progress: DisplayHandle | None = None

    def show(self, kind: str, data: Bundle) -> None:
        if kind == "display":
            self.end()
            self._alone = False
            display(data, raw=True)
        elif self._progress is None:
            self._progress = display(data, raw=True, display_id=True)
        else:
            self._progress.update(data, raw=True)

    def end(self) -> None:
        if self._progress is None:
            return
        if self._alone:
            clear_output()
        else:
            # Clearing would take the outputs before it, too.
            self._progress.update({"text/plain": "", "text/html": ""}, raw=True)
        self._progress = None


def load(shell: InteractiveShell) -> None:
    """Adds the magics to a notebook and completion to their cells."""
    magics = FlameMagics(shell)
    shell.register_magics(magics)

    @context_matcher(identifier="flamebook", priority=1000)
    def matcher(context: CompletionContext) -> SimpleMatcherResult:
        return _completions(magics, context)

    # A second `%load_ext`, after `%reload_ext`, replaces the first.
    unload(shell)
    shell.flamebook = (magics, matcher)  # type: ignore[attr-defined]
    shell.Completer.custom_matchers.append(matcher)


def unload(shell: InteractiveShell) -> None:
    """Ends the session; the magics stay until IPython ends, and start another one."""
    loaded = getattr(shell, "flamebook", None)
    if loaded is not None:
        magics, matcher = loaded
        magics.session.close()
        shell.Completer.custom_matchers.remove(matcher)
        del shell.flamebook  # type: ignore[attr-defined]


def _completions(magics: FlameMagics, context: CompletionContext) -> SimpleMatcherResult:
    nothing: SimpleMatcherResult = {"completions": []}
    asked = _asked(context)
    if asked is None:
        return nothing
    code, cursor = asked
    variable = _VARIABLE.search(code[:cursor])
    if variable is not None:
        start = variable.group(1)
        names = [name for name in magics.variables() if name.startswith(start)]
        shown = [name for name in names if start or not name.startswith("_")]
        return _replacing(start, sorted(shown))
    try:
        reply = magics.session.complete(masked(code, magics.variables()), cursor)
    except FlamebookError:
        return nothing
    return _replacing(code[reply["cursor_start"] : cursor], reply["matches"])


def _replacing(fragment: str, texts: list[str]) -> SimpleMatcherResult:
    return {
        "completions": [SimpleCompletion(text=text, type="flamebook") for text in texts],
        "matched_fragment": fragment,
        "ordered": True,
        "suppress": True,
    }


def _asked(context: CompletionContext) -> tuple[str, int] | None:
    """The query at the cursor and the cursor in it; None in other code."""
    text = context.full_text
    lines = text.split("\n")
    cell = _CELL.match(text)
    if cell is not None:
        at = sum(len(line) + 1 for line in lines[: context.cursor_line]) + context.cursor_position
        return (text[cell.end() :], at - cell.end()) if at >= cell.end() else None
    line = lines[context.cursor_line]
    magic = _LINE.match(line)
    if magic is None or context.cursor_position < magic.end():
        return None
    return line[magic.end() :], context.cursor_position - magic.end()
