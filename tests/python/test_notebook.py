"""The Python notebook that ships with the project."""

import nbformat
from conftest import CRATE
from nbclient import NotebookClient


def test_it_finds_the_slower_function_and_plots_it(tmp_path):
    notebook = nbformat.read(CRATE / "notebooks" / "python.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    plots = [output for output in outputs if "<Figure" in output.get("data", {}).get("text/plain", "")]
    assert len(plots) == 2 and all("image/png" in plot.data for plot in plots)
    # Its last cell asserts that the planted function is the cause: notebooks/data/README.md.
    assert "holds: delta" in outputs[-1].data["text/plain"]
