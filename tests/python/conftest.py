"""What the tests of the Python package share.

The package is that of the checkout, or the installed one where FLAMEBOOK_INSTALLED is set;
the program is the release build, or the one that FLAMEBOOK names.
"""

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CRATE = Path(__file__).resolve().parents[2]
INSTALLED = "FLAMEBOOK_INSTALLED" in os.environ

if not INSTALLED:
    sys.path.insert(0, str(CRATE / "python"))
    # For the programs that tests start.
    os.environ["PYTHONPATH"] = str(CRATE / "python")
    target = Path(os.environ.get("CARGO_TARGET_DIR", CRATE / "target"))
    os.environ.setdefault("FLAMEBOOK", str(target / "release" / "flamebook"))


def absent(what):
    """Skips a test on a user's machine and fails it where nothing may be absent."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"absent: {what}")


@pytest.fixture(scope="session")
def demo():
    import flamebook

    with flamebook.connect("demo:") as session:
        yield session


@pytest.fixture
def run(tmp_path):
    """Runs a Python program in a folder of its own; returns what it prints."""

    def run(source, *arguments, code=0):
        program = tmp_path / "program.py"
        program.write_text(source)
        command = [sys.executable, program, *map(str, arguments)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    return run


def pprof_top(path, sample_type):
    """{function: (flat, cum)} in bytes or objects, as Go's pprof adds them up."""
    if shutil.which("go") is None:
        absent("go")
    command = ["go", "tool", "pprof", "-top", "-nodecount=0", "-nodefraction=0", "-edgefraction=0"]
    command += ["-unit=B", f"-sample_index={sample_type}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    rows = done.stdout.split("cum%\n", 1)[1].splitlines()
    cells = [row.split(None, 5) for row in rows]
    number = lambda text: int(float(text.removesuffix("B")))
    return {name: (number(flat), number(cum)) for flat, _, _, cum, _, name in cells}


def unpacked(path):
    return gzip.decompress(Path(path).read_bytes())
