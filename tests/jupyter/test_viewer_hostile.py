"""Names and numbers that mean harm, or are merely strange: nothing becomes markup.

Everything is looked at twice: in the viewer, and in the still picture that is
there without scripts.
"""

import re
import unicodedata

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

HOSTILE = {
    "flame": 'cpu{v="1"}',
    "sandwich": 'cpu{v="1"} | sandwich "*script*"',
    "diff": 'cpu{v="2"} | diff {v="1"}',
    "compare": "cpu | by (v) | compare",
    "table": "cpu | top 50",
    "timeline": "cpu | timeline by (v)",
    "heatmap": "cpu | heatmap by (v)",
}
VIEWERS = [name for name in HOSTILE if name not in ("table", "timeline", "heatmap")]

# Elements that nothing of ours makes.
STRANGERS = "b:has-text('bold'), img[src=x], script:text-matches('^window'), i:text-is('<')"


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


def watched(page):
    page.errors = []
    page.page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.page.on("console", lambda line: page.errors.append(line.text) if line.type == "error" else None)
    return page


@pytest.fixture(scope="module")
def page(chrome, lab, saved, folder):
    cells = [f'use "{folder}/names/{{v}}/*.pb"', *HOSTILE.values()]
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(chrome, lab, saved(*cells, name="hostile.ipynb"), permissions=permissions) as page:
        watched(page).run_all()
        page.save()
        yield page


@pytest.fixture(scope="module")
def labelled(chrome, lab, saved, folder):
    cells = [f'use "{folder}/labels/{{<}}/*.pb"'.replace("{<}", "{label}"), "cpu | by (label) | compare",
             "cpu | timeline by (label)", "cpu | heatmap by (label)", "cpu | by (label) | table"]
    with opened(chrome, lab, saved(*cells, name="labels.ipynb")) as page:
        watched(page).run_all()
        yield page


@pytest.fixture(scope="module")
def odd(chrome, lab, saved, folder):
    cells = [f'use "{folder}/trees/{name}.pb"\ncpu' for name in TREES]
    with opened(chrome, lab, saved(*cells, name="odd.ipynb")) as page:
        watched(page)
        for number in range(1, len(cells) + 1):
            page.cells.nth(number - 1).locator(".cm-content").click()
            page.page.keyboard.press("Control+Enter")
            page.wait_until_run(number)
        page.save()
        yield page


@pytest.fixture(scope="module")
def stranger(chrome, lab, page):
    """The hostile notebook, reopened and not trusted."""
    document = nbformat.read(lab.folder / "hostile.ipynb", as_version=4)
    document.cells.append(nbformat.v4.new_markdown_cell("from a stranger"))
    nbformat.write(document, lab.folder / "hostile-untrusted.ipynb")
    with opened(chrome, lab, "hostile-untrusted.ipynb") as stranger:
        yield watched(stranger)


def visible(name):
    """One line, with a mark where something would hide or turn the text."""

    def sign(c):
        hides = unicodedata.category(c).startswith("C") or c in "\u2028\u2029"
        return " " if c in "\t\n\r" else "\ufffd" if hides else c

    return "".join(map(sign, name))


def assert_harmless(page):
    assert page.page.evaluate("typeof window.x") == "undefined"
    assert page.page.locator(STRANGERS).count() == 0
    assert page.errors == []


def test_the_names_are_read_as_they_are(folder):
    rows = evaluate(f'use "{folder}/names/{{v}}/*.pb"', 'cpu{v="1"} | top 50')
    told = {row["function"] for row in rows}
    assert {name for name in NAMES.values() if name} <= told
    assert sum(row["self_ns"] for row in rows) == total(STACKS)


def test_a_terminal_is_not_written_to(folder):
    for query in HOSTILE.values():
        text = evaluate(f'use "{folder}/names/{{v}}/*.pb"', query, form="text")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200f]", text)


@pytest.mark.parametrize("name", VIEWERS)
def test_the_viewer_shows_hostile_names_as_text(page, name):
    number = [*HOSTILE].index(name) + 2
    page.cells.nth(number - 1).scroll_into_view_if_needed()
    viewer = Viewer(page.output(number))
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
    viewer = Viewer(page.output(2))
    next(box for box in viewer.boxes() if box.name.startswith("veryvery")).hover()
    tip, root = viewer.tip.bounding_box(), viewer.root.bounding_box()
    assert tip["x"] >= root["x"] - 1
    assert tip["x"] + tip["width"] <= root["x"] + root["width"] + 1
    for number in range(2, len(HOSTILE) + 2):
        over = page.output(number).last.evaluate("output => output.scrollWidth - output.clientWidth")
        assert over <= 1, HOSTILE[[*HOSTILE][number - 2]]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("empty", "long")])
def test_a_copied_query_runs_and_finds_the_hostile_name(page, folder, name):
    viewer = Viewer(page.output(2))
    viewer.press("show", "both")
    viewer.row(visible(NAMES[name])).click()
    viewer.act("copy query")
    query = viewer.page.evaluate("navigator.clipboard.readText()")
    value = evaluate(f'use "{folder}/names/{{v}}/*.pb"', f'total("*", {query})')["value"]
    assert value == total(STACKS, NAMES[name])
    viewer.act("reset")


def test_tables_and_charts_show_hostile_names_as_text(page):
    table = page.output([*HOSTILE].index("table") + 2).last
    expect(table).to_contain_text(NAMES["script"])
    expect(table).to_contain_text(NAMES["element"])
    assert_harmless(page)


def test_hostile_labels_are_text(labelled):
    viewer = Viewer(labelled.output(2))
    expect(viewer.root).to_contain_text("<img src=x onerror=window.x=1>")
    expect(labelled.output(3).locator(".flamebook-live")).to_contain_text("<img src=x onerror=window.x=1>")
    for number in (4, 5):
        expect(labelled.output(number).last).to_contain_text("<img src=x onerror=window.x=1>")
    assert_harmless(labelled)


def test_the_still_picture_is_as_harmless(stranger):
    for name in VIEWERS:
        number = [*HOSTILE].index(name) + 2
        output = stranger.output(number).last
        expect(output).to_be_visible()
        titles = output.locator("[title]").evaluate_all("all => all.map(one => one.title)")
        assert any(title.startswith(NAMES["script"]) for title in titles), titles[:5]
        assert output.locator("script, canvas").count() == 0
        over = output.evaluate("output => output.scrollWidth - output.clientWidth")
        assert over <= 1, name
    assert_harmless(stranger)


def view_of(page, name):
    number = [*TREES].index(name) + 1
    page.cells.nth(number - 1).scroll_into_view_if_needed()
    return Viewer(page.output(number))


def test_a_tree_of_one_node(odd):
    boxes = {box.name: box for box in view_of(odd, "one").boxes()}
    assert boxes.keys() == {"total", "alone"}
    assert boxes["alone"].fact("total") == "5 ms  100%"


@pytest.mark.parametrize("name", ["deep", "recursive"])
def test_a_stack_of_five_thousand(odd, name):
    viewer = view_of(odd, name)
    leaf = "again" if name == "recursive" else f"level{DEPTH - 1}"
    scroll = viewer.root.locator(".scroll").first
    scroll.press("ArrowUp")
    expect(viewer.read).to_contain_text("total 7 ms  100%")
    scroll.evaluate("box => { box.scrollTop = 0 }")
    seen = viewer.boxes()
    assert leaf in {box.name for box in seen}
    viewer.search.fill(leaf)
    expect(viewer.found).to_have_text("1 function, 100%")
    viewer.press("view", "sandwich")
    viewer.press("view", "icicle")
    viewer.act("reset")
    assert_harmless(odd)


def test_a_profile_of_zeros(odd):
    output = odd.output([*TREES].index("zero") + 1).last
    expect(output).to_contain_text("0 ns")
    assert "NaN" not in output.inner_text()
    root = output.locator(".flamebook")
    if root.count():
        viewer = Viewer(output)
        viewer.search.fill("n")
        assert "NaN" not in viewer.root.inner_text()


def test_negative_values(odd):
    viewer = view_of(odd, "negative")
    boxes = {box.name: box for box in viewer.boxes()}
    assert boxes.keys() == {"total", "main", "gave", "took", "back"}
    facts = {name: box.fact("self").partition("  ")[0] for name, box in boxes.items()}
    assert (facts["gave"], facts["took"], facts["back"]) == ("-30 ms", "50 ms", "-40 ms")
    # As wide as they weigh, whichever the sign.
    whole = boxes["total"].width
    for name, weight in (("gave", 30), ("took", 50), ("back", 40)):
        assert boxes[name].width == pytest.approx(whole * weight / 120, abs=1)
    assert "NaN" not in viewer.root.inner_text()


def test_a_profile_without_samples_says_so(odd):
    output = odd.output([*TREES].index("empty") + 1).last
    expect(output).to_be_visible()
    assert "NaN" not in output.inner_text()


def test_odd_trees_make_no_errors(odd):
    assert_harmless(odd)
