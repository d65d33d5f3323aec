"""`flamebook.heap`: what a program keeps, over time, and what it does not break."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import pprof_top, unpacked

from flamebook import _pprof
from flamebook._functions import Functions
from flamebook._pprof import Frame, Sample

# Keeps 1000 blocks of 1000 bytes and a list of them.
KEEPS = """
import sys, time, tracemalloc
from flamebook import heap

class Cache:
    def fill(self):
        self.kept = []
        for _ in range(1000):
            self.kept.append(self.block())

    def block(self):
        return bytearray(1000 - 57)  # 57 bytes are the object and its end.

def main():
    cache = Cache()
    cache.fill()
    {work}
    return cache

"""


def files(folder):
    return sorted(Path(folder).glob("**/heap-*.pb.gz"))


def query(folder, text, variables=None):
    import flamebook

    with flamebook.connect(folder) as session:
        return session.query(text, variables)


def test_bytes_and_blocks_are_those_of_the_program_with_whole_stacks(run, tmp_path):
    run(
        KEEPS.format(work="")
        + "with heap.record('h', every=60, labels={'service': 'shop', 'path': '/a b'}):\n"
        "    cache = main()\n"
        "    size = sys.getsizeof(bytearray(1000 - 57))\n"
        "    open('size', 'w').write(str(size))\n"
    )
    size = int((tmp_path / "size").read_text())
    (file,) = files(tmp_path / "h")
    flat, _ = pprof_top(file, "inuse_space")["__main__.Cache.block"]
    # The allocator is asked for the object and for its bytes.
    assert flat == 1000 * size
    _, blocks = pprof_top(file, "inuse_objects")["__main__.Cache.block"]
    assert blocks == 2000
    rows = query(tmp_path / "h", 'inuse_space{service="shop", path="/a b"} | functions').polars()
    ours = {row["function"]: row for row in rows.iter_rows(named=True)}
    assert ours["__main__.Cache.block"]["self"] == 1000 * size
    for caller in ["__main__.Cache.fill", "__main__.main", "__main__.<module>"]:
        assert ours[caller]["total"] >= 1000 * size, caller
    assert not [name for name in ours if "flamebook" in name], "the recorder leaves itself out"


def test_a_file_comes_every_few_seconds_and_growth_is_seen(run, tmp_path):
    printed = run(
        "import time\n"
        "from flamebook import heap\n"
        "kept = []\n"
        "def serve():\n"
        "    kept.append(bytearray(100_000))\n"
        "with heap.record('h', every=0.2) as recorder:\n"
        "    while recorder.cost.files < 4:\n"
        "        serve()\n"
        "        time.sleep(0.01)\n"
        "print(recorder.cost.files, recorder.cost.seconds > 0, recorder.cost.memory > 0)\n"
    )
    count, timed, sized = printed.split()
    assert (timed, sized) == ("True", "True")
    assert len(files(tmp_path / "h")) == int(count) >= 5
    grown = query(tmp_path / "h", 'inuse_space | focus "*.serve" | timeline').polars()["value"]
    points = query(tmp_path / "h", "inuse_space | profiles").polars()["total"].to_list()
    assert grown.len() >= 1 and points[-1] > 2 * points[0]


def test_a_program_that_traces_already_goes_on_with_it(run, tmp_path):
    printed = run(
        "import tracemalloc, warnings\n"
        "warnings.simplefilter('always')\n"
        "tracemalloc.start(2)\n"
        "before = bytearray(50_000)\n"
        "from flamebook import heap\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    heap.record('h', every=60).stop()\n"
        "print(tracemalloc.is_tracing(), tracemalloc.get_traceback_limit())\n"
        "print(len(caught), 'tracemalloc.start(256)' in str(caught[0].message))\n"
        "print(caught[0].filename.endswith('program.py'))\n"
    )
    assert printed.split() == ["True", "2", "1", "True", "True"]
    (file,) = files(tmp_path / "h")
    assert pprof_top(file, "inuse_space")["__main__.<module>"][0] >= 50_000


def test_a_program_that_stops_tracing_is_warned_and_keeps_its_files(run, tmp_path):
    printed = run(
        "import time, tracemalloc, warnings\n"
        "from flamebook import heap\n"
        "recorder = heap.record('h', every=0.1)\n"
        "while not recorder.cost.files:\n"
        "    time.sleep(0.05)\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    tracemalloc.stop()\n"
        "    written = recorder.cost.files\n"
        "    time.sleep(0.5)\n"
        "    recorder.stop()\n"
        "print(len(caught), 'no heap profile was written' in str(caught[0].message))\n"
    )
    assert printed.split() == ["1", "True"]
    assert files(tmp_path / "h")


def test_a_fork_records_for_itself_and_loses_nothing_of_its_parent(run, tmp_path):
    printed = run(
        KEEPS.format(work="")
        + "import os, signal\n"
        "recorder = heap.record('h', every=0.2)\n"
        "cache = main()\n"
        "while not recorder.cost.files:\n"
        "    time.sleep(0.05)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    more = bytearray(300_000)\n"
        "    time.sleep(1.5)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "os.waitpid(child, 0)\n"
        "recorder.stop()\n"
        "print(os.getpid(), child)\n"
    )
    parent, child = printed.split()
    assert {file.parent.name for file in files(tmp_path / "h")} == {f"pid={parent}", f"pid={child}"}
    for pid in (parent, child):
        kept = query(tmp_path / "h", 'inuse_space{pid=$pid} | focus "*.block"', {"pid": pid})
        assert kept.header["kept"]["value"] >= 1_000_000 - 57_000
    # Each process is a series: the memory of both is their sum.
    assert query(tmp_path / "h", "inuse_space").header["series"] == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_signal_leaves_what_was_written(tmp_path, number):
    program = KEEPS.format(work="time.sleep(60)") + "heap.record('h', every=0.1)\nmain()\n"
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, "program.py"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while len(files(tmp_path / "h")) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        process.wait(timeout=60)
    written = files(tmp_path / "h")
    assert len(written) >= 2
    for file in written:
        assert unpacked(file), "each file is whole"


def test_the_end_of_a_program_writes_the_last_file(run, tmp_path):
    run(KEEPS.format(work="") + "heap.record('h', every=3600)\ncache = main()\n")
    (file,) = files(tmp_path / "h")
    assert "__main__.Cache.block" in pprof_top(file, "inuse_space")


def test_a_deep_stack_is_cut_and_says_so(run, tmp_path):
    run(
        "from flamebook import heap\n"
        "def deep(n):\n"
        "    return deep(n - 1) if n else bytearray(70_000)\n"
        "with heap.record('h', every=60, frames=10):\n"
        "    kept = deep(30)\n"
    )
    (file,) = files(tmp_path / "h")
    top = pprof_top(file, "inuse_space")
    assert top["[stack cut at 10 calls]"][1] >= 70_000
    assert top["__main__.deep"][0] >= 70_000


def test_a_wrong_interval_and_a_folder_that_cannot_be_made_are_errors(tmp_path):
    from flamebook import heap

    with pytest.raises(ValueError, match="positive number of seconds"):
        heap.record(tmp_path, every=0)
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        heap.record(tmp_path / "file" / "h")


def test_functions_are_named_as_python_names_them(tmp_path):
    source = tmp_path / "named.py"
    source.write_text(
        "class A:\n"
        "    def f(self):\n"
        "        def inner():\n"
        "            return [\n"
        "                id(0),\n"
        "            ]\n"
        "        return inner\n"
        "g = lambda: 1\n"
    )
    names: dict = {}
    exec(compile(source.read_text(), str(source), "exec"), names)
    functions = Functions()
    name = lambda line: functions.frame(str(source), line).function
    assert name(4) == f"named.{names['A']().f().__qualname__}"
    assert name(7) == f"named.{names['A'].f.__qualname__}"
    assert name(8) == f"named.{names['g'].__qualname__}"
    assert name(1) == "named.<module>"
    assert functions.frame(str(source), 5).start_line == 3
    assert functions.frame("<string>", 3) == Frame("<string>", "<string>", 0, 3)


def test_pprof_reads_what_is_written(tmp_path):
    # Values above 2**63 do not occur; a negative one is ten bytes long.
    stack = (Frame("leaf", "a.py", 3, 4), Frame("root ü", "b.py", 0, 2**31))
    samples = [Sample(stack, (1, -300), {"pod": "a"}), Sample(stack[1:], (2**40, 700), {})]
    file = tmp_path / "a.pb.gz"
    file.write_bytes(_pprof.profile(samples, time_ns=1_700_000_000_000_000_000))
    assert pprof_top(file, "inuse_space") == {"root ü": (700, 400), "leaf": (-300, -300)}
    assert pprof_top(file, "inuse_objects")["root ü"] == (2**40, 2**40 + 1)
    assert json.loads(json.dumps(query(tmp_path, "inuse_space").header))["start"] == "2023-11-14T22:13:20Z"
