"""The programs people run notebooks with: each executes one of ours.

And `flamebook run`, which does so without any of them.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from conftest import CRATE, KERNEL, executable, outputs_of
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HOTTEST = 'use "demo:"\ncpu | top 3'
BIN = Path(sys.executable).parent


def run(*words, **options):
    """Runs a program of the environment that these tests run in."""
    program = shutil.which(words[0], path=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    command = [program, *map(str, words[1:])]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **options)


def succeed(*words, **options):
    done = run(*words, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def execute(path):
    document = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(document, timeout=120, resources=resources).execute()
    return document


def test_nbclient(notebook):
    document = execute(notebook("20 + 22", HOTTEST))
    assert document.cells[0].outputs[0].data["text/plain"] == "42"
    hottest = document.cells[1].outputs[-1]
    assert hottest.output_type == "execute_result"
    assert "<table" in hottest.data["text/html"]
    nbformat.validate(document)


def test_nbclient_stops_at_a_failing_assert(notebook):
    path = notebook('assert 1 > 2, "too small"', "20 + 22")
    with pytest.raises(CellExecutionError, match="too small"):
        execute(path)


OURS = sorted((CRATE / "notebooks").glob("*.ipynb"))
# The one in Python is run by tests/python.
TOURS = [path for path in OURS if nbformat.read(path, 4).metadata.kernelspec.name == KERNEL]


@pytest.mark.parametrize("path", TOURS, ids=lambda path: path.stem)
def test_every_notebook_executes(path):
    document = execute(path)
    assert all(cell.outputs for cell in document.cells if cell.cell_type == "code")


def test_jupyter_execute(notebook):
    path = notebook(HOTTEST)
    succeed("jupyter", "execute", "--inplace", path)
    assert outputs_of(path, "execute_result")


def test_nbconvert_to_html(notebook):
    path = notebook(HOTTEST)
    succeed("jupyter", "nbconvert", "--execute", "--to", "html", path)
    page = path.with_suffix(".html").read_text()
    assert "<table" in page


def test_console():
    # The end of its input ends the console.
    done = succeed("jupyter", "console", "--simple-prompt", "--kernel", KERNEL, input="20 + 22\n")
    assert "42" in done.stdout


def test_papermill_sets_parameters(notebook, tmp_path):
    source = notebook(("bound = 1", "parameters"), 'use "demo:"', "bound + 1", "service")
    target = tmp_path / "out.ipynb"
    words = ["-p", "bound", "41", "-p", "service", "shop", "--language", "python"]
    succeed("papermill", source, target, *words)
    injected = nbformat.read(target, as_version=4).cells[1]
    assert "injected-parameters" in injected.metadata.tags
    values = [output.data["text/plain"] for output in outputs_of(target, "execute_result")]
    assert "42" in values
    assert any("shop" in value for value in values)


def test_papermill_fails_with_the_cell(notebook, tmp_path):
    done = run("papermill", notebook("cpu | focsu"), tmp_path / "out.ipynb", "--language", "python")
    assert done.returncode != 0
    assert "unknown-verb" in done.stderr


def flamebook(*words):
    command = [executable(), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_flamebook_run_writes_what_nbclient_writes(notebook, tmp_path):
    source = notebook("20 + 22", HOTTEST, "")
    target = tmp_path / "out.ipynb"
    done = flamebook("run", source, "-o", target)
    assert done.returncode == 0, done.stderr
    ours, theirs = nbformat.read(target, as_version=4), execute(source)
    nbformat.validate(ours)
    # Laid out as Jupyter would lay it out.
    assert target.read_text() == nbformat.writes(ours) + "\n"
    for our, their in zip(ours.cells, theirs.cells, strict=True):
        assert our.execution_count == their.execution_count
        assert plain(our) == plain(their)


def plain(cell):
    return [(output.output_type, output.data["text/plain"]) for output in cell.outputs]


def test_flamebook_run_sets_parameters(notebook, tmp_path):
    target = tmp_path / "out.html"
    source = notebook(("bound = 1", "parameters"), "bound + 1")
    done = flamebook("run", source, "-o", target, "-p", "bound=41")
    assert done.returncode == 0, done.stderr
    assert "42" in target.read_text()


def test_flamebook_run_fails_with_the_cell_and_keeps_what_ran(notebook, tmp_path):
    target = tmp_path / "out.ipynb"
    done = flamebook("run", notebook("20 + 22", "cpu | focsu", "1"), "-o", target)
    assert done.returncode == 1
    assert "unknown-verb" in done.stderr
    assert "\x1b" not in done.stderr
    assert len(outputs_of(target, "execute_result")) == 1
    assert len(outputs_of(target, "error")) == 1


def test_flamebook_run_reports_asserts_as_junit(notebook, tmp_path):
    source = notebook('assert 1 < 2, "fine"', 'assert 1 > 2, "a < b & \\"c\\""', "assert 2 < 3")
    target = tmp_path / "junit.xml"
    done = flamebook("run", source, "-o", tmp_path / "out.ipynb", "--junit", target)
    assert done.returncode == 1
    suite = ElementTree.parse(target).getroot().find("testsuite")
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["3", "1", "0", "1"]
    cases = suite.findall("testcase")
    assert [case.find("failure") is not None for case in cases] == [False, True, False]
    assert cases[1].find("failure").get("message") == 'a < b & "c"'
    assert all(float(case.get("time")) >= 0 and case.get("classname") for case in cases)
    # The line in the file is that of the source.
    line = source.read_text().splitlines()[int(cases[1].get("line")) - 1]
    assert "assert 1 > 2" in line


def test_doctor_finds_the_kernel_well(jupyter):
    done = flamebook("doctor")
    assert done.returncode == 0, done.stdout
    assert "starts and answers" in done.stdout
    assert str(jupyter["JUPYTER_PATH"]) in done.stdout
