"""A person in JupyterLab: runs a cell, looks, stops it, comes back later.

The browser is real, and so is JupyterLab; nothing is asked of the kernel but
through them.
"""

import re

import nbformat
from lab import opened
from playwright.sync_api import expect
from viewer import Viewer

FLAME = 'use "demo:"\ncpu{version="2"} | flame'


def still_boxes(output):
    """The boxes of a picture without scripts that show a name: (text, width in pixels)."""
    return output.evaluate_all(
        """outputs => outputs.flatMap(output => [...output.querySelectorAll('div')])
        .filter(box => getComputedStyle(box).position === 'absolute')
        .map(box => [box.textContent.trim(), box.getBoundingClientRect()])
        .filter(([text, {width, height}]) => text && width > 20 && height > 8)
        .map(([text, {width}]) => [text, width])"""
    )


def assert_flame_graph(boxes):
    """Wide boxes with the names of Go's functions in them."""
    assert len(boxes) > 10, boxes
    assert any(re.search(r"net/http|runtime|main\\.", text) for text, _ in boxes), boxes
    assert max(width for _, width in boxes) > 300, boxes


def test_a_cell_shows_a_flame_graph(chrome, lab, saved):
    with opened(chrome, lab, saved(FLAME, name="flame.ipynb")) as page:
        page.run_first()
        page.wait_until_run(1)
        assert_flame_graph([(box.name, box.width) for box in Viewer(page.output()).boxes()])


def test_names_with_dollars_are_no_formulas(chrome, lab, saved):
    name = "java.ipynb"
    (lab.folder / "java.folded").write_text("parcels.Service.lambda$main$0;x.Tree$$Lambda.run 5\n")
    saved('use "java.folded"\nsamples | top 5', "samples | flame", name=name)
    document = nbformat.read(lab.folder / name, as_version=4)
    document.cells.append(nbformat.v4.new_markdown_cell("A formula: $x^2$"))
    nbformat.write(document, lab.folder / name)
    with opened(chrome, lab, name) as page:
        page.run_all()
        # The markdown cell is last, so the outputs above have been looked at, too.
        expect(page.page.locator(".jp-MarkdownCell mjx-container").first).to_be_visible()
        for cell in (1, 2):
            expect(page.output(cell).last).to_contain_text("lambda$main$0")
            expect(page.output(cell).locator("mjx-container")).to_have_count(0)


def test_a_reopened_untrusted_notebook_still_shows_it(chrome, lab, saved):
    name = saved(FLAME, name="trusted.ipynb")
    with opened(chrome, lab, name) as page:
        page.run_first()
        page.wait_until_run(1)
        page.save()
    # As it comes by mail: other content than what was signed here.
    document = nbformat.read(lab.folder / name, as_version=4)
    document.cells.append(nbformat.v4.new_markdown_cell("from a stranger"))
    nbformat.write(document, lab.folder / "untrusted.ipynb")
    with opened(chrome, lab, "untrusted.ipynb") as page:
        trust = page.page.locator(".jp-StatusItem-trust")
        if trust.count():
            expect(trust).not_to_have_attribute("title", re.compile("^Notebook trusted"))
        assert page.output().locator("script").count() == 0
        expect(page.output().last).to_be_visible()
        assert_flame_graph(still_boxes(page.output()))


def test_an_interrupt_stops_a_long_query(chrome, lab, saved, long_query):
    with opened(chrome, lab, saved(long_query, "20 + 22", name="interrupt.ipynb")) as page:
        page.run_first()
        expect(page.output().locator("progress")).to_be_visible()
        page.command("notebook:interrupt-kernel")
        expect(page.output().last).to_contain_text("interrupted")
        page.page.keyboard.press("Shift+Enter")
        page.wait_until_run(2)
        expect(page.output(2)).to_have_text("42")


def test_a_restart_forgets_and_goes_on(chrome, lab, saved):
    with opened(chrome, lab, saved("let a = 40", "a + 2", name="restart.ipynb")) as page:
        page.run_all()
        expect(page.output(2)).to_have_text("42")
        page.restart()
        page.cells.nth(1).locator(".cm-content").click()
        page.page.keyboard.press("Shift+Enter")
        expect(page.cells.nth(1).locator(".jp-InputPrompt")).to_have_text("[1]:")
        expect(page.output(2)).to_contain_text("a + 2")
        expect(page.output(2)).to_contain_text("error")
