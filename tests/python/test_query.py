"""`flamebook.connect(…).query(…)`: rows, units, values of Python, and errors."""

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone
from importlib.metadata import PackageNotFoundError, version

import flamebook
import pytest

TABLE = "cpu | by (version) | table | select version, total, share"
# The README shows these figures of the example data; tests/readme.rs runs it.
TOTALS = {"2": 94_500_000_000, "1": 91_540_000_000}


def test_rows_are_raw_in_polars_pandas_and_arrow(demo):
    result = demo.query(TABLE)
    frames = [result.polars().to_dict(as_series=False), result.arrow().to_pydict()]
    frames.append(result.pandas().to_dict("list"))
    for frame in frames:
        assert dict(zip(frame["version"], frame["total"])) == TOTALS
    assert result.units == {"total": "ns", "share": "percent"}
    assert result.pandas().attrs["units"] == result.units


def test_units_and_header_are_metadata_of_the_schema(demo):
    metadata = json.loads(demo.query(TABLE).arrow().schema.metadata[b"flamebook"])
    assert metadata["units"]["total"] == "ns"
    header = metadata["header"]
    assert (header["subject"], header["series"], header["profiles"]) == ("cpu", 4, 96)
    assert header["total"] == {"value": sum(TOTALS.values()), "unit": "ns"}
    assert datetime.fromisoformat(header["start"][:19]) == datetime(2026, 11, 23, 4, 51, 4)


def test_times_are_datetimes_in_utc(demo):
    result = demo.query("cpu | profiles")
    first = datetime(2026, 11, 23, 4, 51, 4, 849411, tzinfo=timezone.utc)
    assert result.polars()["time"].dtype.time_zone == "UTC"
    assert result.polars()["time"].min() == first
    assert result.pandas()["time"].min().to_pydatetime(warn=False) == first
    assert result.arrow().column("time").type.tz == "UTC"
    step = demo.query("cpu | timeline").polars()["time"]
    assert step[1] - step[0] == timedelta(seconds=30)


def test_a_graph_has_a_row_per_function_and_the_bundle_of_the_kernel(demo):
    result = demo.query('cpu{version="2"}')
    assert result.header["total"] == {"value": TOTALS["2"], "unit": "ns"}
    assert "shop/internal/recommend.distinct" in result.polars()["function"].to_list()
    data, _ = result._repr_mimebundle_()
    assert sorted(data) == ["image/png", "text/html", "text/plain"]
    assert result.html == data["text/html"] and "<script" in result.html
    only_text, _ = result._repr_mimebundle_(include={"text/plain"})
    assert list(only_text) == ["text/plain"]


HOSTILE = ['a"b', "a'b", "{version}", 'x"} | top 1 #', "line\nlet v = 1", "\\", "`", "$v", "ü\0"]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_a_value_and_nothing_else(demo, value):
    assert demo.query("let v = {value}\nv", {"value": value}) is not None
    assert demo.query("{value}", {"value": value}).polars()["value"].to_list() == [value]
    # As a label it matches nothing, and no other stage runs.
    empty = demo.query("cpu{pod=$value} | top 3", {"value": value})
    assert empty.polars().height == 0


def test_values_keep_their_types(demo):
    scalars = {
        "text": ("a", '"a"'),
        "whole": (3, "3"),
        "real": (-1.5, "-1.5"),
        "yes": (True, "true"),
        "long": (timedelta(hours=1, milliseconds=5), "1h5ms"),
        "at": (datetime(2026, 3, 1, 10, 0, tzinfo=timezone.utc), "2026-03-01T10:00:00Z"),
        "many": (["a", "b"], '["a", "b"]'),
    }
    for name, (value, written) in scalars.items():
        query = demo.query(f"let v = ${name}\n${name}", {name: value}).header["query"]
        assert query == written, name
    ten = demo.query("cpu[{long}] | top {n}", {"long": timedelta(minutes=1), "n": 10})
    assert ten.polars().height == 10


@pytest.mark.parametrize("value", [None, {}, float("nan"), datetime(2026, 1, 1), object()])
def test_other_values_are_errors_at_their_place(demo, value):
    with pytest.raises(flamebook.QueryError) as failed:
        demo.query("cpu | top $n", {"n": value})
    assert failed.value.slug == "unknown-parameter"
    assert (failed.value.start, failed.value.end) == (10, 12)


def test_an_error_has_slug_place_and_help_and_the_session_goes_on(demo):
    with pytest.raises(flamebook.QueryError) as failed:
        demo.query("let a = 1\ncpu | focsu 'x'")
    error = failed.value
    assert (error.slug, error.help) == ("unknown-verb", "did you mean `focus`?")
    assert "let a = 1\ncpu | focsu 'x'"[error.start : error.end] == "focsu"
    assert "^^^^^" in str(error)
    assert demo.query("1 + 1").polars()["value"].to_list() == [2]


def test_a_note_has_no_rows(demo):
    note = demo.query("set history 1MiB")
    with pytest.raises(flamebook.FlamebookError, match="has no rows"):
        note.polars()


def test_what_cannot_be_opened_is_an_error_of_connect(tmp_path):
    with pytest.raises(flamebook.QueryError) as failed:
        flamebook.connect(tmp_path / "nowhere.flamestore")
    assert failed.value.help


def test_threads_take_turns(demo):
    totals = []
    ask = lambda: totals.append(demo.query(TABLE).polars()["total"].to_list())
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals == [list(TOTALS.values())] * 8


def test_ctrl_c_stops_the_query_and_keeps_the_session(run):
    printed = run(
        "import flamebook, os, signal, threading, time\n"
        "session = flamebook.connect('demo:')\n"
        "session.query('let kept = 41')\n"
        "threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "start = time.monotonic()\n"
        "try:\n"
        "    session.query('\\n'.join(['cpu | sandwich \"*\"'] * 5000))\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped', time.monotonic() - start < 30)\n"
        "print(session.query('kept + 1'))\n"
    )
    assert printed.split() == ["stopped", "True", "42"]


def test_a_child_has_a_program_of_its_own(run):
    printed = run(
        "import flamebook, os\n"
        "session = flamebook.Session()\n"
        "session.query('let a = 1')\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    ok = str(session.query('2 + 3')) == '5'\n"
        "    os._exit(0 if ok else 1)\n"
        "_, status = os.waitpid(child, 0)\n"
        "print(status, session.query('a + 1'))\n"
    )
    assert printed.split() == ["0", "2"]


def test_after_a_program_that_ended_the_next_query_starts_another():
    with flamebook.Session() as session:
        session.query("1")
        os.kill(session._worker._process.pid, signal.SIGKILL)
        session._worker._process.wait()
        session._worker._reader.join(timeout=60)
        assert session.query("1 + 1").polars()["value"].to_list() == [2]


def test_a_missing_program_is_an_error_with_a_fix(monkeypatch, tmp_path):
    monkeypatch.setenv("FLAMEBOOK", str(tmp_path / "nowhere"))
    with pytest.raises(flamebook.FlamebookError, match="FLAMEBOOK names .* unset it"):
        flamebook.Session().query("1")
    monkeypatch.delenv("FLAMEBOOK")
    monkeypatch.setattr("flamebook._program._candidates", lambda: iter(()))
    with pytest.raises(flamebook.FlamebookError, match="pip install --force-reinstall flamebook"):
        flamebook.Session().query("1")


def test_commands_of_the_program_run_as_a_module():
    command = [sys.executable, "-m", "flamebook", "eval", "40 + 2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "42"


def test_a_program_that_ends_in_a_query_is_an_error_of_it():
    with flamebook.Session() as session:
        session.query('use "demo:"')
        threading.Timer(1, os.kill, (session._worker._process.pid, signal.SIGKILL)).start()
        with pytest.raises(flamebook.FlamebookError, match="has ended"):
            session.query("\n".join(['cpu | sandwich "*"'] * 5000))


@pytest.mark.parametrize("last", ['{"id":1,"kind":"disp', '{"id":1,"kind":"result","arrow":9}\\nhalf'])
def test_a_program_that_ends_within_a_reply_is_an_error_of_the_query(monkeypatch, tmp_path, last):
    program = tmp_path / "flamebook"
    try:
        ours = version("flamebook")
    except PackageNotFoundError:
        ours = "of a checkout"
    hello = json.dumps({"id": 0, "kind": "hello", "version": ours})
    program.write_text(f"#!/bin/sh\necho '{hello}'\nread request\nprintf '{last}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("FLAMEBOOK", str(program))
    with pytest.raises(flamebook.FlamebookError, match="has ended"):
        flamebook.Session().query("cpu | top")
