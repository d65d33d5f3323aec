"""`python -m flamebook convert`: captures of memray, against what memray says itself."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import flamebook
import pytest
from conftest import absent, pprof_top

# Keeps 4000 blocks for two seconds, then frees them.
PROGRAM = """
import time

def block():
    return bytearray(5000)

def fill():
    return [block() for _ in range(4000)]

kept = fill()
time.sleep(2)
del kept
time.sleep(0.5)
"""


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("memray")
    (folder / "app.py").write_text(PROGRAM)
    record(folder, "capture.bin")
    return folder / "capture.bin"


def record(folder, name, *options):
    if find_spec("memray") is None:
        absent("memray")
    command = [sys.executable, "-m", "memray", "run", *options, "-o", name, "app.py"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)


def convert(*arguments):
    command = [sys.executable, "-m", "flamebook", "convert", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_each_file_is_what_was_in_use_then(capture, tmp_path):
    from memray import FileReader

    done = convert(capture, "-o", tmp_path / "h", "--every", "0.5")
    assert done.returncode == 0, done.stderr
    files = sorted((tmp_path / "h").glob("*.pb.gz"))
    assert done.stdout.startswith(f"{tmp_path / 'h'}: {len(files)} files") and len(files) >= 4
    with FileReader(capture) as reader:
        left = sum(record.size for record in reader.get_leaked_allocation_records(merge_threads=True))
        peak = max(snapshot.heap for snapshot in reader.get_memory_snapshots())
    total = lambda file: sum(flat for flat, _ in pprof_top(file, "inuse_space").values())
    assert total(files[-1]) == left, "at the end, what memray calls leaked"
    heaviest = max(files, key=total)
    assert 4000 * 5001 <= total(heaviest) <= peak
    blocks = pprof_top(heaviest, "inuse_objects")["block"]
    assert blocks[0] >= 4000
    with flamebook.connect(tmp_path / "h" / "*.pb.gz") as session:
        result = session.query('inuse_space | focus "fill" | profiles').polars()
        assert result["total"].max() > 20_000_000 > result["total"][-1]
        threads = session.query("inuse_space | by (thread) | table").polars()
        assert "MainThread" in threads["thread"].to_list()


def test_what_cannot_be_converted_is_an_error_with_a_fix(capture, tmp_path):
    record(capture.parent, "aggregated.bin", "--aggregate")
    done = convert(capture.parent / "aggregated.bin")
    assert done.returncode == 1
    assert "has no times; record it again without `--aggregate`" in done.stderr
    (tmp_path / "text.bin").write_text("no capture")
    done = convert(tmp_path / "text.bin")
    assert done.returncode == 1 and "memray cannot read" in done.stderr
    assert "does not exist" in convert(tmp_path / "nowhere.bin").stderr
    assert "--every" in convert(capture, "--every", "0").stderr
    assert not list(Path(tmp_path).glob("*heap*"))


def test_use_names_the_command_for_a_capture(capture, demo):
    with pytest.raises(flamebook.QueryError, match="python -m flamebook convert"):
        demo.query("use $path", {"path": str(capture)})
