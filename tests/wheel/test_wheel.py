"""The wheel in an environment of its own: what a user of Python alone has.

`tests/run wheel` builds it and runs this with the Python of that environment, on a PATH
without cargo. Each test prints how long its step takes.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

PREFIX = Path(sys.prefix)
BIN = PREFIX / "bin"
KERNEL = {"name": "flamebook", "display_name": "Flamebook", "language": "flamebook"}


@pytest.fixture(autouse=True)
def timed(request):
    start = time.perf_counter()
    yield
    print(f"{request.node.name}: {time.perf_counter() - start:.1f} s")


def flamebook(*arguments, **options):
    command = [BIN / "flamebook", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def notebook(path, *cells, kernel=KERNEL):
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    document.metadata.kernelspec = kernel
    document.cells[0].metadata.tags = ["parameters"]
    nbformat.write(document, path)
    return document


def test_there_is_no_rust_here():
    assert shutil.which("cargo") is None
    assert "PYTHONPATH" not in os.environ and "FLAMEBOOK" not in os.environ


def test_jupyter_has_the_kernel_and_the_lab_extension():
    specs = KernelSpecManager().get_all_specs()
    folder = Path(specs["flamebook"]["resource_dir"])
    assert folder == PREFIX / "share" / "jupyter" / "kernels" / "flamebook"
    assert {file.name for file in folder.glob("logo-*")} == {"logo-32x32.png", "logo-64x64.png", "logo-svg.svg"}
    package = PREFIX / "share/jupyter/labextensions/flamebook/package.json"
    entry = json.loads(package.read_text())["jupyterlab"]["_build"]["load"]
    assert (package.parent / entry).is_file()
    doctor = flamebook("doctor")
    assert doctor.returncode == 0, doctor.stdout
    line = next(line for line in doctor.stdout.splitlines() if str(folder) in line)
    assert line.startswith("ok") and line.endswith(str(folder)), "it starts this program"


def test_a_notebook_runs_and_names_our_lexer(tmp_path):
    document = notebook(tmp_path / "a.ipynb", 'use "demo:"', "cpu | top 3", "cpu")
    NotebookClient(document, timeout=120, kernel_name="flamebook").execute()
    assert "wordWeight" in document.cells[1].outputs[0].data["text/html"]
    assert "image/png" in document.cells[2].outputs[0].data
    assert document.metadata.language_info.pygments_lexer == "flamebook"
    from pygments.lexers import get_lexer_by_name

    assert get_lexer_by_name("flamebook").name == "Flamebook"


def test_papermill_needs_no_language(tmp_path):
    notebook(tmp_path / "in.ipynb", 'version = "1"', 'use "demo:"\ncpu{version=version} | by (version) | table')
    command = [BIN / "papermill", "in.ipynb", "out.ipynb", "-p", "version", "2"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert cells[1].source.strip() == "# Parameters\nversion = 2"
    assert "2" in str(cells[2].outputs[-1].data["text/plain"])


def test_a_file_opens_and_is_printed(tmp_path):
    assert flamebook("eval", 'use "demo:"', 'cpu | save "cpu.pb.gz"', cwd=tmp_path).returncode == 0
    printed = flamebook("-f", "text", "cpu.pb.gz", cwd=tmp_path).stdout
    assert "wordWeight" in printed
    opened = flamebook("cpu.pb.gz", env={**os.environ, "BROWSER": "true"}, cwd=tmp_path)
    assert "wordWeight" in Path(opened.stdout.strip()).read_text()


def test_a_query_takes_hardly_longer_than_in_the_kernel():
    import flamebook

    query = "cpu | by (version) | table"
    quiet = {"output_hook": lambda message: None, "timeout": 60}
    manager, client = start_new_kernel(kernel_name="flamebook")
    try:
        client.execute_interactive('use "demo:"', **quiet)
        kernel = median(lambda: client.execute_interactive(query, **quiet))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    with flamebook.connect("demo:") as session:
        rows = median(lambda: session.query(query))
        frame = median(lambda: session.query(query).arrow())
    print(f"a query: {kernel:.2f} ms in the kernel; {rows:.2f} ms in Python, {frame:.2f} ms with its table")


def median(ask):
    """Milliseconds, of 41 runs."""
    times = []
    for _ in range(41):
        start = time.perf_counter()
        ask()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000
