"""Pictures of a notebook in JupyterLab, for people to look at.

    target/test-env/bin/python tests/jupyter/screenshots.py [NOTEBOOK] [-o FOLDER]

Executes the notebook (the tour, when none is named) and writes one PNG per theme
and width, from its first cell to its last: `tour-light-700.png` and so on. With
`--cell N` it takes one picture of that cell's output alone.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from conftest import CRATE, executable
from lab import browser, opened, serving, theme

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
WIDTHS = (700, 1600)
HEIGHT = 900


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("notebook", nargs="?", type=Path, default=CRATE / "notebooks/tour.ipynb")
    parser.add_argument("-o", "--output", type=Path, default=CRATE / "target/screenshots")
    parser.add_argument("--cell", type=int, help="only the output of this code cell, from 1")
    wanted = parser.parse_args()
    wanted.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        register(home)
        folder = Path(home, "notebooks")
        shutil.copytree(wanted.notebook.parent, folder)
        with serving(folder, Path(home, "lab.log")) as lab, browser() as chrome:
            for name in THEMES:
                for width in WIDTHS:
                    print(picture(chrome, lab, wanted, name, width))


def register(home):
    """The kernel, in a Jupyter that holds nothing else."""
    for folder in ("config", "data", "runtime"):
        os.environ[f"JUPYTER_{folder.upper()}_DIR"] = f"{home}/{folder}"
    os.environ["JUPYTER_PATH"] = f"{home}/share/jupyter"
    subprocess.run([executable(), "install", "--prefix", home], check=True)


def picture(chrome, lab, wanted, name, width):
    theme(THEMES[name])
    target = wanted.output / f"{wanted.notebook.stem}-{name}-{width}.png"
    # JupyterLab scrolls inside of its page: a window as tall as the notebook shows it whole.
    size = {"width": width, "height": HEIGHT}
    with opened(chrome, lab, wanted.notebook.name, viewport=size, color_scheme=name) as notebook:
        notebook.run_all()
        if wanted.cell:
            notebook.output(wanted.cell).last.screenshot(path=target)
            return target
        notebook.page.set_viewport_size({"width": width, "height": whole_height(notebook)})
        notebook.page.screenshot(path=target)
    return target


def whole_height(notebook):
    scroller = notebook.page.locator(".jp-WindowedPanel-outer")
    return scroller.evaluate("panel => panel.scrollHeight + 120")


if __name__ == "__main__":
    main()
