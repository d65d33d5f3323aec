"""Timelines that answer to the hand, and heat maps that answer to a look.

A profile every ten seconds for a minute, made here: what the page tells is one of
this file's own divisions.
"""

import pytest
from conftest import evaluate
from lab import opened
from playwright.sync_api import expect
from recording import START, record

MS = 1_000_000  # nanoseconds
STEP = 10  # seconds

# Milliseconds of each profile; version 2 has a gap.
SPENT = {"1": [1000, 2000, 3000, 4000, 5000, 6000], "2": [8000, 8000, 8000, None, 8000, 8000]}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("charts")
    for version, spent in SPENT.items():
        for k, amount in enumerate(spent):
            if amount:
                start = START + k * STEP
                record(
                    folder / version / f"{k}.pb", {("main", "work"): amount * MS}, start=start, seconds=STEP
                )
    return f"{folder}/{{version}}/*.pb"


@pytest.fixture(scope="module")
def page(chrome, lab, saved, source):
    cells = [f'use "{source}"', "cpu[1m:10s] | timeline by (version)", "cpu[1m:10s] | heatmap by (version)"]
    permissions, size = ["clipboard-read", "clipboard-write"], {"width": 1200, "height": 900}
    name = saved(*cells, name="charts.ipynb")
    with opened(chrome, lab, name, permissions=permissions, viewport=size) as page:
        page.run_all()
        yield page


class Chart:
    def __init__(self, output):
        self.live = output.locator(".flamebook-live")
        self.svg = self.live.locator("svg")
        self.tip, self.choice = (self.live.locator("[role=status]").nth(k) for k in (0, 1))
        expect(self.svg).to_be_visible()
        self.svg.scroll_into_view_if_needed()

    def lines(self):
        """Paths that are a line of the chart, not the grid or the mark."""
        return self.svg.locator(":scope > path:not([style*='#808080'])")

    def place(self, step):
        """The middle of a step, found by the reading and not by the layout."""
        width = self.svg.bounding_box()["width"]
        wanted = f"{clock(step)} UTC"
        for x in range(70, int(width) - 16, 60):
            self.svg.hover(position={"x": x, "y": 150})
            if wanted in self.tip.inner_text():
                return {"x": x, "y": 150}
        raise AssertionError(f"no step {wanted}")


@pytest.fixture
def chart(page):
    return Chart(page.output(2))


def cores(amount):
    return "no profile" if amount is None else f"{amount / 1000 / STEP:.2f}"


@pytest.mark.parametrize("step", range(6))
def test_a_hover_reads_the_values_of_a_step(chart, step):
    chart.place(step)
    for version, spent in SPENT.items():
        row = chart.tip.locator("> div", has_text=f'version="{version}"')
        expect(row).to_contain_text(cores(spent[step]))
        if spent[step]:
            expect(row).to_contain_text("cores")


def test_the_legend_switches_a_line_off_and_on(chart):
    entry = chart.live.get_by_role("button", name='version="2"')
    all_lines = chart.lines().count()
    top = chart.svg.locator("text").all_text_contents()
    entry.click()
    expect(entry).to_have_attribute("aria-pressed", "false")
    assert chart.lines().count() < all_lines
    assert chart.svg.locator("text").all_text_contents() != top, "the axis is for what is shown"
    chart.place(0)
    expect(chart.tip).not_to_contain_text('version="2"')
    entry.click()
    expect(chart.lines()).to_have_count(all_lines)
    chart.place(0)
    expect(chart.tip).to_contain_text('version="2"')


def test_a_selected_range_is_copied_and_runs_as_a_query(page, chart, source):
    first, last = chart.place(1), chart.place(3)
    box = chart.svg.bounding_box()
    mouse = page.page.mouse
    mouse.move(box["x"] + first["x"], box["y"] + 150)
    mouse.down()
    mouse.move(box["x"] + last["x"], box["y"] + 150, steps=5)
    mouse.up()
    wanted = "[2026-01-01T00:00:10Z .. 2026-01-01T00:00:40Z]"
    expect(chart.choice.locator("code")).to_have_text(wanted)
    expect(chart.choice).to_contain_text("3 × 10s")
    chart.choice.get_by_role("button", name="Copy").click()
    expect(chart.choice.get_by_role("button")).to_have_text("Copied")
    assert page.page.evaluate("navigator.clipboard.readText()") == wanted
    spent = sum(amount or 0 for version in SPENT.values() for amount in version[1:4]) * MS
    assert evaluate(f'use "{source}"', f'total("*", cpu{wanted})')["value"] == spent
    number = page.add(f"cpu{wanted} | describe")
    expect(page.output(number).last).to_contain_text(f"{spent / 10**9:.0f} s")
    page.cells.first.locator(".cm-content").click()


def test_keys_select_too(chart):
    chart.svg.focus()
    for key in ("Home", "ArrowRight", "Shift+ArrowRight"):
        chart.svg.press(key)
    expect(chart.choice.locator("code")).to_have_text("[2026-01-01T00:00:10Z .. 2026-01-01T00:00:30Z]")
    chart.svg.press("Escape")
    expect(chart.choice).to_contain_text("Drag to select")


def test_a_resize_draws_again(page, chart):
    before = page.page.viewport_size
    try:
        page.page.set_viewport_size({"width": 700, "height": 900})
        expect(chart.svg).to_be_visible()
        grid = "svg => Math.max(...[...svg.querySelectorAll('text')].map(t => +t.getAttribute('x')))"
        page.page.wait_for_function(f"svg => ({grid})(svg) <= svg.clientWidth", arg=chart.svg.element_handle())
        chart.place(5)
        right = chart.tip.evaluate(
            "tip => tip.getBoundingClientRect().right - tip.parentElement.getBoundingClientRect().right"
        )
        assert right <= 1
    finally:
        page.page.set_viewport_size(before)


def test_a_heat_map_tells_each_value_by_its_title(page):
    # Equal neighbours are one box; a gap has none.
    boxes = {
        "1": [(k, k + 1, f"0.{k + 1}0 cores") for k in range(6)],
        "2": [(0, 3, "0.80 cores"), (4, 6, "0.80 cores")],
    }
    for version, runs in boxes.items():
        label = page.output(3).get_by_title(f'version="{version}"', exact=True)
        expect(label).to_have_text(f'version="{version}"')
        titles = (
            label.locator("xpath=..")
            .locator("> div > div[title*=UTC]")
            .evaluate_all("cells => cells.map(cell => cell.title)")
        )
        assert titles == [f"2026-01-01 {clock(a)} .. {clock(b)} UTC\n{value}" for a, b, value in runs]


def clock(step):
    minutes, seconds = divmod(step * STEP, 60)
    return f"00:{minutes:02}:{seconds:02}"
