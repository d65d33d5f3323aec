"""The language in JupyterLab's editor: colours, completion, comments, indentation.

The extension that does it is built from `kernelspec/lab` and is in the repository
as built; that it is the same is checked here, too.
"""

import shutil
import subprocess

import pytest
from conftest import CRATE, absent
from lab import complete_as_you_type, opened, theme
from playwright.sync_api import expect

SOURCES = CRATE / "kernelspec" / "lab"
BUILT = CRATE / "kernelspec" / "labextension"

THEMES = ["JupyterLab Light", "JupyterLab Dark"]

COLOURED = """\
# what is slow
let hot = cpu{version=~"2"}[1h] | focus ~"json" | top 10
assert total("json.*", hot) < 20%"""

# A token of each kind in COLOURED.
KINDS = {
    "comment": "# what is slow",
    "keyword": "let",
    "label": "version",
    "string": '"2"',
    "regex": '"json"',
    "number": "1h",
    "verb": "focus",
    "function": "total",
}


class Cell:
    """A code cell that somebody types into, and the list of completions below."""

    def __init__(self, page, number):
        self.page = page
        self.editor = page.cells.nth(number - 1).locator(".cm-content")
        self.list = page.page.locator(".jp-Completer:not(.lm-mod-hidden)")
        self.items = self.list.locator(".jp-Completer-item")

    def clear(self):
        # Escape closes a list, and without one leaves the editor: one enters it again.
        self.press("Escape")
        expect(self.list).to_have_count(0)
        self.editor.click()
        return self.press("ControlOrMeta+a", "Delete")

    def press(self, *keys):
        for key in keys:
            self.page.page.keyboard.press(key)
        return self

    def type(self, text):
        self.page.page.keyboard.type(text)
        return self

    def lines(self):
        return self.editor.locator(".cm-line").all_inner_texts()

    def tokens(self):
        """The text in one colour and weight, and these: [(text, colour)]."""
        return self.editor.evaluate(
            """editor => {
                const walk = document.createTreeWalker(editor, NodeFilter.SHOW_TEXT);
                const tokens = [];
                for (let text = walk.nextNode(); text; text = walk.nextNode()) {
                    const {color, fontWeight} = getComputedStyle(text.parentElement);
                    tokens.push([text.data.trim(), `${color} ${fontWeight}`]);
                }
                return tokens;
            }"""
        )


@pytest.fixture(scope="module")
def page(chrome, lab, saved):
    """A notebook whose session has the demo open."""
    with opened(chrome, lab, saved('use "demo:"', "1", COLOURED, name="colour.ipynb")) as page:
        page.run_first()
        page.wait_until_run(1)
        yield page


@pytest.fixture(scope="module")
def quiet_page(chrome, lab, page, saved):
    """Another, of somebody who wants completions only when they press Tab."""
    complete_as_you_type(False)
    try:
        with opened(chrome, lab, saved('use "demo:"', "1", name="quiet.ipynb")) as page:
            page.run_first()
            page.wait_until_run(1)
            yield page
    finally:
        complete_as_you_type(True)


@pytest.fixture
def cell(page):
    """An empty cell."""
    return Cell(page, 2).clear()


@pytest.fixture
def quiet(quiet_page):
    """An empty cell in which no list comes by itself."""
    return Cell(quiet_page, 2).clear()


@pytest.mark.parametrize("name", THEMES)
def test_kinds_of_words_differ_in_colour(chrome, lab, page, name):
    theme(name)
    try:
        with opened(chrome, lab, "colour.ipynb") as page:
            cell = Cell(page, 3)
            expect(cell.editor.locator(".cm-line span").first).to_be_visible()
            colours = dict(cell.tokens())
    finally:
        theme(THEMES[0])
    colours_of_kinds = {kind: colours[word] for kind, word in KINDS.items()}
    assert len(set(colours_of_kinds.values())) == len(KINDS), colours_of_kinds
    assert colours["hot"] not in colours_of_kinds.values()


def test_the_same_word_is_coloured_by_where_it_stands(quiet):
    quiet.type('cpu{top="a"} | top 3 by self')
    colours = [colour for text, colour in quiet.tokens() if text == "top"]
    assert len(set(colours)) == 2


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("cpu{", "version"),
        ("cpu{version=", '"2"'),
        ("cpu |", "flame"),
        ("cpu | by (", "version"),
        ('cpu | focus "', '"runtime.mallocgc"'),
    ],
)
def test_tab_offers_what_may_come_next(quiet, typed, offered):
    quiet.type(typed).press("Tab")
    expect(quiet.items.filter(has_text=offered).first).to_be_visible()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("cp", "cpu"),
        ("cpu{", "version"),
        ("cpu{version=", '"2"'),
        ("cpu |", "flame"),
        ("cpu | ", "flame"),
        ("cpu | fla", "flame"),
        ("cpu | by (", "version"),
        ('cpu | focus "', '"runtime.mallocgc"'),
        ('cpu | focus "malloc', '"runtime.mallocgc"'),
        ("cpu | focus ", '"runtime.mallocgc"'),
    ],
)
def test_completions_come_as_one_types(cell, typed, offered):
    cell.type(typed)
    expect(cell.items.filter(has_text=offered).first).to_be_visible()


def test_a_completion_goes_in_with_its_quotes(cell):
    cell.type("cpu{version=")
    expect(cell.items.first).to_be_visible()
    cell.press("Enter")
    expect(cell.list).to_have_count(0)
    assert "".join(cell.lines()).startswith('cpu{version="')


def test_nothing_is_offered_in_a_comment(cell):
    cell.type("# cpu | fl")
    # By the time the next line has its list, the comment would have had one.
    expect(cell.list).to_have_count(0)
    cell.press("Enter").type("cp")
    expect(cell.items.filter(has_text="cpu").first).to_be_visible()


def test_shift_tab_says_what_a_verb_does(quiet):
    quiet.type("cpu | flame").press("Shift+Tab")
    expect(quiet.page.page.locator(".jp-Tooltip")).to_contain_text("flame")


def test_a_comment_comes_and_goes(quiet):
    quiet.type("cpu").press("ControlOrMeta+/")
    assert quiet.lines() == ["# cpu"]
    quiet.press("ControlOrMeta+/")
    assert quiet.lines() == ["cpu"]


def test_brackets_are_matched(quiet):
    quiet.type("(1 + 2)")
    expect(quiet.editor.locator(".cm-matchingBracket")).to_have_count(2)


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        (["cpu", "| hide ~'a'", "| flame", ""], ["cpu", "  | hide ~'a'", "  | flame", "  "]),
        (["cpu |", "focus 'a' |", "flame"], ["cpu |", "  focus 'a' |", "  flame"]),
        (["cpu{", "a='b',", "}"], ["cpu{", "  a='b',", "}"]),
        (["let a = 1 # |", "a"], ["let a = 1 # |", "a"]),
    ],
    ids=["stages", "pipes at the end", "brackets", "comment"],
)
def test_a_new_line_is_indented(quiet, typed, lines):
    first, *others = typed
    quiet.type(first)
    for line in others:
        quiet.press("Enter").type(line)
    # As wide as the user wants it.
    step = max((indent_of(line) for line in quiet.lines()), key=len)
    assert quiet.lines() == [step + line.lstrip() if line.startswith(" ") else line for line in lines]
    assert bool(step) == any(line.startswith(" ") for line in lines)


def test_an_error_shows_its_caret_and_its_patch(quiet):
    quiet.type('cpu | focsu "json.*"').press("ControlOrMeta+Enter")
    error = quiet.page.output(2)
    expect(error).to_contain_text("error[unknown-verb]")
    expect(error).to_contain_text("^^^^^")
    expect(error).to_contain_text("did you mean `focus`?")


def indent_of(line):
    return line[: len(line) - len(line.lstrip())]


def test_the_build_is_what_the_sources_give(tmp_path):
    npm = shutil.which("npm")
    if npm is None:
        absent("npm, which builds the extension of JupyterLab anew")
    # In a folder of another name: nothing of where it was built is in it.
    sources = tmp_path / "anew" / "lab"
    shutil.copytree(SOURCES, sources, ignore=shutil.ignore_patterns("node_modules"))
    for words in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        command = [npm, *words]
        done = subprocess.run(command, cwd=sources, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    assert contents(sources.parent / "labextension") == contents(BUILT)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
