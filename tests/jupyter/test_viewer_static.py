"""Places without JupyterLab: files from disk, papers, sanitised pages, a terminal.

Each has the picture or the text, and the same numbers; none asks anything of the
network.
"""

import re
import struct
import subprocess
from html.parser import HTMLParser

import nbformat
import pytest
from bleach import clean
from conftest import evaluate, executable, write_notebook
from nbconvert import HTMLExporter, LatexExporter
from playwright.sync_api import expect
from recording import START, record
from viewer import Viewer

MS = 1_000_000  # nanoseconds
BEFORE = {("main", "serve", "search"): 500 * MS, ("main", "idle"): 300 * MS}
AFTER = {("main", "serve", "search"): 750 * MS, ("main", "idle"): 250 * MS}
TOTALS = {"main": "1 s", "serve": "750 ms", "search": "750 ms", "idle": "250 ms"}

# A first cell opens the source; each of these is a cell of its own.
QUERIES = {
    "flame": 'cpu{version="2"}',
    "sandwich": 'cpu{version="2"} | sandwich "search"',
    "diff": 'cpu{version="2"} | diff {version="1"}',
    "compare": "cpu | by (version) | compare",
    "timeline": "cpu | timeline by (version)",
    "heatmap": "cpu | heatmap by (version)",
}
VIEWERS = ("flame", "sandwich", "diff", "compare")

# What GitHub's pages keep of markup; the contents of scripts go with them.
KEPT_TAGS = """h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p ol ul table thead tbody tfoot
    blockquote dl dt dd kbd q samp var hr li tr td th s strike summary details caption figure small span""".split()
KEPT_ATTRIBUTES = ["align", "alt", "colspan", "height", "open", "rowspan", "src", "title", "valign", "width"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("static")
    record(folder / "1" / "before.pb", BEFORE)
    record(folder / "2" / "after.pb", AFTER, start=START + 60)
    return f"{folder}/{{version}}/*.pb"


@pytest.fixture(scope="module")
def executed(source, jupyter, tmp_path_factory):
    """The notebook with its outputs; no Jupyter has seen it yet."""
    folder = tmp_path_factory.mktemp("executed")
    plain = write_notebook(folder / "plain.ipynb", f'use "{source}"', *QUERIES.values())
    done = subprocess.run(
        [executable(), "run", plain, "-o", folder / "run.ipynb"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return nbformat.read(folder / "run.ipynb", as_version=4)


@pytest.fixture(scope="module")
def outputs(executed):
    """What each query gave, by kind of content."""
    return {name: cell.outputs[-1].data for name, cell in zip(QUERIES, executed.cells[1:], strict=True)}


@pytest.fixture
def visit(chrome):
    """Opens a file from disk, with no network; what it asked for and what went wrong comes with it."""
    contexts = []

    def visit(path):
        context = chrome.new_context(viewport={"width": 1200, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.asked, page.errors = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.route(re.compile(r"^(https?|wss?):"), lambda route: route.abort())
        page.goto(path.as_uri())
        return page

    yield visit
    for context in contexts:
        context.close()


def assert_alone(page, path):
    assert page.asked == [path.as_uri()]
    assert page.errors == []


def shown(viewer, pane=0):
    return {
        box.name: box.fact("total").rpartition("→ ")[2].partition("  ")[0]
        for box in viewer.boxes(pane)
        if box.name != "total"
    }


def test_a_terminal_has_the_numbers(source):
    lines = evaluate(f'use "{source}"', QUERIES["flame"], form="text").splitlines()
    for name, amount in TOTALS.items():
        assert any(line.strip().startswith(amount) and name in line for line in lines), (name, lines)


@pytest.mark.parametrize("name", VIEWERS)
def test_a_saved_page_works_from_disk_and_asks_for_nothing(source, visit, tmp_path, name):
    path = tmp_path / "saved.html"
    evaluate(f'use "{source}"', f'{QUERIES[name]} | save "{path}"', form="text")
    page = visit(path)
    viewer = Viewer(page.locator("body"))
    pane = {"compare": 1, "sandwich": 1}.get(name, 0)
    wanted = {"search": TOTALS["search"]} if name == "sandwich" else TOTALS
    assert shown(viewer, pane) == wanted
    viewer.search.fill("search")
    shares = {"diff": "62.5% → 75.0%", "compare": "62.5% | 75.0%"}.get(name, "75.0%")
    expect(viewer.found).to_have_text(f"1 function, {shares}")
    viewer.box("search", pane).click()
    if name != "sandwich":
        assert "idle" not in viewer.names(pane)
    viewer.act("reset")
    assert shown(viewer, pane) == wanted
    assert_alone(page, path)


def test_a_saved_timeline_answers_from_disk(source, visit, tmp_path):
    path = tmp_path / "saved.html"
    evaluate(f'use "{source}"', f'{QUERIES["timeline"]} | save "{path}"', form="text")
    page = visit(path)
    chart = page.locator(".flamebook-live svg")
    chart.hover(position={"x": 70, "y": 150})
    expect(page.get_by_role("status").first).to_contain_text("0.0800 cores")
    assert_alone(page, path)


def test_a_page_saved_from_the_page_works_as_well(source, visit, tmp_path):
    first, second = tmp_path / "saved.html", tmp_path / "again.html"
    evaluate(f'use "{source}"', f'{QUERIES["diff"]} | save "{first}"', form="text")
    page = visit(first)
    with page.expect_download() as download:
        Viewer(page.locator("body")).press("save", "html")
    download.value.save_as(second)
    page = visit(second)
    viewer = Viewer(page.locator("body"))
    assert shown(viewer) == TOTALS
    expect(viewer.legend).to_contain_text("800 ms")
    assert_alone(page, second)


def test_nbconvert_to_html(executed, visit, tmp_path):
    empty = executed.copy()
    empty.cells = []
    asked = {}
    for name, document in (("empty", empty), ("full", executed)):
        path = tmp_path / f"{name}.html"
        path.write_text(HTMLExporter().from_notebook_node(document)[0])
        page = visit(path)
        if name == "full":
            cells = page.locator(".jp-CodeCell")
            for number, query in enumerate(VIEWERS, start=1):
                viewer = Viewer(cells.nth(number))
                last = viewer.root.locator("canvas").count() - 1
                assert shown(viewer, last)["search"] == TOTALS["search"], query
            viewer = Viewer(cells.nth(1))
            viewer.box("serve").click()
            assert "idle" not in viewer.names()
            expect(page.locator(".flamebook-live svg")).to_be_visible()
        asked[name] = set(page.asked) - {path.as_uri()}
    assert asked["full"] == asked["empty"], "nbconvert's own page asks for scripts, the outputs for none"


def test_nbconvert_to_latex_has_a_picture_of_each_graph(executed, visit, tmp_path):
    latex, resources = LatexExporter().from_notebook_node(executed)
    pictures = {name: data for name, data in resources["outputs"].items() if name.endswith(".png")}
    assert len(pictures) == len(QUERIES)
    assert all(f"{{{name}}}" in latex for name in pictures)
    for name, data in pictures.items():
        width, height = struct.unpack(">II", data[16:24])
        assert width >= 700, name
        assert height >= 50, name
        assert colours_of(visit, tmp_path, data) > 4, name


def colours_of(visit, folder, png):
    """How many colours cover more than a thousandth of a picture, as a browser decodes it."""
    (folder / "picture.png").write_bytes(png)
    (folder / "picture.html").write_text("<!doctype html>")
    page = visit(folder / "picture.html")
    return page.evaluate(
        """async bytes => {
            const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)])), {width, height} = bitmap
            const pen = new OffscreenCanvas(width, height).getContext('2d')
            pen.drawImage(bitmap, 0, 0)
            const pixels = new Uint32Array(pen.getImageData(0, 0, width, height).data.buffer), seen = new Map()
            for (const pixel of pixels) seen.set(pixel, (seen.get(pixel) || 0) + 1)
            return [...seen.values()].filter(count => count > pixels.length / 1000).length
        }""",
        list(png),
    )


class Scriptless(HTMLParser):
    """Markup as it was, without scripts and what is in them."""

    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.kept, self.inside = [], False

    def handle_starttag(self, tag, attributes):
        self.inside = tag == "script"
        if not self.inside:
            self.kept.append(self.get_starttag_text())

    def handle_endtag(self, tag):
        if not self.inside:
            self.kept.append(f"</{tag}>")
        self.inside = False

    def handle_data(self, data):
        if not self.inside:
            self.kept.append(data)

    def handle_entityref(self, name):
        self.kept.append(f"&{name};")

    def handle_charref(self, name):
        self.kept.append(f"&#{name};")


@pytest.mark.parametrize("name", QUERIES)
def test_a_sanitised_page_has_the_names_and_the_numbers(outputs, visit, tmp_path, name):
    parser = Scriptless()
    parser.feed(outputs[name]["text/html"])
    attributes = {"*": KEPT_ATTRIBUTES}
    sanitised = clean(
        "".join(parser.kept), tags=KEPT_TAGS, attributes=attributes, protocols=["data"], strip=True
    )
    path = tmp_path / "sanitised.html"
    path.write_text(f"<!doctype html><meta charset='utf-8'>{sanitised}")
    page = visit(path)
    for details in page.locator("details:not([open]) > summary").all():
        details.click()
    # A number stays with its unit.
    seen = page.locator("body").inner_text().replace("\xa0", " ")
    assert "document.flamebook" not in seen
    told = seen + "\n".join(page.locator("[title]").evaluate_all("all => all.map(one => one.title)"))
    if name in VIEWERS:
        for function in ("search", "main") if name == "sandwich" else TOTALS:
            assert function in told
        assert "75.0%" in told
        assert ("62.5%" if name == "diff" else "750 ms") in told
    else:
        assert 'version="2"' in told
        assert "0.10 cores" in told
    assert page.locator("table").count() == (name not in ("sandwich", "heatmap"))
    assert_alone(page, path)


def test_nbconvert_sanitises_to_a_page_that_runs_nothing(executed, visit, tmp_path):
    path = tmp_path / "sanitised.html"
    path.write_text(HTMLExporter(sanitize_html=True).from_notebook_node(executed)[0])
    page = visit(path)
    output = page.locator(".jp-CodeCell").nth(1)
    assert output.locator("script, canvas").count() == 0
    cells = output.locator("table tr", has_text="search").first.locator("td").all_text_contents()
    assert cells == ["search", "750\xa0ms", "75.0%", "750\xa0ms", "75.0%"]
