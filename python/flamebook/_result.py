"""The result of a query: pictures for a notebook, and rows for data frames."""

from __future__ import annotations

import importlib
from collections.abc import Container
from typing import TYPE_CHECKING, Any

from flamebook._errors import FlamebookError

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class Result:
    """A result. Notebooks draw it; `polars`, `pandas` and `arrow` give its rows.

    Rows have raw values in base units: ns, bytes, percent; `units` names them. Times are
    datetimes in UTC. A flame graph has a row per function, a timeline one per point.
    """

    def __init__(
        self,
        data: dict[str, str] | None,
        rows: bytes | None,
        metadata: dict[str, Any] | None,
    ) -> None:
        self._data = data or {}
        self._rows = rows
        self._metadata = metadata or {"units": {}, "times": [], "header": {}}

    @property
    def html(self) -> str:
        """The result as in a cell of a notebook."""
        return self._data.get("text/html", "")

    @property
    def units(self) -> dict[str, str]:
        """The unit of each column that has one: `{"self": "ns", "total_share": "percent"}`."""
        units: dict[str, str] = self._metadata["units"]
        return units

    @property
    def header(self) -> dict[str, Any]:
        """Where the result comes from: query, window, series, profiles, merge rule, total."""
        header: dict[str, Any] = self._metadata["header"]
        return header

    def arrow(self) -> pyarrow.Table:
        """The rows as a table of pyarrow.

        The key `flamebook` of the schema's metadata has units and header, as JSON.
        """
        ipc = _imported("pyarrow.ipc", "pyarrow")
        table: pyarrow.Table = ipc.open_file(self._file()).read_all()
        stamp = _imported("pyarrow", "pyarrow").timestamp("ns", tz="UTC")
        for name in self._metadata["times"]:
            at = table.schema.get_field_index(name)
            table = table.set_column(at, name, table.column(at).cast(stamp))
        return table

    def polars(self) -> polars.DataFrame:
        """The rows as a data frame of polars."""
        pl = _imported("polars", "polars")
        frame: polars.DataFrame = pl.read_ipc(self._file())
        # The numbers count from 1970 in UTC: the zone is added without moving them.
        times = [
            pl.from_epoch(pl.col(name), time_unit="ns").dt.replace_time_zone("UTC")
            for name in self._metadata["times"]
        ]
        return frame.with_columns(times)

    def pandas(self) -> pandas.DataFrame:
        """The rows as a data frame of pandas, which needs pyarrow for it.

        `attrs["units"]` has the unit of each column that has one.
        """
        _imported("pandas", "pandas")
        frame: pandas.DataFrame = self.arrow().to_pandas()
        frame.attrs["units"] = self.units
        return frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.arrow().__arrow_c_stream__(requested_schema)

    def _file(self) -> bytes:
        if self._rows is None:
            raise FlamebookError("this result has no rows: end the query with a table or a graph")
        return self._rows

    def _repr_mimebundle_(
        self,
        include: Container[str] | None = None,
        exclude: Container[str] | None = None,
        **_: object,
    ) -> tuple[dict[str, str], dict[str, Any]]:
        kept = {
            mime: content
            for mime, content in self._data.items()
            if (not include or mime in include) and not (exclude and mime in exclude)
        }
        return kept, {}

    def __str__(self) -> str:
        return self._data.get("text/plain", "")

    def __repr__(self) -> str:
        return str(self) or "<flamebook.Result without a value>"


def _imported(module: str, package: str) -> Any:
    """A package that only some need, so that this one needs none."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise FlamebookError(f"this needs {package}: pip install {package}") from error
