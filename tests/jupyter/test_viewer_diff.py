"""A diff and a comparison in the page: both sides, what changed, what follows.

Two profiles are made here, so that every number is one of this file's own
arithmetic; the table of `top` has to agree.
"""

import math

import pytest
from conftest import evaluate
from lab import opened
from playwright.sync_api import expect
from recording import own, record, total
from viewer import Viewer

MS = 1_000_000  # nanoseconds

# 800 ms in 10 s, then 1 s in 20 s: a share, an amount and a rate change differently.
BEFORE = {
    ("main", "serve", "search", "score"): 300 * MS,
    ("main", "serve", "browse"): 400 * MS,
    ("main", "old"): 100 * MS,
}
AFTER = {
    ("main", "serve", "search", "score"): 600 * MS,
    ("main", "serve", "browse"): 150 * MS,
    ("main", "new"): 250 * MS,
}
SECONDS = {"before": 10, "after": 20}
NAMES = sorted({name for stack in [*BEFORE, *AFTER] for name in stack})
DIFF = 'cpu{version="2"} | diff {version="1"}'
EMPTY = 'cpu{version="2"} | diff (cpu{version="1"} | ignore "main")'


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    record(folder / "1" / "before.pb", BEFORE, seconds=SECONDS["before"], grain=MS)
    record(folder / "2" / "after.pb", AFTER, seconds=SECONDS["after"], grain=MS)
    return f"{folder}/{{version}}/*.pb"


@pytest.fixture(scope="module")
def page(chrome, lab, saved, source):
    cells = [f'use "{source}"', DIFF, "cpu | by (version) | compare", EMPTY, f'{DIFF} | sandwich "search"']
    permissions, size = ["clipboard-read", "clipboard-write"], {"width": 1600, "height": 900}
    name = saved(*cells, name="diff.ipynb")
    with opened(chrome, lab, name, permissions=permissions, viewport=size) as page:
        page.run_all()
        yield page


@pytest.fixture
def diff(page):
    viewer = Viewer(page.output(2)).fresh()
    viewer.press("mode", "share")
    viewer.press("width", "both")
    viewer.press("only", "all")
    return viewer


@pytest.fixture
def compared(page):
    viewer = Viewer(page.output(3))
    viewer.act("reset")
    return viewer


def text(value):
    return "1 s" if value == 1000 * MS else f"{value // MS} ms" if value else "0 ns"


def percent(fraction):
    return "100%" if fraction == 1 else f"{fraction:.1%}"


def shares(name):
    return total(BEFORE, name) / total(BEFORE), total(AFTER, name) / total(AFTER)


def growth(before, after):
    if not before:
        return "new"
    return f"{(after - before) / before:+.1%}".replace("+100.0%", "+100%") if after else "removed"


def test_the_legend_says_which_side_is_which(diff):
    expect(diff.legend).to_contain_text('before: {version="1"}, total 800 ms')
    expect(diff.legend).to_contain_text('after: cpu{version="2"}, total 1 s')
    scale = diff.legend.evaluate("legend => getComputedStyle(legend, '::before').content")
    assert "−100% shrank" in scale
    assert "grew +100%" in scale


def test_a_tooltip_has_before_after_and_change(diff):
    boxes = {box.name: box for box in diff.boxes()}
    assert boxes.keys() == {"total", *NAMES}
    for name in NAMES:
        before, after = shares(name)
        delta = points(100 * (after - before))
        assert boxes[name].fact("total") == (
            f"{text(total(BEFORE, name))}  {percent(before)} → {text(total(AFTER, name))}  {percent(after)}, "
            f"{delta}, {'+0.0%' if before == after else growth(before, after)}"
        )
    boxes["search"].hover()
    expect(diff.tip).to_be_visible()
    expect(diff.tip).to_contain_text("300 ms  37.5% → 600 ms  60.0%, +22.50 pp, +60.0%")


def test_a_tooltip_says_how_sure_the_change_of_a_function_is(diff):
    # 300 of 800 samples, then 600 of 1000. Without a change both have p = 900 / 1800, and the
    # error of each is p (1 - p) / n. Half of the 95 % interval is 1.959964 of it.
    half = 1.959964 * math.sqrt(0.5 * 0.5 * (1 / 800 + 1 / 1000))
    told = f"all calls 300 ms  37.5% → 600 ms  60.0%, +22.50 pp, +60.0%, ± {100 * half:.2f} pp"
    assert diff.box("search").fact("all calls") == told.removeprefix("all calls ")
    # A rate of 0.03 cores on both sides.
    diff.press("mode", "rate")
    assert diff.box("search").fact("all calls").endswith(", not significant")
    diff.press("only", "changed")
    assert "search" not in {row[0] for row in diff.rows()}


def test_the_table_has_the_numbers_of_top(diff, source):
    rows = {row[0]: row[1:] for row in diff.rows()}
    assert rows.keys() == set(NAMES)
    kernel = {row["function"]: row for row in evaluate(f'use "{source}"', f"{DIFF} | top 100")}
    for name, (before, after, change, grown, self_change) in rows.items():
        assert (before, after) == tuple(map(percent, shares(name)))
        assert grown == ("+0.0%" if name == "main" else growth(*shares(name)))
        told = kernel[name]
        owns = own(BEFORE, name) / total(BEFORE), own(AFTER, name) / total(AFTER)
        assert (told["before"] / 100, told["after"] / 100) == pytest.approx(owns)
        assert (told["total_before"] / 100, told["total_after"] / 100) == pytest.approx(shares(name))
        assert change == points(told["total_delta"])
        assert self_change == points(told["delta"])
    # A heading is what one types to sort by it.
    headings = diff.root.get_by_role("columnheader").all_text_contents()
    assert headings == ["total_before", "total_after", "total_delta", "total_growth", "delta"]
    assert set(headings) <= kernel["main"].keys()


def points(change):
    return f"{change:+.2f} pp" if change else "0.00 pp"


def test_modes_change_what_is_compared(diff):
    diff.press("mode", "amount")
    facts = diff.box("search").fact("total")
    assert facts == "300 ms  37.5% → 600 ms  60.0%, +300 ms, +100%"
    diff.press("mode", "rate")
    # 0.03 cores each: nothing changed.
    facts = diff.box("search").fact("total")
    assert facts == "300 ms  37.5% → 600 ms  60.0%, 0 cores, +0.0%"
    search = next(row for row in diff.rows() if row[0] == "search")
    assert search[1:4] == ["0.0300 cores", "0.0300 cores", "≈ 0 cores"]
    assert diff.pressed("mode") == "rate"


@pytest.mark.parametrize("width", ["both", "before", "after", "delta"])
def test_the_width_of_boxes_is_the_side_that_is_asked_for(diff, width):
    diff.press("width", width)

    def weight(names):
        before, after = (
            {stack: value / total(side) for stack, value in side.items() if names <= set(stack)}
            for side in (BEFORE, AFTER)
        )
        if width == "delta":
            return sum(abs(after.get(stack, 0) - before.get(stack, 0)) for stack in {**before, **after})
        return sum(before.values()) * (width != "after") + sum(after.values()) * (width != "before")

    whole = diff.canvas().bounding_box()["width"]
    boxes = {box.name: box.width for box in diff.boxes()}
    assert boxes.keys() == {"total"} | {name for name in NAMES if weight({name})}
    for name in boxes.keys() - {"total"}:
        assert boxes[name] == pytest.approx(whole * weight({name}) / weight(set()), abs=1), name


def test_colours_are_blue_grey_and_red(diff):
    def channels(name):
        red, _, blue, _ = diff.box(name).colour()
        return red - blue

    assert channels("browse") < channels("main") == 0 < channels("search")
    assert channels("old") < channels("browse"), "removed is as blue as can be"
    assert channels("new") > channels("search"), "new is as red as can be"


def test_the_table_is_filtered_by_what_happened(diff):
    for only, names in (
        ("new", {"new"}),
        ("removed", {"old"}),
        ("changed", set(NAMES) - {"main"}),
        ("all", set(NAMES)),
    ):
        diff.press("only", only)
        assert {row[0] for row in diff.rows()} == names


def test_search_in_a_diff_has_a_share_of_each_side(diff):
    diff.search.fill("search")
    expect(diff.found).to_have_text("1 function, 37.5% → 60.0%")


def test_a_sandwich_of_a_diff_has_both_sides(page, diff):
    diff.box("search").click()
    diff.page.keyboard.press("s")
    asked = Viewer(page.output(5))
    for viewer in (diff, asked):
        for half in (0, 1):
            assert "300 ms  37.5% → 600 ms  60.0%" in viewer.box("search", half).fact("total")


def test_an_inverted_diff_has_both_sides_of_self_values(diff):
    diff.press_key("i")
    boxes = {box.name: box for box in diff.boxes()}
    figures = "300 ms  37.5% → 600 ms  60.0%, +22.50 pp, +60.0%"
    assert boxes["score"].fact("self") == figures
    assert boxes["search"].fact("self of score called from here") == figures
    assert boxes["old"].fact("self") == "100 ms  12.5% → 0 ns  0.0%, -12.50 pp, removed"
    # Errors are of total values, so what is noise is unknown here.
    expect(diff.legend).to_contain_text("not marked in an inverted graph")
    # A box is as wide as both shares: of two wholes, score has 0.375 and 0.6.
    assert boxes["score"].width == pytest.approx(boxes["total"].width * 0.975 / 2, abs=1)


def test_a_diff_with_an_empty_side_is_all_new(page):
    viewer = Viewer(page.output(4))
    boxes = {box.name: box for box in viewer.boxes()}
    assert boxes.keys() == {"total", "main", "serve", "search", "score", "browse", "new"}
    assert boxes["search"].fact("total").startswith("0 ns  0")
    assert "→ 600 ms  60.0%" in boxes["search"].fact("total")
    assert boxes["search"].fact("total").endswith("new")


def test_panes_have_their_own_title_window_and_total(compared):
    for pane, (version, amount) in enumerate((("1", "800 ms"), ("2", "1 s"))):
        head = compared.root.locator("#graphs > div > .bar").nth(pane)
        expect(head).to_contain_text(f'version="{version}"')
        expect(head).to_contain_text(f"total {amount}")
        expect(head).to_contain_text(f'cpu{{version="{version}"}}')
        expect(head).to_contain_text("2026-01-01 00:00:00")


def test_a_hover_is_followed_by_the_other_pane(compared):
    search = compared.box("search", 0)
    other = compared.box("search", 1)
    search.hover()
    expect(compared.tip).to_contain_text("total 300 ms  37.5%")
    expect(compared.tip).to_contain_text('version="2": 600 ms  60.0%')
    mark = compared.root.locator(".mark").nth(1)
    expect(mark).to_be_visible()
    place, canvas = mark.bounding_box(), compared.canvas(1).bounding_box()
    assert place["x"] + place["width"] / 2 - canvas["x"] == pytest.approx(other.x, abs=1)
    assert place["width"] == pytest.approx(other.width, abs=1)
    # Nothing follows where there is nothing of that name.
    compared.box("old", 0).hover()
    expect(mark).to_be_hidden()


def test_a_zoom_is_followed_by_the_other_pane(compared):
    compared.box("serve", 0).click()
    for pane in (0, 1):
        canvas = compared.canvas(pane).bounding_box()
        assert compared.box("serve", pane).width == pytest.approx(canvas["width"], abs=1)
        assert set(compared.names(pane)) == {"total", "main", "serve", "search", "score", "browse"}
    compared.page.keyboard.press("Escape")
    assert "old" in compared.names(0)
    assert "new" in compared.names(1)


@pytest.mark.parametrize(("pane", "side"), [(0, BEFORE), (1, AFTER)])
def test_a_copied_query_is_of_the_pane_that_was_clicked(compared, source, pane, side):
    compared.box("search", pane).click()
    compared.page.keyboard.press("q")
    query = compared.page.evaluate("navigator.clipboard.readText()")
    assert evaluate(f'use "{source}"', f'total("*", {query})')["value"] == total(side, "search")


def test_a_search_is_for_all_panes_and_colours_are_the_same(compared):
    assert compared.box("score", 0).colour() == compared.box("score", 1).colour()
    compared.search.fill("browse")
    expect(compared.found).to_have_text("1 function, 50.0% | 15.0%")


def test_the_table_of_a_comparison_has_a_column_of_each_pane(compared):
    compared.press("show", "table")
    rows = {row[0]: row[1:] for row in compared.rows()}
    assert rows["search"] == ["300 ms  37.5%", "600 ms  60.0%"]
    assert rows["new"][1] == "250 ms  25.0%"
    compared.press("show", "graph")
