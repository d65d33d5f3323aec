"""Saved files in the programs they are for: equal totals, function by function.

The CSV of the same result says what is expected; it is compared with pprof's own
reports in the tests of the crate.
"""

import csv
import subprocess

import pytest
from conftest import CRATE, executable
from peers import graphviz, pprof_top, speedscope

DATA = CRATE / "tests" / "data" / "pprof" / "profiles"

# What is saved: a source, a query, its unit. `cpu.pb.gz` has recursion; `inuse_space` is a
# mean of snapshots, with values that are no whole numbers.
SELECTIONS = {
    "cpu": ("demo:", "cpu", "nanoseconds"),
    "focused": ("demo:", 'cpu{version="2"} | focus "runtime.*"', "nanoseconds"),
    "means": ("demo:", "inuse_space", "bytes"),
    "recursion": (DATA / "cpu.pb.gz", "cpu", "nanoseconds"),
    "objects": (DATA / "heap-2.pb.gz", "alloc_objects", "count"),
}

SUFFIXES = ("csv", "pb.gz", "speedscope.json", "folded", "dot")


def save(source, query, folder, suffixes=SUFFIXES, name="x"):
    """Saves the result of a query in several formats; the files by suffix."""
    files = {suffix: folder / f"{name}.{suffix}" for suffix in suffixes}
    saves = [f'{query} | save "{file}"' for file in files.values()]
    command = [executable(), "eval", f'use "{source}"', *saves]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return files


def total_of(files):
    """Of all stacks, those that have no function left included."""
    return sum(float(line.rpartition(" ")[2]) for line in files["folded"].read_text().splitlines())


def rows(file):
    with open(file, newline="") as text:
        return list(csv.DictReader(text))


def expected(file):
    """(self, total) by function."""
    functions = {}
    for row in rows(file):
        own, total = (next(float(v) for k, v in row.items() if k.startswith(c)) for c in ("self", "total"))
        functions[row["function"]] = (own, total)
    return functions


def unmarked(functions):
    """What pprof adds to a name is no part of it."""
    marks = (" (inline)", " (partial-inline)")
    return {name.removesuffix(marks[0]).removesuffix(marks[1]): v for name, v in functions.items()}


def whole(functions):
    return all(value == int(value) for pair in functions.values() for value in pair)


@pytest.fixture(scope="module", params=SELECTIONS)
def saved(request, tmp_path_factory):
    source, query, unit = SELECTIONS[request.param]
    return save(source, query, tmp_path_factory.mktemp("saved")), unit


def test_pprof_reads_what_we_write(saved):
    files, unit = saved
    functions = expected(files["csv"])
    total, theirs = pprof_top(files["pb.gz"], unit=unit)
    assert total == round(total_of(files))
    theirs = unmarked(theirs)
    assert theirs.keys() == functions.keys()
    # A mean is rounded at each stack.
    error = 0 if whole(functions) else len(files["folded"].read_text().splitlines())
    for name, figures in functions.items():
        assert theirs[name] == pytest.approx(figures, rel=0, abs=error), name


def test_speedscope_reads_what_we_write(saved):
    files, unit = saved
    functions = expected(files["csv"])
    (profile,) = speedscope(files["speedscope.json"])
    assert profile["unit"] == {"count": "none"}.get(unit, unit)
    assert profile["total"] == pytest.approx(total_of(files))
    assert profile["functions"].keys() == functions.keys()
    for name, figures in functions.items():
        assert profile["functions"][name] == pytest.approx(figures), name


def test_speedscope_reads_folded_stacks_and_pprof_too(saved):
    files, _ = saved
    total = total_of(files)
    (profile,) = speedscope(files["pb.gz"])
    assert profile["total"] == round(total)
    if whole(expected(files["csv"])):
        (profile,) = speedscope(files["folded"])
        assert profile["total"] == total


def test_graphviz_draws_what_we_write(saved):
    files, _ = saved
    functions = expected(files["csv"])
    heaviest = max(functions, key=lambda name: functions[name][1])
    picture = graphviz(files["dot"])
    assert picture.count('class="node"') == min(80, len(functions))
    assert heaviest.split("(")[0].rpartition("/")[2] in picture


@pytest.mark.parametrize("mode", ["share", "amount", "rate"])
def test_pprof_sees_a_diff_as_one_of_its_own(tmp_path, mode):
    after, before = 'cpu{version="2"}', 'cpu{version="1"}'
    # pprof compares names as recorded.
    query = f'set normalise off; {after} | diff {{version="1"}} mode={mode}'
    both = save("demo:", query, tmp_path, ("pb.gz", "csv"), "both")
    sides = [
        save("demo:", side, tmp_path, ("pb.gz",), name)["pb.gz"]
        for side, name in ((before, "before"), (after, "after"))
    ]
    assert pprof_top(both["pb.gz"]) == pprof_top(f"-diff_base={sides[0]}", sides[1])
    total, theirs = pprof_top(both["pb.gz"])
    assert total == pprof_top(sides[0])[0], "percentages are of before"
    theirs = unmarked(theirs)
    raw = "" if mode == "amount" else "_amount"
    for row in rows(both["csv"]):
        change = [float(row[f"{of}after{raw}"]) - float(row[f"{of}before{raw}"]) for of in ("", "total_")]
        assert theirs.get(row["function"], (0, 0)) == tuple(change), row


def test_speedscope_has_both_sides_of_a_diff(tmp_path):
    query = 'cpu{version="2"} | diff {version="1"}'
    files = save("demo:", query, tmp_path, ("speedscope.json", "csv"))
    before, after = speedscope(files["speedscope.json"])
    assert (before["name"], after["name"]) == ("before", "after")
    for row in rows(files["csv"]):
        for side, profile in (("before", before), ("after", after)):
            figures = [float(row[f"{of}{side}_amount"]) for of in ("", "total_")]
            assert profile["functions"].get(row["function"], [0, 0]) == figures, row
