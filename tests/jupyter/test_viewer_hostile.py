"""Names and numbers that mean harm, or are merely strange: nothing becomes markup.

Everything is looked at twice: in the viewer, and in the still picture that is
there without scripts.
"""

import re
import unicodedata
from contextlib import contextmanager

import nbformat
import pytest
from conftest import evaluate
from lab import opened
from playwright.sync_api import expect
from recording import record, total
from viewer import Viewer

MS = 1_000_000  # nanoseconds
DEPTH = 5_000
LONG = 64 * 1024

# What is written by a file, and a part of it that is seen as it stands.
NAMES = {
    "element": "<b onmouseover=window.x=1>bold</b><img src=x onerror=window.x=1>",
    "script": "<script>window.x=1</script>",
    "end": "</script></div><script>window.x=1</script>",
    "comment": "<!--<script>",
    "template": "${window.x=1}`'\"\\",
    "entity": "&lt;i&gt;&amp;&#60;",
    "line": "line\u2028separator\u2029end",
    "escape": "\x1b[31mred\x1b[0m\x1b]8;;http://127.0.0.1/\x07link",
    "turned": "abc\u202edlrow\u202c\u200f\u2066x",
    "newline": "two\nlines\r\n\tand a tab",
    "nul": "nul\0byte",
    "long": "very" * (LONG // 4),
    "empty": "",
    "url": "javascript:window.x=1",
}
STACKS = {("main", name): 100 * MS for name in NAMES.values()}
OTHER = {("main", name): (50 + 10 * k) * MS for k, name in enumerate(NAMES.values())}

TREES = {
    "one": {("alone",): 5 * MS},
    "deep": {tuple(f"level{i}" for i in range(DEPTH)): 7 * MS},
    "recursive": {("again",) * DEPTH: 7 * MS},
    "zero": {("main", "nothing"): 0, ("main", "naught"): 0},
    "negative": {("main", "gave"): -30 * MS, ("main", "took"): 50 * MS, ("main", "back"): -40 * MS},
    "empty": {},
}

# A cell for each; the first of a source opens it.
HOSTILE = {
    "flame": 'cpu{v="1"}',
    "sandwich": 'cpu{v="1"} | sandwich "*script*"',
    "diff": 'cpu{v="2"} | diff {v="1"}',
    "compare": "cpu | by (v) | compare",
    "table": "cpu | top 50",
    "timeline": "cpu | timeline by (v)",
    "heatmap": "cpu | heatmap by (v)",
}
LABELS = {
    "compared labels": "cpu | by (label) | compare",
    "timeline of labels": "cpu | timeline by (label)",
    "heatmap of labels": "cpu | heatmap by (label)",
    "table of labels": "cpu | by (label) | table",
}
VIEWERS = ("flame", "sandwich", "diff", "compare")
CELLS = [*HOSTILE, *LABELS, *TREES]

# How many elements there are that a name would have made, in shadow roots too.
STRANGERS = """() => {
    const within = root => [...root.querySelectorAll('*')].flatMap(one => [one, ...one.shadowRoot ? within(one.shadowRoot) : []])
    return within(document).filter(one => one.matches('img[src=x], [onmouseover], [onerror], a[href^=javascript]')
        || one.matches('script') && /^window.x/.test(one.textContent)
        || one.matches('b, i') && /^(bold|&)$/.test(one.textContent)).length
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    record(folder / "names" / "1" / "a.pb", STACKS)
    record(folder / "names" / "2" / "a.pb", OTHER)
    # A label is no less hostile than a name.
    record(folder / "labels" / "<script>window.x=1<" / "a.pb", {("main",): 5 * MS})
    record(folder / "labels" / "<img src=x onerror=window.x=1>" / "a.pb", {("main",): 7 * MS})
    for name, stacks in TREES.items():
        record(folder / "trees" / f"{name}.pb", stacks)
    return folder


@contextmanager
def watched(chrome, lab, name):
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(chrome, lab, name, permissions=permissions) as page:
        page.errors = []
        page.page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.page.on("console", lambda line: page.errors.append(line.text) if line.type == "error" else None)
        yield page


@pytest.fixture(scope="module")
def page(chrome, lab, saved, folder):
    sources = [
        (f'use "{folder}/names/{{v}}/*.pb"', HOSTILE.values()),
        (f'use "{folder}/labels/{{label}}/*.pb"', LABELS.values()),
        *((f'use "{folder}/trees/{name}.pb"', ["cpu"]) for name in TREES),
    ]
    cells = []
    for use, (first, *others) in sources:
        cells += [f"{use}\n{first}", *others]
    with watched(chrome, lab, saved(*cells, name="hostile.ipynb")) as page:
        page.run_all()
        page.save()
        yield page


@pytest.fixture(scope="module")
def stranger(chrome, lab, page):
    """The same notebook, reopened and not trusted."""
    document = nbformat.read(lab.folder / "hostile.ipynb", as_version=4)
    document.cells.append(nbformat.v4.new_markdown_cell("from a stranger"))
    nbformat.write(document, lab.folder / "hostile-untrusted.ipynb")
    with watched(chrome, lab, "hostile-untrusted.ipynb") as stranger:
        yield stranger


def output_of(page, name):
    """The last output of a cell, in view."""
    number = CELLS.index(name)
    page.cells.nth(number).scroll_into_view_if_needed()
    output = page.output(number + 1).last
    expect(output).to_be_visible()
    return output


def viewer_of(page, name):
    return Viewer(output_of(page, name))


def over(output):
    """How far something stands out of an output to the right."""
    return output.evaluate("output => output.scrollWidth - output.clientWidth")


def visible(name):
    """One line, with a mark where something would hide or turn the text."""

    def sign(c):
        hides = unicodedata.category(c).startswith("C") or c in "\u2028\u2029"
        return " " if c in "\t\n\r" else "\ufffd" if hides else c

    return "".join(map(sign, name))


def assert_harmless(page):
    assert page.page.evaluate("typeof window.x") == "undefined"
    assert page.page.evaluate(STRANGERS) == 0
    assert page.errors == []


def test_the_names_are_read_as_they_are(folder):
    rows = evaluate(f'use "{folder}/names/{{v}}/*.pb"', 'cpu{v="1"} | top 50')
    told = {row["function"] for row in rows}
    assert {name for name in NAMES.values() if name} <= told
    assert sum(row["self"] for row in rows) == total(STACKS)


def test_a_terminal_is_not_written_to(folder):
    for query in HOSTILE.values():
        text = evaluate(f'use "{folder}/names/{{v}}/*.pb"', query, form="text")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200f]", text)


@pytest.mark.parametrize("name", VIEWERS)
def test_the_viewer_shows_hostile_names_as_text(page, name):
    viewer = viewer_of(page, name)
    seen = [box for pane in range(viewer.root.locator("canvas").count()) for box in viewer.boxes(pane)]
    names = {box.name for box in seen}
    if name != "sandwich":
        assert {visible(name) for kind, name in NAMES.items() if kind not in ("empty", "long")} <= names
        assert len(seen) >= len(NAMES)
    assert NAMES["script"] in names
    assert NAMES["end"] in names
    # What would turn or hide text is shown for what it is; nothing breaks a line.
    assert not any(
        re.search("[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200f]", name) for name in names
    )
    # Nothing stands out of the page.
    for box in seen[:3]:
        box.hover()
        expect(viewer.tip).to_be_visible()
    viewer.press("show", "both")
    assert any(NAMES["script"] in row for row in viewer.rows())
    assert_harmless(page)


def test_a_long_name_leaves_the_page_its_width(page):
    viewer = viewer_of(page, "flame")
    next(box for box in viewer.boxes() if box.name.startswith("veryvery")).hover()
    tip, root = viewer.tip.bounding_box(), viewer.root.bounding_box()
    assert tip["x"] >= root["x"] - 1
    assert tip["x"] + tip["width"] <= root["x"] + root["width"] + 1
    for name in HOSTILE:
        assert over(output_of(page, name)) <= 1, name


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("empty", "long")])
def test_a_copied_query_runs_and_finds_the_hostile_name(page, folder, name):
    viewer = viewer_of(page, "flame")
    viewer.press("show", "both")
    viewer.row(visible(NAMES[name])).click()
    viewer.act("copy query")
    query = viewer.page.evaluate("navigator.clipboard.readText()")
    value = evaluate(f'use "{folder}/names/{{v}}/*.pb"', f'total("*", {query})')["value"]
    assert value == total(STACKS, NAMES[name])
    viewer.act("reset")


def test_tables_show_hostile_names_as_text(page):
    table = output_of(page, "table")
    expect(table).to_contain_text(NAMES["script"])
    expect(table).to_contain_text(NAMES["element"])
    assert_harmless(page)


@pytest.mark.parametrize("name", LABELS)
def test_hostile_labels_are_text(page, name):
    output = output_of(page, name)
    live = output.locator(".flamebook, .flamebook-live")
    shown = live.first if live.count() else output
    expect(shown).to_contain_text("<img src=x onerror=window.x=1>")
    expect(shown).to_contain_text("<script>window.x=1<")
    assert_harmless(page)


@pytest.mark.parametrize("name", VIEWERS)
def test_the_still_picture_is_as_harmless(stranger, name):
    output = output_of(stranger, name)
    titles = output.locator("[title]").evaluate_all("all => all.map(one => one.title)")
    assert any(title.startswith(NAMES["script"]) for title in titles), titles[:5]
    assert output.locator("script, canvas").count() == 0
    assert over(output) <= 1
    assert_harmless(stranger)


def still_titles(stranger, name):
    """What the boxes of the still picture tell."""
    boxes = output_of(stranger, name).locator("div[title]")
    return boxes.evaluate_all("boxes => boxes.map(box => box.title)")


def test_a_tree_of_one_node(page, stranger):
    boxes = {box.name: box for box in viewer_of(page, "one").boxes()}
    assert boxes.keys() == {"total", "alone"}
    assert boxes["alone"].fact("total") == "5 ms  100%"
    assert any(title.startswith("alone\ntotal 5 ms") for title in still_titles(stranger, "one"))


@pytest.mark.parametrize("name", ["deep", "recursive"])
def test_a_stack_of_five_thousand(page, stranger, name):
    viewer = viewer_of(page, name)
    leaf = "again" if name == "recursive" else f"level{DEPTH - 1}"
    scroll = viewer.root.locator(".scroll").first
    scroll.press("ArrowUp")
    expect(viewer.read).to_contain_text("total 7 ms  100%")
    scroll.evaluate("box => { box.scrollTop = 0 }")
    assert leaf in viewer.names()
    viewer.search.fill(leaf)
    expect(viewer.found).to_have_text("1 function, 100%")
    viewer.press("view", "sandwich")
    for half in (0, 1):
        assert {box.fact("total") for box in viewer.boxes(half)} == {"7 ms  100%"}
    viewer.press("view", "icicle")
    viewer.act("reset")
    assert "7 ms" in "".join(still_titles(stranger, name))
    assert_harmless(page)


@pytest.mark.parametrize("name", ["zero", "empty"])
def test_no_value_at_all_is_said(page, stranger, name):
    for place in (page, stranger):
        output = output_of(place, name)
        expect(output).to_contain_text("total 0 ns")
        expect(output).to_contain_text("no samples")
        assert "NaN" not in output.inner_text()


def test_negative_values(page, stranger):
    viewer = viewer_of(page, "negative")
    boxes = {box.name: box for box in viewer.boxes()}
    assert boxes.keys() == {"total", "main", "gave", "took", "back"}
    facts = {name: box.fact("self").partition("  ")[0] for name, box in boxes.items()}
    assert (facts["gave"], facts["took"], facts["back"]) == ("-30 ms", "50 ms", "-40 ms")
    # As wide as they weigh, whichever the sign.
    whole = boxes["total"].width
    for name, weight in (("gave", 30), ("took", 50), ("back", 40)):
        assert boxes[name].width == pytest.approx(whole * weight / 120, abs=1)
    titles = still_titles(stranger, "negative")
    for name, amount in (("gave", "-30 ms"), ("took", "50 ms"), ("back", "-40 ms")):
        assert any(title.startswith(f"{name}\ntotal {amount}") for title in titles), titles
    assert "NaN" not in viewer.root.inner_text()
    assert_harmless(page)
