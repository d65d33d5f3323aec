"""Files of other programs, as speedscope sees them and as we do.

The recordings are in `tests/data`. speedscope reads all of these formats but
Pyroscope's; Rust tests compare with inferno and with answers of Pyroscope.
"""

import csv
import io
import json
import re
import subprocess

import pytest
from conftest import CRATE, executable
from peers import speedscope

DATA = CRATE / "tests" / "data"


def ours(file, query):
    """(self, total) by function."""
    command = [executable(), "eval", "-f", "csv", f'use "{file}"', f"{query} | top 100000"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    functions = {}
    for row in csv.DictReader(io.StringIO(done.stdout)):
        own, total = (next(float(v) for k, v in row.items() if k.startswith(c)) for c in ("self", "total"))
        functions[row["function"]] = (own, total)
    return functions


def theirs(file, named, scale):
    """(self, total) by function, added up over all profiles of a file."""
    functions = {}
    for profile in speedscope(file):
        for name, figures in profile["functions"].items():
            own, total = functions.get(named(name), (0, 0))
            functions[named(name)] = (own + figures[0] * scale, total + figures[1] * scale)
    return functions


def v8(name):
    """speedscope puts the place of a function without a name behind it."""
    return re.sub(r"^\(anonymous .*\)$", "(anonymous)", name)


def test_each_thread_of_py_spy_is_one_of_speedscopes():
    file = DATA / "threads.speedscope.json"
    names = [frame["name"] for frame in json.loads(file.read_text())["shared"]["frames"]]
    for profile in speedscope(file):
        name = profile["name"].replace("\\", "\\\\").replace('"', '\\"')
        found = ours(file, f'wall{{profile="{name}"}}')
        assert found.keys() == profile["functions"].keys()
        assert sum(own for own, _ in found.values()) == pytest.approx(profile["total"] * 1e9)
        for function, (own, total) in profile["functions"].items():
            # A name in several files is one function of ours and several of speedscope's.
            if names.count(function) == 1:
                assert found[function] == pytest.approx((own * 1e9, total * 1e9)), function


def test_self_values_of_folded_stacks_are_those_of_speedscope():
    # It takes the line for a part of the name, so that totals of a function are not theirs.
    file = DATA / "threads.folded"
    expected = {}
    for name, (own, _) in theirs(file, str, 1).items():
        function = name.rpartition(" (")[0]
        expected[function] = expected.get(function, 0) + own
    found = ours(file, "samples")
    assert {name: own for name, (own, _) in found.items()} == expected


def test_what_v8_recorded_is_what_speedscope_sees():
    file = DATA / "timers.cpuprofile"
    expected = theirs(file, v8, 1000)
    # What is idle is nothing for speedscope.
    found = ours(file, 'wall | ignore "(idle)"')
    assert {n: own for n, (own, _) in found.items()} == pytest.approx({n: own for n, (own, _) in expected.items()})
    for name, (_, total) in expected.items():
        # Functions without a name are one of ours and several of speedscope's.
        if name != "(anonymous)":
            assert found[name][1] == pytest.approx(total), name
