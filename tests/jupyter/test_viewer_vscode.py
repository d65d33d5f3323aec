"""Outputs in the webview of VS Code, whose rules for html are emulated.

Its notebook renderer sets the html of an output as `innerHTML`, where scripts do not run,
and then appends the text of each to the end of the output as a new script, which it removes
at once: a script does not stand beside its graph. Colours come as `--vscode-*`.
<https://github.com/microsoft/vscode/blob/main/extensions/notebook-renderers/src/index.ts>
"""

import subprocess

import nbformat
import pytest
from conftest import executable, write_notebook

RENDERER = """(outputs) => {
    for (const html of outputs) {
        const output = document.createElement('div')
        output.className = 'output'
        output.innerHTML = html
        document.body.append(output)
        for (const script of Array.from(output.getElementsByTagName('script'))) {
            const again = document.createElement('script')
            again.text = script.innerText
            output.appendChild(again).parentNode.removeChild(again)
        }
    }
}"""

PAGE = """<!DOCTYPE html><meta http-equiv="Content-Security-Policy"
    content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<style>:root {{ {variables} }}</style><body></body>"""

DARK = "--vscode-editor-background: rgb(30, 30, 30); --vscode-foreground: rgb(204, 204, 204);"


@pytest.fixture(scope="module")
def outputs(jupyter, tmp_path_factory):
    """The html of two graphs and a timeline, as the kernel sends it."""
    folder = tmp_path_factory.mktemp("vscode")
    cells = ['cpu{version="2"}', 'cpu{version="2"} | diff {version="1"}', "cpu | timeline by (version)"]
    path = write_notebook(folder / "a.ipynb", 'use "demo:"', *cells)
    subprocess.run([executable(), "run", path], check=True, capture_output=True, timeout=120)
    document = nbformat.read(path, as_version=4)
    return [cell.outputs[-1].data["text/html"] for cell in document.cells[1:]]


@pytest.fixture
def webview(chrome, tmp_path):
    """A page with these rules; it fails for what a script throws and what asks for a file."""
    path = tmp_path / "webview.html"
    path.write_text(PAGE.format(variables=DARK))
    context = chrome.new_context(viewport={"width": 1000, "height": 900})
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: request.url == path.as_uri() or wrong.append(request.url))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert wrong == []


def test_each_graph_is_upgraded_in_its_own_output(webview, outputs):
    webview.evaluate(RENDERER, outputs)
    for number in (0, 1):
        output = webview.locator(".output").nth(number)
        output.scroll_into_view_if_needed()
        output.locator(".flamebook canvas").first.wait_for(timeout=20_000)
        assert output.locator(".flamebook").count() == 1
    differs = webview.locator(".output").nth(1).locator(".flamebook")
    assert differs.get_attribute("data-rate") is not None, "the second is the diff"
    timeline = webview.locator(".output").nth(2)
    timeline.scroll_into_view_if_needed()
    assert timeline.locator("svg").count() >= 1


def test_colours_are_those_of_the_theme(webview, outputs):
    webview.evaluate(RENDERER, outputs[:1])
    graph = webview.locator(".flamebook")
    graph.locator("canvas").first.wait_for(timeout=20_000)
    style = "(element, name) => getComputedStyle(element)[name]"
    assert graph.evaluate(style, "color") == "rgb(204, 204, 204)"
    page = "element => getComputedStyle(element.shadowRoot.querySelector('.bar')).color"
    assert graph.evaluate(page) == "rgb(204, 204, 204)"
