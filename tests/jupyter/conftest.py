"""What the tests share: the kernel under test, and notebooks for it.

The kernel is the `flamebook` of the release build, or the one that the
environment variable FLAMEBOOK names. It is registered in a folder of its own,
so that nothing of the user's Jupyter is read or written.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from lab import browser, chromium, serving

CRATE = Path(__file__).resolve().parents[2]
KERNEL = "flamebook"

# Files of one profile: enough that reading them takes many seconds, so that an
# interrupt falls into the middle of it.
MANY = 30_000


def absent(what):
    """Skips a test on a user's machine and fails it where nothing may be absent."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"absent: {what}")


def executable():
    target = Path(os.environ.get("CARGO_TARGET_DIR", CRATE / "target"))
    return Path(os.environ.get("FLAMEBOOK", target / "release" / "flamebook"))


@pytest.fixture(scope="session", autouse=True)
def jupyter(tmp_path_factory):
    """Registers the kernel; the value is the environment of a user of Jupyter."""
    if not executable().is_file():
        pytest.exit(f"{executable()} is not there: cargo build --release", returncode=2)
    home = tmp_path_factory.mktemp("jupyter")
    for folder in ("config", "data", "runtime"):
        (home / folder).mkdir()
        os.environ[f"JUPYTER_{folder.upper()}_DIR"] = str(home / folder)
    os.environ["IPYTHONDIR"] = str(home / "ipython")
    os.environ["JUPYTER_PATH"] = str(home / "share" / "jupyter")
    prefix = os.environ.get("FLAMEBOOK_PREFIX")
    if prefix:
        # A wheel has installed kernel and extension there.
        os.environ["JUPYTER_PATH"] = str(Path(prefix) / "share" / "jupyter")
    else:
        subprocess.run([executable(), "install", "--prefix", home], check=True, timeout=60)
    return os.environ


@pytest.fixture
def kernel():
    """A manager and a client of a kernel of the test's own."""
    manager, client = start_new_kernel(kernel_name=KERNEL)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def notebook(tmp_path):
    """Writes a notebook with these code cells; a cell may be `(source, tag)`."""
    return lambda *cells, name="test.ipynb": write_notebook(tmp_path / name, *cells)


def write_notebook(path, *cells):
    document = nbformat.v4.new_notebook()
    document.metadata.kernelspec = {"name": KERNEL, "display_name": "Flamebook", "language": KERNEL}
    for cell in cells:
        source, *tags = (cell,) if isinstance(cell, str) else cell
        document.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags}))
    nbformat.write(document, path)
    return path


@pytest.fixture(scope="session")
def lab(jupyter, tmp_path_factory):
    """JupyterLab, serving a folder of its own."""
    folder = tmp_path_factory.mktemp("lab")
    with serving(folder, folder.with_suffix(".log")) as lab:
        yield lab


@pytest.fixture(scope="module")
def chrome():
    if chromium() is None:
        absent("Chromium")
    with browser() as chrome:
        yield chrome


@pytest.fixture(scope="session")
def saved(lab):
    """Writes a notebook into JupyterLab's folder; its name comes back."""

    def write(*cells, name):
        write_notebook(lab.folder / name, *cells)
        return name

    return write


@pytest.fixture(scope="session")
def long_query(tmp_path_factory):
    """A cell that reads one recorded profile many times over."""
    folder = tmp_path_factory.mktemp("many")
    first = folder / "0.pb.gz"
    recorded = 'cpu{version="1", pod="a"} | save "first.pb.gz"'
    command = [executable(), "eval", 'use "demo:"', recorded]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (folder / "first.pb.gz").rename(first)
    for i in range(1, MANY):
        copy = folder / f"{i}.pb.gz"
        try:
            copy.hardlink_to(first)
        except OSError:  # More links than the file system allows.
            first = shutil.copyfile(first, copy)
    return f'use "{folder}/*.pb.gz"\ncpu | top 5'


def evaluate(*queries, form="json"):
    """What `flamebook eval` prints for queries: numbers as they are, or another form."""
    command = [executable(), "eval", "-f", form, *map(str, queries)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if form == "json" else done.stdout


def outputs_of(path, kind):
    """The outputs of one kind in an executed notebook."""
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return [output for output in outputs if output.output_type == kind]
