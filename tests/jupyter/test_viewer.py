"""The viewer of one call tree: zoom, search, sandwich, table, copies and files.

The profile is made here, so that every number on the page is one of this file's
own arithmetic; what the kernel says in a terminal has to agree.
"""

import re

import pytest
from conftest import evaluate
from lab import opened
from playwright.sync_api import expect
from recording import own, record, total
from viewer import ROW, Viewer

MS = 1_000_000  # nanoseconds

# `walk` recurs, `search` is reached in two ways. One second in all.
STACKS = {
    ("main", "serve", "search", "score"): 600 * MS,
    ("main", "serve", "browse", "search", "score"): 150 * MS,
    ("main", "walk", "step", "walk"): 100 * MS,
    ("main", "idle"): 150 * MS,
}
NAMES = sorted({name for stack in STACKS for name in stack})
QUERIES = {"flame": "cpu", "sandwich": 'cpu | sandwich "search"', "icicle": "cpu | icicle"}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return record(tmp_path_factory.mktemp("single") / "one.pb", STACKS)


@pytest.fixture(scope="module")
def page(chrome, lab, saved, source):
    cells = [f'use "{source}"', *QUERIES.values()]
    permissions = ["clipboard-read", "clipboard-write"]
    size = {"width": 1400, "height": 900}
    name = saved(*cells, name="viewer.ipynb")
    with opened(chrome, lab, name, permissions=permissions, viewport=size) as page:
        page.run_all()
        yield page


@pytest.fixture
def flame(page):
    return Viewer(page.output(2)).fresh()


def text(value):
    return "1 s" if value == 1000 * MS else f"{value // MS} ms" if value else "0 ns"


def share(value):
    percent = value / total(STACKS)
    return "100%" if percent == 1 else f"{percent:.1%}"


def part(value):
    return f"{text(value)}  {share(value)}"


def clipboard(page):
    return page.page.evaluate("navigator.clipboard.readText()")


def test_the_arithmetic_of_this_file_is_the_kernel_s(source):
    rows = evaluate(f'use "{source}"', "cpu | top 100")
    assert {row["function"]: (row["self"], row["total"]) for row in rows} == {
        name: (own(STACKS, name), total(STACKS, name)) for name in NAMES
    }


def test_every_function_has_its_box_with_self_and_total(flame):
    boxes = flame.boxes()
    assert {box.name for box in boxes} == {"total", *NAMES}
    outermost = {name: [b for b in boxes if b.name == name] for name in NAMES if name != "walk"}
    for name, found in outermost.items():
        facts = [box.fact("total") for box in found]
        if len(found) == 1:
            assert facts == [part(total(STACKS, name))]
        assert sum(box.width for box in found) == pytest.approx(
            flame.box("total").width * total(STACKS, name) / total(STACKS), abs=1
        )
    assert {b.fact("self") for b in outermost["score"]} == {part(600 * MS), part(150 * MS)}


def test_a_click_zooms_and_esc_zooms_out(flame):
    whole, before = flame.box("total").width, flame.box("browse")
    assert before.width < whole / 4
    before.click()
    assert flame.box("browse").width == pytest.approx(whole, abs=1)
    assert set(flame.names()) == {"total", "main", "serve", "browse", "search", "score"}
    assert "20.0% of the parent" in before.facts
    assert "100% of the zoomed box" in flame.box("score").facts
    expect(flame.read).to_contain_text(f"browse · total {part(150 * MS)}")
    flame.page.keyboard.press("Escape")
    assert flame.box("browse").width == pytest.approx(before.width, abs=1)
    expect(flame.read).to_have_text("")


def test_keys_walk_the_boxes_and_enter_zooms(flame):
    flame.press_key("ArrowUp")
    expect(flame.read).to_contain_text("main · total 1 s")
    walk = "Up serve, Right idle, Right walk, Left idle, Left serve, Down main, Up serve, Up search"
    for key, name in (step.split() for step in walk.split(", ")):
        flame.page.keyboard.press(f"Arrow{key}")
        expect(flame.read).to_contain_text(re.compile(f"^{name} ·"))
    flame.page.keyboard.press("Enter")
    assert flame.box("search").width == pytest.approx(flame.box("total").width, abs=1)
    assert "browse" not in flame.names()
    flame.page.keyboard.press("Escape")
    assert set(flame.names()) == {"total", *NAMES}


def test_icicle_hangs_the_same_boxes_from_the_root(page, flame):
    def tops(viewer):
        return {(box.name, box.y) for box in viewer.boxes()}

    standing = tops(flame)
    lowest = max(y for _, y in standing)
    flame.press("view", "icicle")
    assert tops(flame) == {(name, 8 + lowest - y) for name, y in standing}
    assert tops(Viewer(page.output(4))) == tops(flame)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("score", ["score"]),
        ("SCO", ["score"]),
        ("s", ["serve", "browse", "search", "score", "step"]),
        ("/^w|idle/", ["walk", "idle"]),
        ("walk", ["walk"]),
        ("t", ["step"]),
        ("absent", []),
    ],
)
def test_search_tells_the_matched_share(source, flame, typed, names):
    flame.press_key("/")
    flame.page.keyboard.type(typed)
    matched = total(STACKS, *names) if names else 0
    count = f"{len(names)} function{'' if len(names) == 1 else 's'}"
    expect(flame.found).to_have_text(f"{count}, {share(matched)}")
    if names:
        pattern = " or ".join(f'"{name}"' for name in names)
        assert evaluate(f'use "{source}"', f"total({pattern}, cpu)")["value"] == matched
    rows = flame.rows()
    assert {row[0] for row in rows} == set(names)


def test_search_dims_what_does_not_match(flame):
    before = {name: flame.box(name).colour() for name in ("score", "idle")}
    flame.search.fill("score")
    assert flame.box("score").colour() == before["score"]
    assert flame.box("idle").colour() != before["idle"]
    flame.search.press("Escape")
    expect(flame.search).to_have_value("")
    expect(flame.found).to_have_text("")
    assert flame.box("idle").colour() == before["idle"]


def test_a_search_that_is_no_regex_says_so(flame):
    flame.search.fill("/(/")
    expect(flame.found).to_have_text(re.compile("^not a reg"))
    assert set(flame.names()) == {"total", *NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_both_halves_of_a_sandwich_add_up_to_the_function_s_total(flame, name):
    flame.press("view", "sandwich")
    flame.row(name).click()
    # Callers stand on the function, callees hang from it.
    for root in (flame.boxes(0)[-1], flame.boxes(1)[0]):
        assert (root.name, root.fact("total")) == (name, part(total(STACKS, name)))
    told = f"{name} · total {part(total(STACKS, name))} · self {part(own(STACKS, name))}"
    expect(flame.root.locator("#graphs b").last).to_contain_text(told)


def test_s_puts_the_chosen_function_into_the_middle(page, flame):
    flame.box("search").click()
    flame.page.keyboard.press("s")
    assert flame.pressed("view") == "sandwich"
    queried = Viewer(page.output(3))
    for half, names in ((0, {"search", "serve", "browse", "main"}), (1, {"search", "score"})):
        assert set(flame.names(half)) == names
        facts = [(b.name, b.fact("total")) for b in flame.boxes(half)]
        assert facts == [(b.name, b.fact("total")) for b in queried.boxes(half)]
    assert flame.box("browse", 0).fact("total") == part(150 * MS)


def test_i_shows_the_call_tree_from_its_leaves(flame):
    flame.box("serve").click()
    flame.page.keyboard.press("i")
    assert flame.inverted()
    boxes, whole = flame.boxes(), flame.box("total").width
    ground = max(box.y for box in boxes)
    # Nothing is zoomed: each leaf stands on the root, as wide as its self value.
    leaves = {box.name: box for box in boxes if box.y == ground - ROW}
    assert leaves.keys() == {stack[-1] for stack in STACKS}
    for name, box in leaves.items():
        assert box.fact("self") == part(own(STACKS, name))
        assert box.width == pytest.approx(whole * own(STACKS, name) / total(STACKS), abs=1)
    # `search` called all of score; `serve` called search for 600 ms, and browse for the rest.
    callers = [(box.name, box.fact("self of score called from here")) for box in boxes if "score" in box.facts[1]]
    assert sorted(callers) == [
        ("browse", part(150 * MS)),
        ("main", part(150 * MS)),
        ("main", part(600 * MS)),
        ("search", part(750 * MS)),
        ("serve", part(150 * MS)),
        ("serve", part(600 * MS)),
    ]
    # The keys go on working in the new graph.
    flame.page.keyboard.press("ArrowUp")
    expect(flame.read).to_contain_text(f"score · self {part(750 * MS)}")
    flame.page.keyboard.press("i")
    assert not flame.inverted()
    assert set(flame.names()) == {"total", *NAMES}


def test_an_inverted_graph_has_the_same_hands_and_the_same_table(page, flame):
    rows, ground = flame.rows(), flame.box("total").y
    flame.act("invert")
    assert flame.rows() == rows
    flame.search.fill("browse")
    expect(flame.found).to_have_text(f"1 function, {share(150 * MS)}")
    flame.act("reset")
    # Below a zoomed box are its callees down to a leaf, above it its callers.
    flame.box("browse").click()
    path = {"total", "score", "search", "browse", "serve", "main"}
    assert set(flame.names()) == path
    flame.page.keyboard.press("q")
    assert clipboard(page) == 'cpu | focus "browse"'
    flame.press("view", "icicle")
    assert flame.box("total").y < ground
    assert set(flame.names()) == path
    flame.act("reset")
    assert set(flame.names()) == {"total", *NAMES}
    # A sandwich has its own callers.
    flame.press("view", "sandwich")
    expect(flame.root.locator("#invert")).to_be_disabled()
    flame.page.keyboard.press("i")
    flame.press("view", "flame")
    assert flame.inverted()


def test_the_table_is_sorted_by_any_column(flame):
    head = {name: flame.root.get_by_role("columnheader", name=name) for name in ("self", "total")}
    for column, values in (("total", total), ("self", own)):
        figures = sorted(values(STACKS, name) for name in NAMES)
        for order, wanted in (("descending", figures[::-1]), ("ascending", figures)):
            head[column].click()
            expect(head[column]).to_have_attribute("aria-sort", order)
            rows = flame.rows()
            assert {row[0] for row in rows} == set(NAMES)
            assert [values(STACKS, row[0]) for row in rows] == wanted
            for name, *cells in rows:
                assert cells == [part(own(STACKS, name)), part(total(STACKS, name))]


def test_a_click_in_the_table_lights_the_function_in_the_graph(flame):
    before = {name: flame.box(name).colour() for name in ("score", "idle")}
    flame.row("idle").click()
    expect(flame.read).to_have_text(f"idle · total {part(150 * MS)} · self {part(150 * MS)}")
    assert flame.box("idle").colour() == before["idle"]
    assert flame.box("score").colour() != before["score"]
    flame.act("reset")
    flame.box("idle").click()
    expect(flame.row("idle")).to_have_attribute("aria-pressed", "true")
    expect(flame.row("score")).to_have_attribute("aria-pressed", "false")


def test_graph_table_or_both(flame):
    graph, table = flame.canvas(), flame.root.locator("#table")
    for show, seen in (("graph", (True, False)), ("table", (False, True)), ("both", (True, True))):
        flame.press("show", show)
        expect(graph).to_be_visible(visible=seen[0])
        expect(table).to_be_visible(visible=seen[1])
    assert set(flame.names()) == {"total", *NAMES}


def test_a_copied_query_runs_in_a_new_cell_and_has_the_same_total(page, flame):
    flame.box("browse").click()
    flame.page.keyboard.press("c")
    assert clipboard(page) == "browse"
    flame.act("copy query")
    assert clipboard(page) == 'cpu | focus "browse"'
    number = page.add()
    focused = Viewer(page.output(number))
    assert focused.box("browse").fact("total") == part(total(STACKS, "browse"))
    assert set(focused.names()) == {"total", "main", "serve", "browse", "search", "score"}
    # What one has copied may be copied again.
    focused.box("score").click()
    focused.page.keyboard.press("q")
    assert clipboard(page) == 'cpu | focus "browse" | focus "score"'


def test_running_a_cell_again_draws_it_again(page, flame):
    flame.search.fill("idle")
    page.cells.nth(1).locator(".cm-content").click()
    prompt = page.cells.nth(1).locator(".jp-InputPrompt")
    number = prompt.inner_text()
    page.page.keyboard.press("Control+Enter")
    expect(prompt).to_have_text(re.compile(r"\[\d+\]"))
    expect(prompt).not_to_have_text(number)
    again = Viewer(page.output(2))
    expect(again.search).to_have_value("")
    expect(again.root).to_have_count(1)
    assert set(again.names()) == {"total", *NAMES}


def test_files_are_written_in_the_page(flame, tmp_path):
    for kind in ("svg", "png", "folded"):
        with flame.page.expect_download() as download:
            flame.press("save", kind)
        assert download.value.suggested_filename == f"cpu.{kind}"
        download.value.save_as(tmp_path / kind)
    svg = (tmp_path / "svg").read_text()
    assert svg.count("<rect") == 1 + len(flame.names())
    assert all(f">{name}</text>" in svg for name in NAMES)
    assert f"<title>browse\ntotal {part(150 * MS)}" in svg
    assert (tmp_path / "png").read_bytes().startswith(b"\x89PNG")
    lines = (tmp_path / "folded").read_text().splitlines()
    assert {
        tuple(path.split(";")): int(value) for path, _, value in (line.rpartition(" ") for line in lines)
    } == STACKS
