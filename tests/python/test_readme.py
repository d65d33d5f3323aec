"""The Python of the README runs, cell by cell."""

import re
import subprocess

import nbformat
from conftest import CRATE
from nbclient import NotebookClient

from flamebook._program import program


def test_its_cells_run(tmp_path):
    readme = (CRATE / "README.md").read_text()
    (block,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    cells = [cell for cell in block.split("\n\n") if cell.strip()]
    assert cells[0].startswith("%load_ext flamebook") and len(cells) >= 4
    store = [program(), "import", "shop.flamestore", "demo:"]
    subprocess.run(store, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    # What the README only says in a comment.
    says = re.search(r"slower\.units: (\{.*?), …", block).group(1) + "}"
    assert "heap.record(" in cells[-1]
    cells += ["_.stop()", f"assert {says}.items() <= slower.units.items()"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python", "language": "python"}
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, resources=resources).execute()
    assert list((tmp_path / "profiles").glob("pid=*/heap-*.pb.gz"))
