"""The viewer where a page is not as it was: untrusted, hidden, twice, resized, dark."""

import re

import nbformat
import pytest
from lab import Page, opened
from playwright.sync_api import expect
from recording import record
from viewer import Viewer

MS = 1_000_000  # nanoseconds
STACKS = {
    ("main", "serve", "search"): 500 * MS,
    ("main", "serve", "browse"): 250 * MS,
    ("main", "idle"): 250 * MS,
}
NAMES = {"total", "main", "serve", "search", "browse", "idle"}
TOTALS = {"main": "1 s", "serve": "750 ms", "search": "500 ms", "browse": "250 ms", "idle": "250 ms"}
GRAPHS = 10
DRAWN = "canvas.toDataURL()"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return record(tmp_path_factory.mktemp("pages") / "one.pb", STACKS)


@pytest.fixture(scope="module")
def page(chrome, lab, saved, source):
    """Ten flame graphs, one below the other."""
    cells = [f'use "{source}"\ncpu', *["cpu | flame"] * (GRAPHS - 1)]
    with opened(chrome, lab, saved(*cells, name="pages.ipynb")) as page:
        page.errors = []
        page.page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.run_all()
        page.save()
        yield page
        assert page.errors == []


def shown(viewer):
    """The total of each function, as the tooltips tell it."""
    return {box.name: box.fact("total").partition("  ")[0] for box in viewer.boxes() if box.name != "total"}


def drawn(viewer):
    """The picture as it is painted."""
    return viewer.canvas().evaluate(f"canvas => {DRAWN}")


def test_ten_flame_graphs_in_one_notebook_are_each_their_own(page):
    viewers = []
    for number in range(1, GRAPHS + 1):
        page.cells.nth(number - 1).scroll_into_view_if_needed()
        viewers.append(Viewer(page.output(number)))
        assert shown(viewers[-1]) == TOTALS
    page.cells.nth(2).scroll_into_view_if_needed()
    viewers[2].box("browse").click()
    for number, viewer in enumerate(viewers):
        page.cells.nth(number).scroll_into_view_if_needed()
        assert ("idle" in viewer.names()) == (number != 2)
    page.cells.nth(2).scroll_into_view_if_needed()
    viewers[2].act("reset")


def test_a_resize_is_followed(page):
    page.cells.first.scroll_into_view_if_needed()
    viewer, before = Viewer(page.output(1)), page.page.viewport_size
    wide = viewer.box("browse").width
    try:
        for width in (700, 1600):
            page.page.set_viewport_size({"width": width, "height": 900})
            canvas = viewer.canvas()
            page.page.wait_for_function(
                "canvas => canvas.width === Math.floor(canvas.clientWidth * devicePixelRatio)",
                arg=canvas.element_handle(),
            )
            assert viewer.box("browse").width == pytest.approx(canvas.bounding_box()["width"] / 4, abs=1)
            # Nothing of the page is pushed out to the side.
            bounds = page.output(1).last.evaluate("output => [output.scrollWidth, output.clientWidth]")
            assert bounds[0] <= bounds[1]
    finally:
        page.page.set_viewport_size(before)
    page.page.wait_for_function(
        "([canvas, width]) => canvas.clientWidth === width",
        arg=[viewer.canvas().element_handle(), round(4 * wide)],
    )


def test_another_theme_paints_again(chrome, lab, page):
    with opened(chrome, lab, "pages.ipynb", tabs=True) as page:
        viewer = Viewer(page.output(1))
        # What is above the zoomed box is written in the colour of the page's text.
        viewer.box("search").click()
        light = drawn(viewer)
        try:
            choose_theme(page, "JupyterLab Dark")
            page.page.wait_for_function(
                f"([canvas, old]) => {DRAWN} !== old", arg=[viewer.canvas().element_handle(), light]
            )
        finally:
            choose_theme(page, "JupyterLab Light")
        page.page.wait_for_function(
            f"([canvas, old]) => {DRAWN} === old", arg=[viewer.canvas().element_handle(), light]
        )


def choose_theme(page, name):
    menus = page.page.get_by_role("menu")
    page.page.get_by_role("menuitem", name="Settings", exact=True).click()
    menus.get_by_text("Theme", exact=True).hover()
    with page.page.expect_response(
        lambda r: r.request.method == "PUT" and "apputils-extension:themes" in r.url
    ):
        menus.get_by_text(name, exact=True).click()


def test_reopened_and_trusted_it_draws_without_a_run(chrome, lab, page):
    with opened(chrome, lab, "pages.ipynb") as again:
        assert shown(Viewer(again.output(1))) == TOTALS


def test_untrusted_it_is_a_picture_with_the_same_numbers(chrome, lab, page):
    # As it comes by mail: other content than what was signed here.
    document = nbformat.read(lab.folder / "pages.ipynb", as_version=4)
    document.cells.append(nbformat.v4.new_markdown_cell("from a stranger"))
    nbformat.write(document, lab.folder / "stranger.ipynb")
    with opened(chrome, lab, "stranger.ipynb") as untrusted:
        output = untrusted.output(1)
        picture = output.locator("div[title^='search']").first
        expect(picture).to_be_visible()
        assert output.locator("script, canvas, style, input").count() == 0
        assert output.locator("[onclick], [onmousemove]").count() == 0
        titles = output.locator("div[title]").evaluate_all("boxes => boxes.map(box => box.title)")
        for name, amount in TOTALS.items():
            assert any(title.startswith(name) and amount in title for title in titles), (name, titles)
        widths = {
            name: output.locator(f"div[title^='{name}']").first.bounding_box()["width"]
            for name in ("main", "search", "idle")
        }
        assert widths["search"] == pytest.approx(widths["main"] / 2, abs=2)
        assert widths["idle"] == pytest.approx(widths["main"] / 4, abs=2)
        expect(output.last).to_contain_text("1 s")


def test_two_views_of_one_notebook_do_not_share_a_zoom(chrome, lab, page):
    size = {"width": 1800, "height": 900}
    with opened(chrome, lab, "pages.ipynb", tabs=True, viewport=size) as first:
        Viewer(first.output(1))
        first.menu("File", "New View for Notebook")
        panels = first.page.locator(".jp-NotebookPanel")
        expect(panels).to_have_count(2)
        views = [Viewer(Page(first.page, panels.nth(k)).output(1)) for k in (0, 1)]
        assert [shown(view) for view in views] == [TOTALS, TOTALS]
        views[1].box("browse").click()
        assert "idle" in views[0].names()
        assert "idle" not in views[1].names()
        views[0].search.fill("idle")
        expect(views[0].found).to_have_text("1 function, 25.0%")
        expect(views[1].found).to_have_text("")


def test_an_output_that_comes_to_a_hidden_tab_is_drawn_when_it_is_shown(chrome, lab, saved, source):
    # Slow enough at first that the tab is hidden when the graph arrives.
    slow = 'use "demo:"\n' + "\n".join(f"cpu | top {n} | take 1" for n in range(1, 30))
    hidden, shown_first = (
        saved(slow, f'use "{source}"\ncpu', name="hidden.ipynb"),
        saved("20 + 22", name="front.ipynb"),
    )
    with opened(chrome, lab, shown_first, tabs=True) as front:
        tabs, panels = (
            front.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab"),
            front.page.locator(".jp-NotebookPanel"),
        )
        front.page.locator(".jp-DirListing-item", has_text=hidden).dblclick()
        expect(panels).to_have_count(2)
        behind = Page(front.page, panels.filter(has=front.page.locator(".jp-CodeCell").nth(1)))
        expect(behind.cells.first).to_be_visible()
        behind.wait_for_idle()
        behind.menu("Run", "Run All Cells")
        tabs.filter(has_text=shown_first).click()
        root = behind.output(2).locator(".flamebook")
        expect(root).to_be_attached()
        expect(root).to_be_hidden()
        assert root.evaluate("root => root.clientWidth") == 0
        tabs.filter(has_text=hidden).click()
        assert shown(Viewer(behind.output(2))) == TOTALS
        assert re.search(r"\b1 s\b", behind.output(2).last.inner_text())
