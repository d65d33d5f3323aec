"""Parameters of papermill as literals of the query language."""

import flamebook
import pytest

# As papermill does it: it comes first, and loads ours.
import papermill  # noqa: F401
from flamebook._papermill import FlamebookTranslator as Translator


@pytest.mark.parametrize(
    "value",
    ["a", 'a"b', "a\\b", "two\nlines\t\r", "{x}", "ü", 3, -1.5, 1e-7, 2e16, True],
)
def test_a_value_comes_back_as_it_was(demo, value):
    cell = Translator.codify({"given": value}, "Parameters")
    assert cell.startswith("# Parameters\ngiven = ")
    demo.query(cell)
    assert demo.query("given == $value", {"value": value}).polars()["value"].to_list() == ["true"]


def test_a_list_is_a_list(demo):
    demo.query(Translator.codify({"given": ["a", 1.5]}))
    assert str(demo.query("given")) == '["a", 1.50]'


def test_what_no_query_has_is_an_error():
    for value in (None, {"a": 1}, float("inf")):
        with pytest.raises(ValueError, match="a query has no"):
            Translator.codify({"given": value})


def test_parameters_of_a_notebook_are_listed():
    source = "# Parameters\nversion = \"2\"  # the release\nlet window = 1h\ncpu | top 3"
    found = [(p.name, p.default, p.help) for p in Translator.inspect({"source": source})]
    assert found == [("version", '"2"', "the release"), ("window", "1h", "")]
