"""Pictures of a notebook in JupyterLab, for people to look at.

    target/test-env/bin/python tests/jupyter/screenshots.py [NOTEBOOK] [-o FOLDER]

Executes the notebook (the tour, when none is named) in the light and the dark
theme, in a narrow and a wide window, and writes PNGs from its first cell to its
last: `tour-light-700-01.png`, `tour-light-700-02.png` and so on. With `--cell N`
there is one picture of each, of that cell's output alone.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import nbformat
from conftest import CRATE, executable
from lab import browser, draw_every_cell, opened, serving, theme

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
WIDTHS = (700, 1600)
HEIGHT = 900
PAGE = 2000  # pixels; a taller picture is shown too small to read


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("notebook", nargs="?", type=Path, default=CRATE / "notebooks/tour.ipynb")
    parser.add_argument("-o", "--output", type=Path, default=CRATE / "target/screenshots")
    parser.add_argument("--cell", type=int, help="only the output of this code cell, from 1")
    wanted = parser.parse_args()
    wanted.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        register(home)
        draw_every_cell()
        folder = Path(home, "notebooks")
        folder.mkdir()
        with serving(folder, Path(home, "lab.log")) as lab, browser() as chrome:
            for name in THEMES:
                for width in WIDTHS:
                    for path in pictures(chrome, lab, wanted, name, width):
                        print(path)


def register(home):
    """The kernel, in a Jupyter that holds nothing else."""
    for folder in ("config", "data", "runtime"):
        os.environ[f"JUPYTER_{folder.upper()}_DIR"] = f"{home}/{folder}"
    os.environ["JUPYTER_PATH"] = f"{home}/share/jupyter"
    subprocess.run([executable(), "install", "--prefix", home], check=True)


def pictures(chrome, lab, wanted, name, width):
    theme(THEMES[name])
    stem = wanted.output / f"{wanted.notebook.stem}-{name}-{width}"
    size = {"width": width, "height": HEIGHT}
    copy = fresh_copy(wanted.notebook, lab.folder / f"{name}-{width}")
    with opened(chrome, lab, copy.relative_to(lab.folder), viewport=size, color_scheme=name) as notebook:
        notebook.run_all()
        if wanted.cell:
            path = Path(f"{stem}.png")
            notebook.output(wanted.cell).last.screenshot(path=path)
            yield path
            return
        # JupyterLab scrolls inside of its page: a window as tall as the notebook shows it whole.
        height = whole_height(notebook)
        notebook.page.set_viewport_size({"width": width, "height": height})
        for number, top in enumerate(range(0, height, PAGE), start=1):
            path = Path(f"{stem}-{number:02}.png")
            clip = {"x": 0, "y": top, "width": width, "height": min(PAGE, height - top)}
            notebook.page.screenshot(path=path, clip=clip)
            yield path


def fresh_copy(notebook, folder):
    """The notebook without outputs, beside copies of its neighbours."""
    shutil.copytree(notebook.parent, folder)
    copy = folder / notebook.name
    document = nbformat.read(copy, as_version=4)
    for cell in document.cells:
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    nbformat.write(document, copy)
    return copy


def whole_height(notebook):
    scroller = notebook.page.locator(".jp-WindowedPanel-outer")
    return scroller.evaluate("panel => panel.scrollHeight + 120")


if __name__ == "__main__":
    main()
