"""`%flame` and `%%flame` in IPython, and in a notebook that nbclient runs."""

import nbformat
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError
from IPython.testing.globalipapp import start_ipython

import flamebook


@pytest.fixture(scope="module")
def shell():
    shell = start_ipython()
    shell.run_line_magic("load_ext", "flamebook")
    shell.run_cell_magic("flame", "", 'use "demo:"')
    yield shell
    shell.run_line_magic("unload_ext", "flamebook")


def test_a_cell_gives_its_result_and_the_next_one_knows_it(shell):
    shell.run_cell_magic("flame", "", "let hot = cpu{version='2'}")
    result = shell.run_line_magic("flame", "hot | top 3")
    assert result.polars().height == 3
    assert "hot{" not in result.html and "top 3" in result.header["query"]


def test_output_goes_into_a_variable(shell):
    assert shell.run_cell_magic("flame", "-o df", "cpu | by (pod) | table") is None
    frame = shell.user_ns["df"].polars()
    assert frame["pod"].to_list() == ["b", "a"] or frame["pod"].to_list() == ["a", "b"]
    with pytest.raises(UsageError, match="write %%flame -o NAME"):
        shell.run_cell_magic("flame", "--outptu df", "cpu")


def test_variables_are_values_in_lines_and_cells(shell):
    shell.user_ns.update(v="2", n=2, hostile='"} | top 1 #\n{v}')
    line = shell.run_cell("answer = %flame cpu{version=$v} | top {n}").raise_error()
    assert shell.user_ns["answer"].polars().height == 2
    assert shell.user_ns["answer"].header["query"] == 'cpu{version="2"} | top 2'
    found = shell.run_cell_magic("flame", "", "let x = $hostile\nx")
    assert found.polars()["value"].to_list() == [shell.user_ns["hostile"]]


def test_an_error_shows_the_report_of_the_kernel(shell):
    with pytest.raises(flamebook.QueryError) as failed:
        shell.run_cell_magic("flame", "", "cpu | focsu 'x'")
    shown = "\n".join(failed.value._render_traceback_())
    assert "did you mean `focus`?" in shown and "\x1b[" in shown
    assert f"In[{shell.execution_count}]" in shown


def completed(shell, cell):
    with provisionalcompleter():
        at = cell.index("|CURSOR|")
        cell = cell.replace("|CURSOR|", "")
        # As a kernel does it: the whole cell and the place in it.
        found = list(shell.Completer.completions(cell, at))
    return {cell[: one.start] + one.text + cell[one.end :] for one in found}


def test_tab_completes_inside_a_cell_and_nowhere_else(shell):
    shell.user_ns["window_of_release"] = 1
    assert "%%flame\nlet a = 1\ncpu | focus" in completed(shell, "%%flame\nlet a = 1\ncpu | foc|CURSOR|")
    assert "%flame cpu{version" in completed(shell, "%flame cpu{vers|CURSOR|")
    assert '%%flame -o df\ncpu{version="2"' in completed(shell, "%%flame -o df\ncpu{version=|CURSOR|")
    variable = completed(shell, "%%flame\ncpu[$window_of|CURSOR|")
    assert variable == {"%%flame\ncpu[$window_of_release"}
    behind = completed(shell, "%%flame\ncpu[$window_of_release] | foc|CURSOR|")
    assert "%%flame\ncpu[$window_of_release] | focus" in behind
    braces = completed(shell, "%%flame\ncpu{pod={ window_of_release }}[$window_of_release] | foc|CURSOR|")
    assert "%%flame\ncpu{pod={ window_of_release }}[$window_of_release] | focus" in braces
    python = completed(shell, "x = 1\nwindow_of|CURSOR|")
    assert "x = 1\nwindow_of_release" in python


def test_a_notebook_of_python_finds_the_slowdown(tmp_path):
    from nbclient import NotebookClient

    cells = [
        "%load_ext flamebook\nold, new = '1', '2'",
        '%%flame\nuse "demo:"\ncpu | by (version) | table',
        "%%flame -o slower\ncpu{version=$new} | diff {version=$old} | where significant | top 1 by delta",
        "frame = slower.polars()\nprint(frame['function'][0])",
        "%flame cpu{version=$new}",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python", "language": "python"}
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    opened, table = notebook.cells[1].outputs
    assert (opened.output_type, table.output_type) == ("display_data", "execute_result")
    assert "opened" in opened.data["text/plain"] and "<table" in table.data["text/html"]
    assert notebook.cells[2].outputs == []
    # The recommendations of version 2 search a slice; notebooks/data/README.md says so.
    assert notebook.cells[3].outputs[0].text.strip() == "shop/internal/recommend.distinct"
    assert sorted(notebook.cells[4].outputs[0].data) == ["image/png", "text/html", "text/plain"]


def test_progress_is_shown_and_gone_at_the_end(tmp_path):
    from nbclient import NotebookClient

    folder = many(tmp_path)
    cells = ["%load_ext flamebook", f'%%flame\nuse "{folder}/*.folded"', "1 + 1"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python", "language": "python"}
    shown = []

    class Watched(NotebookClient):
        def output(self, outs, msg, display_id, cell_index):
            shown.append(msg["content"].get("data", {}).get("text/html", ""))
            return super().output(outs, msg, display_id, cell_index)

    Watched(notebook, timeout=120).execute()
    assert any("<progress" in html for html in shown), "reading takes longer than 300 ms"
    (opened,) = notebook.cells[1].outputs
    assert opened.output_type == "execute_result" and "opened" in opened.data["text/plain"]


def many(folder):
    """Files of which reading takes seconds."""
    stacks = "".join(f"main;f{at % 997};g{at} {at}\n" for at in range(1, 20_000))
    (folder / "0.folded").write_text(stacks)
    for at in range(1, 200):
        (folder / f"{at}.folded").hardlink_to(folder / "0.folded")
    return folder
