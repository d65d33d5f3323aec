"""A real JupyterLab and a real browser, for the tests and for pictures.

JupyterLab runs as a process of its own on a free port of this machine; Chromium
runs without a window. Both end with the `with` block that started them.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

# A page of JupyterLab is heavy, and the machine may be busy.
PATIENCE = 30_000  # milliseconds

CHROMIUM_FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]


def chromium():
    """Where Chromium is, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


class Lab:
    """JupyterLab, serving one folder."""

    def __init__(self, folder, log):
        self.folder = Path(folder)
        self.url = f"http://127.0.0.1:{free_port()}"
        quiet_settings()
        words = [
            "--allow-root",
            "--no-browser",
            "--IdentityProvider.token=",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.url.rpartition(':')[2]}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={folder}",
        ]
        command = [sys.executable, "-m", "jupyterlab", *words]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def wait(self, seconds=60):
        """Returns when it answers; fails when it ends or does not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}/api/status", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"JupyterLab does not answer at {self.url}")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


class Page:
    """One notebook, open in JupyterLab; `panel` is its tab where there are several."""

    def __init__(self, page, panel=None):
        self.page = page
        self.cells = (panel or page).locator(".jp-Notebook .jp-CodeCell")

    def run_first(self):
        """Selects the first code cell and runs it; returns at once."""
        self.cells.first.locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")

    def run_all(self):
        """Runs every cell of a notebook that has not been run to its end."""
        self.menu("Run", "Run All Cells")
        self.wait_until_run(len(self.cells.all()))

    def wait_until_run(self, number):
        """Waits until cell `number` has run, counted from 1."""
        prompt = self.cells.nth(number - 1).locator(".jp-InputPrompt")
        expect(prompt).to_have_text(re.compile(r"\[\d+\]"), timeout=PATIENCE)

    def output(self, number=1):
        return self.cells.nth(number - 1).locator(".jp-OutputArea-output")

    def add(self, source=None):
        """Runs a new last cell, with what is in the clipboard unless told; gives its number."""
        self.cells.last.locator(".cm-content").click()
        number = self.cells.count() + 1
        self.command("notebook:insert-cell-below")
        expect(self.cells).to_have_count(number)
        editor = self.cells.last.locator(".cm-content")
        editor.click()
        if source is None:
            self.page.keyboard.press("Control+v")
            expect(editor).not_to_have_text("")
        else:
            self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Control+Enter")
        self.wait_until_run(number)
        return number

    def menu(self, bar, item):
        self.page.get_by_role("menuitem", name=bar, exact=True).click()
        self.page.get_by_role("menuitem", name=re.compile(f"^{item}")).first.click()

    def command(self, name):
        """Presses a button of the notebook's toolbar."""
        self.page.locator(f'.jp-NotebookPanel-toolbar [data-command="{name}"]').click()

    def restart(self):
        """Restarts the kernel and waits until it can be used again."""
        self.command("notebook:restart-kernel")
        with self.page.expect_response(re.compile(r"/api/kernels/.*/restart")):
            self.page.get_by_role("button", name="Confirm Kernel Restart").click()
        self.wait_for_idle()

    def wait_for_idle(self):
        # The indicator in the toolbar says "idle" before there is a kernel at all,
        # and JupyterLab forgets a cell that is run by then.
        status = self.page.get_by_role("button", name=re.compile(r"\| Idle"))
        expect(status).to_be_visible(timeout=PATIENCE)

    def save(self):
        with self.page.expect_response(lambda r: r.request.method == "PUT" and "/api/contents/" in r.url):
            self.page.keyboard.press("Control+s")


@contextmanager
def serving(folder, log_path):
    """JupyterLab on `folder`, ready."""
    with open(log_path, "w") as log:
        lab = Lab(folder, log)
        try:
            lab.wait()
            yield lab
        finally:
            lab.stop()


@contextmanager
def browser():
    """Chromium without a window."""
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        try:
            yield chrome
        finally:
            chrome.close()


@contextmanager
def opened(chrome, lab, name, tabs=False, **context):
    """The notebook `name`, ready to run, alone or with `tabs` around it.

    `context` goes to the browser's context.
    """
    window = chrome.new_context(**context)
    page = window.new_page()
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(f"{lab.url}/{'lab' if tabs else 'doc'}/tree/{name}?reset")
        expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=PATIENCE)
        notebook = Page(page)
        notebook.wait_for_idle()
        yield notebook
    finally:
        window.close()


def theme(name):
    """Sets JupyterLab's theme for pages that are opened from now on."""
    write_settings("@jupyterlab/apputils-extension", "themes", {"theme": name})


def draw_every_cell():
    """Has JupyterLab draw what is scrolled out of view, and nothing below the last cell."""
    whole = {"windowingMode": "none", "scrollPastEnd": False}
    write_settings("@jupyterlab/notebook-extension", "tracker", whole)


def complete_as_you_type(wanted):
    """Whether lists of completions come without Tab in pages that are opened from now on."""
    write_settings("flamebook", "plugin", {"completeAsYouType": wanted})


def quiet_settings():
    """No offers of news over the notebook."""
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    write_settings("@jupyterlab/apputils-extension", "notification", quiet)


def write_settings(extension, name, values):
    settings = Path(os.environ["JUPYTER_CONFIG_DIR"], "lab/user-settings", extension)
    settings.mkdir(parents=True, exist_ok=True)
    (settings / f"{name}.jupyterlab-settings").write_text(json.dumps(values))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
