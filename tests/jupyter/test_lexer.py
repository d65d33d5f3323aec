"""Queries in colour outside of JupyterLab: by Pygments, in pages and in the console.

Notebooks name PromQL's lexer, which every Pygments has, until ours is in the same
environment as the kernel.
"""

import json
import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from conftest import CRATE, executable

PACKAGE = CRATE / "python" / "flamebook"
ENTRY_POINT = "flamebook.lexer:FlamebookLexer"

QUERY = """\
# what is slow
let hot = cpu{version=~"2"}[6h:5m] | focus ~"json" |
  top 10 by self
hot | sum without (pod)
types
assert total("json.*", hot) < 20%
cpu[2026-03-01T10:00Z .. now] | where delta > `a
b`"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder of packages with ours in it, as the wheel leaves it; `tests/run wheel` builds one."""
    site = tmp_path_factory.mktemp("packages") / "lib" / "python3" / "site-packages"
    shutil.copytree(PACKAGE, site / "flamebook")
    assert f'flamebook = "{ENTRY_POINT}"' in (CRATE / "pyproject.toml").read_text()
    metadata = site / "flamebook-0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: flamebook\nVersion: 0\n")
    (metadata / "entry_points.txt").write_text(f"[pygments.lexers]\nflamebook = {ENTRY_POINT}\n")
    return site


def run(*words, **options):
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def finding(site):
    """The environment of a Python that has these packages, too."""
    return {**os.environ, "PYTHONPATH": str(site)}


def tokens(site, code):
    """[(type, text)] without the blanks, by the lexer that Pygments finds by name."""
    program = (
        "import sys; from pygments.lexers import get_lexer_by_name as by_name;"
        "found = by_name('flamebook').get_tokens(sys.argv[1]);"
        "import json; print(json.dumps([(str(kind), text) for kind, text in found]))"
    )
    printed = json.loads(run("-c", program, code, env=finding(site)))
    return [(kind.removeprefix("Token."), text) for kind, text in printed if text.strip()]


def test_words_are_what_they_are_where_they_stand(site):
    found = tokens(site, QUERY)
    assert "Error" not in {kind for kind, _ in found}
    for expected in [
        ("Comment.Single", "# what is slow"),
        ("Keyword", "let"),
        ("Name", "hot"),
        ("Name.Attribute", "version"),
        ("Literal.String.Double", '"2"'),
        ("Literal.Number", "5m"),
        ("Name.Function", "focus"),
        ("Literal.String.Regex", '"json"'),
        ("Name.Function", "top"),
        ("Keyword", "by"),
        ("Name", "self"),
        ("Keyword", "without"),
        ("Name.Function", "types"),
        ("Name.Builtin", "total"),
        ("Literal.Number", "20%"),
        ("Literal.Date", "2026-03-01T10:00Z"),
        ("Literal.String.Backtick", "`a\nb`"),
    ]:
        assert expected in found


def test_nothing_is_lost_or_an_error_however_it_is_cut(site):
    program = (
        "import sys; from pygments.lexers import get_lexer_by_name as by_name\n"
        "lexer = by_name('flamebook', stripnl=False, ensurenl=False)\n"
        "for end in range(len(sys.argv[1]) + 1):\n"
        "    tokens = list(lexer.get_tokens(sys.argv[1][:end]))\n"
        "    assert ''.join(text for _, text in tokens) == sys.argv[1][:end]\n"
        "    assert not any(str(kind) == 'Token.Error' for kind, _ in tokens), (end, tokens)\n"
    )
    run("-c", program, QUERY, env=finding(site))


@pytest.mark.parametrize("lexer", ["promql", "flamebook"])
def test_a_page_of_nbconvert_is_coloured(notebook, site, lexer):
    path = notebook(QUERY)
    document = nbformat.read(path, as_version=4)
    document.metadata.language_info = {"name": "flamebook", "pygments_lexer": lexer}
    nbformat.write(document, path)
    run("-m", "nbconvert", "--to", "html", path, env=finding(site))
    page = path.with_suffix(".html").read_text()
    source = page[page.index('class="highlight') :]
    source = source[: source.index("</pre>")]
    # Comment, label or name, text: each by its class.
    assert '<span class="c' in source
    assert re.search(r'<span class="s\d?">', source)
    assert ('<span class="nf">focus</span>' in source) == (lexer == "flamebook")


def test_the_kernel_names_our_lexer_where_it_is_installed(site, tmp_path):
    named = {}
    for prefix in (tmp_path, site.parents[2]):
        subprocess.run([executable(), "install", "--prefix", prefix], check=True, timeout=60)
        named[prefix] = lexer_of_kernel(prefix)
    assert list(named.values()) == ["promql", "flamebook"]


def lexer_of_kernel(prefix):
    """What a kernel that is found there says of itself."""
    program = (
        "from jupyter_client.manager import start_new_kernel\n"
        "manager, client = start_new_kernel(kernel_name='flamebook')\n"
        "print(client.kernel_info(reply=True)['content']['language_info']['pygments_lexer'])\n"
        "client.stop_channels()\n"
        "manager.shutdown_kernel(now=True)\n"
    )
    return run("-c", program, env={**os.environ, "JUPYTER_PATH": str(prefix / "share/jupyter")}).strip()
