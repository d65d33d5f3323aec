"""One function is chosen, and everything shows it: graph, table, search, sandwich, keyboard.

Each pair of them is driven, in a flame graph, a diff and a comparison: one chooses, the
other shows. Then what one does with the chosen function: the menu, focus, hide.
"""

import pytest
from conftest import evaluate
from playwright.sync_api import expect
from recording import START, record, total
from viewer import Viewer

MS = 1_000_000  # nanoseconds

# More functions than the table has rows for; `last` is below all of them. Functions that
# tests choose have a self value of their own, so that the table, by self, shows them.
TINY = {("main", "idle", f"tiny{k:03}"): 20_000 for k in range(250)}
BEFORE = {
    ("main",): 30 * MS,
    ("main", "serve"): 20 * MS,
    ("main", "serve", "search"): 50 * MS,
    ("main", "serve", "browse"): 40 * MS,
    ("main", "serve", "search", "score"): 300 * MS,
    ("main", "serve", "browse", "search", "score"): 400 * MS,
    ("main", "idle"): 200 * MS,
    ("main", "idle", "last"): 10_000,
    **TINY,
}
AFTER = {**BEFORE, ("main", "serve", "search", "score"): 600 * MS}
QUERIES = {
    "flame": 'cpu{version="2"}',
    "diff": 'cpu{version="2"} | diff {version="1"}',
    "compare": "cpu | by (version) | compare",
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("choice")
    record(folder / "1" / "before.pb", BEFORE)
    record(folder / "2" / "after.pb", AFTER, start=START + 60)
    return f"{folder}/{{version}}/*.pb"


@pytest.fixture(scope="module")
def visit(chrome, source, tmp_path_factory):
    """Opens the saved page of a query."""
    folder, contexts = tmp_path_factory.mktemp("pages"), []

    def visit(name, width=1600):
        path = folder / f"{name}.html"
        if not path.exists():
            evaluate(f'use "{source}"', f'{QUERIES[name]} | save "{path}"', form="text")
        size = {"width": width, "height": 1000}
        contexts.append(chrome.new_context(viewport=size, permissions=["clipboard-read", "clipboard-write"]))
        page = contexts[-1].new_page()
        page.goto(path.as_uri())
        return Viewer(page.locator("body"))

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture(scope="module", params=QUERIES)
def opened_page(visit, request):
    return visit(request.param)


@pytest.fixture
def viewer(opened_page):
    return opened_page.fresh()


@pytest.fixture(scope="module")
def flame_page(visit):
    return visit("flame")


@pytest.fixture
def flame(flame_page):
    return flame_page.fresh()


def by_graph(viewer, name):
    viewer.box(name).click()


def by_table(viewer, name):
    viewer.row(name).click()


def by_rows(viewer, name):
    """With the arrow keys, from the row above."""
    rows = [row[0] for row in viewer.rows()]
    at = rows.index(name)
    viewer.row(rows[at - 1 if at else 1]).click()
    viewer.page.keyboard.press("ArrowDown" if at else "ArrowUp")


def by_search(viewer, name):
    viewer.search.fill(name)


def by_keyboard(viewer, name):
    """Along the stack main, serve, browse, search in the graph."""
    viewer.press_key("ArrowUp")
    for _ in range(8):
        if viewer.read.inner_text().startswith(f"{name} ·"):
            return
        viewer.page.keyboard.press("ArrowUp")
    raise AssertionError(f"no {name} on the way up")


def by_sandwich(viewer, name):
    """A callee in the sandwich of a caller."""
    viewer.box("main").click()
    viewer.press("view", "sandwich")
    viewer.box(name, 1).click()


def in_graph(viewer, name):
    viewer.press("view", "flame")
    expect(viewer.read).to_contain_text(name)
    for pane in range(viewer.root.locator("canvas").count()):
        framed = {box.name for box in viewer.boxes(pane) if box.width > 12 and box.has_frame()}
        assert framed == {name}


def in_table(viewer, name):
    row = viewer.row(name)
    expect(row).to_have_attribute("aria-pressed", "true")
    expect(viewer.root.locator("button.row[aria-pressed=true]")).to_have_count(1)
    place, table = row.bounding_box(), viewer.table.bounding_box()
    assert table["y"] <= place["y"]
    assert place["y"] + place["height"] <= table["y"] + table["height"] + 1


def in_sandwich(viewer, name):
    viewer.press("view", "sandwich")
    assert set(viewer.middles()) == {name}
    for half in (0, 1):
        assert {box.fact("total") for box in viewer.boxes(half) if box.name == name}


def in_keys(viewer, name):
    viewer.root.locator(".scroll").first.focus()
    viewer.page.keyboard.press("c")
    assert viewer.page.evaluate("navigator.clipboard.readText()") == name
    viewer.page.keyboard.press("s")
    assert set(viewer.middles()) == {name}


def in_search(viewer, name):
    """A search that finds it leaves it chosen, though others come before it."""
    viewer.search.fill("/./")
    in_table(viewer, name)


CHOOSE = [by_graph, by_table, by_rows, by_search, by_keyboard, by_sandwich]
SHOW = [in_graph, in_table, in_sandwich, in_keys, in_search]


@pytest.mark.parametrize("show", SHOW, ids=lambda show: show.__name__)
@pytest.mark.parametrize("choose", CHOOSE, ids=lambda choose: choose.__name__)
def test_what_one_chooses_the_other_shows(viewer, choose, show):
    # Something else was chosen before.
    viewer.row("idle").click()
    choose(viewer, "search")
    show(viewer, "search")


@pytest.mark.parametrize("show", SHOW[1:], ids=lambda show: show.__name__)
def test_a_function_below_the_last_row_is_shown_too(flame, show):
    # `last` is the lightest of more functions than the table has rows for.
    flame.search.fill("last")
    flame.search.fill("")
    show(flame, "last")


def test_a_search_after_a_click_starts_at_the_top_of_what_it_finds(viewer):
    viewer.row("tiny150").click()
    assert viewer.table.evaluate("table => table.scrollTop") > 0
    viewer.search.fill("s")
    names = [row[0] for row in viewer.rows()]
    assert set(names) == {"serve", "search", "score", "browse", "last"}
    in_table(viewer, names[0])
    assert viewer.table.evaluate("table => table.scrollTop") == 0
    viewer.search.press("Enter")
    in_table(viewer, names[1])


def test_a_choice_outside_of_the_zoomed_part_zooms_out(viewer):
    viewer.box("browse").click()
    assert "idle" not in viewer.names()
    viewer.row("idle").click()
    assert "idle" in viewer.names()


def test_a_view_keeps_what_was_chosen_in_another(viewer):
    viewer.row("browse").click()
    for view in ("sandwich", "icicle", "sandwich", "flame"):
        viewer.press("view", view)
        in_table(viewer, "browse")
    in_graph(viewer, "browse")


def test_a_menu_copies_focuses_hides_and_turns_around(flame):
    def choose_item(name, word):
        flame.canvas().click(button="right", position=flame.box(name).place)
        expect(flame.menu).to_be_visible()
        in_table(flame, name)
        flame.menu.get_by_role("menuitem", name=word).click()
        expect(flame.menu).to_be_hidden()

    def copied():
        return flame.page.evaluate("navigator.clipboard.readText()")

    choose_item("browse", "copy name")
    assert copied() == "browse"
    choose_item("browse", "copy query")
    assert copied() == f'{QUERIES["flame"]} | focus "browse"'
    choose_item("browse", "sandwich")
    assert flame.middles() == ["browse"]
    # The row of the table has the menu, and Esc only closes it.
    flame.row("idle").click(button="right")
    expect(flame.menu).to_be_visible()
    flame.page.keyboard.press("Escape")
    expect(flame.menu).to_be_hidden()
    assert flame.middles() == ["idle"]


@pytest.mark.parametrize(
    ("verb", "name", "left"),
    [
        ("focus", "browse", {"main", "serve", "browse", "search", "score"}),
        ("hide", "browse", {"main", "serve", "search", "score", "idle"}),
        ("hide", "score", {"main", "serve", "browse", "search", "idle"}),
    ],
)
def test_focus_and_hide_are_those_of_the_language(source, flame, verb, name, left):
    whole = flame.box("total").fact("total")
    flame.box(name).click()
    flame.page.keyboard.press({"focus": "f", "hide": "h"}[verb])
    assert left <= {box.name for box in flame.boxes()} <= {"total", "last", *left, *(s[-1] for s in TINY)}
    step = f'{QUERIES["flame"]} | {verb} "{name}"'
    kernel = {row["function"]: row["total"] for row in evaluate(f'use "{source}"', f"{step} | top 500")}
    shown = {row[0]: row[2] for row in flame.rows()}
    for function in left:
        assert shown[function].startswith(f"{kernel[function] // MS} ms" if kernel[function] < 10**9 else "1")
    assert flame.box("main").fact("total").startswith(text(sum_of(verb, name)))
    # What is left out is said, and comes back one by one.
    chip = flame.root.get_by_role("button", name=f"{verb} {name}")
    expect(chip).to_be_visible()
    flame.page.keyboard.press("q")
    assert flame.page.evaluate("navigator.clipboard.readText()") == step
    chip.click()
    expect(chip).to_have_count(0)
    assert flame.box("total").fact("total") == whole


def sum_of(verb, name):
    return total(AFTER, name) if verb == "focus" else total(AFTER)


def text(value):
    return f"{value / 10**9:.2f} s" if value > 10**9 else f"{value // MS} ms"


def test_a_question_mark_lists_the_keys(flame):
    keys = flame.root.locator("#keys")
    expect(keys).to_be_hidden()
    flame.press_key("?")
    expect(keys).to_be_visible()
    told = keys.inner_text()
    for key in ("/", "Enter, click", "Esc", "arrow keys", "s", "i", "f, h", "c, q", "?"):
        assert f"{key}\n" in told
    flame.press_key("?")
    expect(keys).to_be_hidden()


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("width", [700, 1000, 1600])
def test_numbers_are_whole_and_groups_have_names(visit, name, width):
    viewer = visit(name, width)
    viewer.press("show", "both")
    cut = viewer.root.locator(".row > *:not(:first-child)").evaluate_all(
        "cells => cells.filter(cell => cell.scrollWidth > cell.clientWidth).map(cell => cell.textContent)"
    )
    assert cut == []
    # The longest number of the bar above a pane is its total.
    for bar in viewer.root.locator("#graphs .bar > span").all():
        assert bar.evaluate("text => text.scrollWidth <= text.clientWidth") or not bar.is_visible()
    named = viewer.root.locator("[role=group]").evaluate_all(
        """groups => groups.filter(group => group.offsetWidth)
            .map(group => [group.ariaLabel, getComputedStyle(group, '::before').content])"""
    )
    assert {label for label, _ in named} >= {"view", "show", "save"}
    for label, content in named:
        assert content.startswith(("attr(aria-label)", f'"{label}')), (label, content)
    over = viewer.root.evaluate("root => root.scrollWidth - root.clientWidth")
    assert over <= 0


def test_graph_and_table_are_beside_each_other_where_there_is_room(visit):
    viewer = visit("flame", 1200)
    graph, table = viewer.canvas(), viewer.table
    expect(table).to_be_visible()
    assert table.bounding_box()["x"] >= graph.bounding_box()["x"] + graph.bounding_box()["width"]
    viewer.page.set_viewport_size({"width": 900, "height": 900})
    expect(table).to_be_hidden()
    viewer.page.set_viewport_size({"width": 1200, "height": 900})
    expect(table).to_be_visible()
    # What was chosen stays.
    viewer.press("show", "graph")
    viewer.page.set_viewport_size({"width": 1300, "height": 900})
    expect(table).to_be_hidden()


def test_a_download_has_a_name_without_quotes_and_braces(flame):
    with flame.page.expect_download() as download:
        flame.press("save", "svg")
    assert download.value.suggested_filename == "cpu-version-2.svg"


def test_a_diff_is_readable_on_a_dark_page(visit):
    viewer = visit("diff")
    light = viewer.box("main").colour()
    viewer.page.emulate_media(color_scheme="dark")
    viewer.page.wait_for_function(
        "([canvas, old]) => canvas.getContext('2d').getImageData(3, canvas.height - 30, 1, 1).data[0] < 128",
        arg=[viewer.canvas().element_handle(), light],
    )
    grew = viewer.box("serve")
    assert sum(viewer.box("idle").colour()[:3]) < sum(light[:3]) / 2
    assert grew.colour()[0] > grew.colour()[2]
