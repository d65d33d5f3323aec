"""How long Chromium takes to show, zoom and search a saved page of many nodes.

Usage: browser.py PAGE. Prints a line per figure: what, milliseconds. Ends with 3
where there is no playwright or no Chromium.

The mouse and the keyboard are used as a reader would. What is timed is work: from
an event's first listener to its last, what runs before the next frame, and the
drawing itself, which a read of one pixel waits for. Waiting for the screen is not
in it.
"""

import re
import shutil
import sys
from pathlib import Path

try:
    from playwright.sync_api import sync_playwright
except ImportError:
    sys.exit(3)

RUNS = 5
ZOOMS = 12
ROW = 18  # pixels
WORD = "request"

# Puts html into the page as JupyterLab does, and waits for a picture on a canvas.
ARRIVE = """async html => {
  const host = document.createElement('div')
  document.body.append(host)
  const begun = performance.now()
  host.innerHTML = html
  for (const script of host.querySelectorAll('script')) {
    const fresh = document.createElement('script')
    fresh.textContent = script.textContent
    script.replaceWith(fresh)
  }
  for (;;) {
    const canvas = host.querySelector('.flamebook').shadowRoot?.querySelector('canvas')
    const pen = canvas && canvas.height > 0 && canvas.getContext('2d')
    const column = pen && pen.getImageData(canvas.width / 2, 0, 1, canvas.height).data
    if (column && column.some(byte => byte > 0)) return performance.now() - begun
    await new Promise(requestAnimationFrame)
  }
}"""

# From now on `worked()` gives what the last click or input took.
WATCH = """() => {
  const frame = () => new Promise(done => requestAnimationFrame(() => done(performance.now())))
  let work
  for (const type of ['click', 'input']) {
    let begun, frameBegun
    addEventListener(type, () => {
      begun = performance.now()
      frameBegun = frame()
    }, true)
    addEventListener(type, () => {
      const listened = performance.now() - begun
      // Whatever the listeners asked to run before the frame runs before this.
      work = new Promise(done => requestAnimationFrame(async () => {
        const canvas = document.querySelector('.flamebook').shadowRoot.querySelector('canvas')
        canvas.getContext('2d').getImageData(0, 0, 1, 1)
        const drawn = performance.now()
        done(listened + drawn - await frameBegun)
      }))
    })
  }
  window.worked = () => work
}"""


def main(path):
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit(3)
    html = re.search(r"<body>(.*)</body>", Path(path).read_text(), re.DOTALL)[1]
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        for _ in range(RUNS):
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            print("arrival to picture", page.evaluate(ARRIVE, html), flush=True)
            page.evaluate(WATCH)
            zoom(page)
            search(page)
            page.close()
        browser.close()


def zoom(page):
    """Clicks from the root up, each time on the widest box above, and back down."""
    canvas = page.locator(".flamebook canvas").first
    canvas.scroll_into_view_if_needed()
    for level in [*range(1, ZOOMS), *reversed(range(ZOOMS - 1))]:
        before = canvas.evaluate("canvas => canvas.toDataURL()")
        # What is scrolled is shown from the root up.
        box = canvas.bounding_box()
        page.mouse.click(box["x"] + 8, box["y"] + box["height"] - (level + 0.5) * ROW)
        worked = page.evaluate("worked()")
        if canvas.evaluate("canvas => canvas.toDataURL()") != before:
            print("zoom", worked, flush=True)


def search(page):
    """Types a word, letter by letter."""
    page.locator(".flamebook input").first.click()
    for letter in WORD:
        page.keyboard.type(letter)
        print("search", page.evaluate("worked()"), flush=True)


main(sys.argv[1])
