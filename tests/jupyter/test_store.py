"""Blocks of a store are plain Parquet: polars, DuckDB and pandas read them.

What they add up is compared with what the program says of the same store.
"""

import csv
import io
import subprocess
from pathlib import Path

import duckdb
import pandas
import polars
import pytest

from peers import pprof_top

BINARY = Path(__file__).parents[2] / "target/release/flamebook"


def flamebook(folder, *arguments):
    done = subprocess.run([BINARY, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    flamebook(folder, "import", "demo.flamestore", "demo:")
    return folder


@pytest.fixture(scope="module")
def block(store):
    (block,) = (store / "demo.flamestore/blocks").iterdir()
    return block


@pytest.fixture(scope="module")
def by_function(store):
    """Self CPU time of every function, as the program says."""
    query = "cpu | top 100000"
    table = flamebook(store, "eval", "-f", "csv", 'use "demo.flamestore"', query)
    rows = csv.DictReader(io.StringIO(table))
    figures = {row["function"]: int(row["self"]) for row in rows if int(row["self"])}
    assert len(figures) > 300
    return figures


def test_pprof_asks_an_exported_heap_for_sizes(store):
    flamebook(store, "export", "demo.flamestore", "files")
    file = sorted((store / "files").rglob("memory-*.pb.gz"))[-1]
    table = flamebook(store, "eval", "-f", "csv", f'use "{file}"', "inuse_space | values bytes")
    sizes = {int(row["bytes"]): int(row["total"]) for row in csv.DictReader(io.StringIO(table))}
    large = sum(total for size, total in sizes.items() if size >= 1024)
    assert 0 < large < sum(sizes.values())
    _, functions = pprof_top("-sample_index=inuse_space", "-tagfocus=bytes=1kb:", file, unit="bytes")
    assert sum(own for own, _ in functions.values()) == large


def test_duckdb_joins_samples_to_functions(block, by_function):
    rows = duckdb.sql(f"""
        SELECT functions.name, sum(samples.cpu)
        FROM '{block}/process_cpu.samples.parquet' samples
        JOIN '{block}/stacks.parquet' stacks USING (stack)
        JOIN '{block}/frames.parquet' frames USING (frame)
        JOIN '{block}/functions.parquet' functions USING (function)
        GROUP BY 1
    """).fetchall()
    # Samples of the empty stack, 0, are of no function.
    assert {name: int(value) for name, value in rows if value and name} == by_function


def test_polars_joins_samples_to_functions(block, by_function):
    read = lambda name: polars.read_parquet(block / f"{name}.parquet")
    joined = (
        read("process_cpu.samples")
        .join(read("stacks"), on="stack")
        .join(read("frames"), on="frame")
        .join(read("functions"), on="function")
    )
    sums = joined.group_by("name").agg(polars.col("cpu").sum())
    assert {name: value for name, value in sums.rows() if value and name} == by_function


def test_pandas_sees_totals_by_series_and_time(store, block):
    profiles = pandas.read_parquet(block / "process_cpu.profiles.parquet")
    series = pandas.read_parquet(block / "series.parquet")
    versions = series[series.label == "version"][["series", "value"]]
    totals = profiles.merge(versions, on="series").groupby("value")["cpu"].sum()
    table = flamebook(
        store, "eval", "-f", "csv", 'use "demo.flamestore"', "cpu | by (version) | table | select version, total"
    )
    expected = {row["version"]: int(row["total"]) for row in csv.DictReader(io.StringIO(table))}
    assert totals.to_dict() == expected
    assert pandas.to_datetime(profiles.time_ns).dt.year.unique().tolist() == [2026]
