"""The programs that our files are for: Go's pprof, speedscope, Graphviz.

Each is asked what it sees in a file. What is not on the machine is installed
below the environment of the tests, by the language's own package manager.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import absent

HERE = Path(__file__).parent
FOLDER = Path(sys.prefix) / "peers"
PPROF = "github.com/google/pprof@v0.0.0-20261016150608-1facf8f91b50"
PACKAGES = {"speedscope": "1.25.0", "@viz-js/viz": "3.31.0"}

EVERYTHING = ("-nodecount=0", "-nodefraction=0", "-edgefraction=0", "-trim=false", "-symbolize=none")
UNITS = {"nanoseconds": "ns", "bytes": "B", "count": "count"}


def answer(*words, **options):
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pprof_top(*words, unit="nanoseconds"):
    """What `pprof -top` prints: the total, and (self, total) by function."""
    scratch = FOLDER / "pprof-files"
    scratch.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PPROF_TMPDIR": str(scratch)}
    report = answer(pprof(), *EVERYTHING, "-top", f"-unit={UNITS[unit]}", *words, env=environment)
    head, _, rows = report.partition("cum%\n")
    total = re.search(r"of (-?\d+)\w* total", head)
    functions = {}
    for row in rows.splitlines():
        own, _, _, below, _, name = row.split(maxsplit=5)
        functions[name] = (number(own), number(below))
    return number(total.group(1)), functions


def number(text):
    return int(re.sub("[A-Za-z]+$", "", text))


def pprof():
    """The program; ours wherever the machine has one."""
    found = shutil.which("pprof") or shutil.which("pprof", path=FOLDER)
    if found is None and shutil.which("go"):
        answer("go", "install", PPROF, env={**os.environ, "GOBIN": str(FOLDER)})
        found = shutil.which("pprof", path=FOLDER)
    return found or absent("Go, to install pprof with")


def speedscope(file):
    """The profiles that speedscope's importer finds: name, unit, total, functions."""
    return json.loads(answer("node", HERE / "speedscope.js", package("speedscope"), file))


def graphviz(file):
    """The picture that Graphviz draws, as SVG."""
    script = (
        "const [viz, file] = process.argv.slice(1);"
        "const dot = require('fs').readFileSync(file, 'utf8');"
        "require(viz).instance().then(viz => process.stdout.write(viz.renderString(dot, {format: 'svg'})))"
    )
    return answer("node", "-e", script, package("@viz-js/viz"), file)


def package(name):
    """The folder of an npm package."""
    folder = FOLDER / "node_modules" / name
    if not folder.is_dir():
        if not (shutil.which("node") and shutil.which("npm")):
            absent("Node.js and npm")
        FOLDER.mkdir(parents=True, exist_ok=True)
        packages = [f"{name}@{version}" for name, version in PACKAGES.items()]
        answer("npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", FOLDER, *packages)
    return folder
