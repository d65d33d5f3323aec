"""The viewer in a page: boxes that are found by name, and what is read off them.

Boxes are painted, not elements. A row of them is walked with the mouse: what is
pointed at has an outline, and where that ends the next box begins.
"""

import re
from dataclasses import dataclass

from playwright.sync_api import expect

ROW = 18  # pixels, from one row of boxes to the next

WALK = """async (canvas, wanted) => {
    while (!canvas.height) await new Promise(requestAnimationFrame)
    const view = canvas.parentElement, shade = canvas.getRootNode()
    const [mark, tip] = [view.querySelector('.mark'), shade.querySelector('#tip')]
    const {left, top, width, height} = canvas.getBoundingClientRect(), found = []
    const point = (x, y) => canvas.dispatchEvent(
        new MouseEvent('mousemove', {clientX: left + x, clientY: top + y, bubbles: true}))
    for (let y = 8; y < height; y += ROW) {
        for (let x = 1; x < width;) {
            point(x, y)
            if (tip.hidden) { x += 4; continue }
            const facts = tip.textContent.split('\\n'), box = mark.getBoundingClientRect()
            const wide = Math.max(box.width, 1), from = box.left - left
            found.push({name: facts[0], facts, x: from + wide / 2, y, width: wide})
            if (facts[0] === wanted) return found.slice(-1)
            x = Math.max(x + 1, from + wide + 0.6)
        }
    }
    canvas.dispatchEvent(new MouseEvent('mouseleave'))
    return wanted === null ? found : []
}""".replace("ROW", str(ROW))


PIXEL = """(canvas, [x, y]) => {
    const [r, g, b, a] = canvas.getContext('2d').getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data
    return [r, g, b, a]
}"""


@dataclass
class Box:
    """One box of a graph: where it is in its canvas, and the lines of its tooltip."""

    canvas: object
    name: str
    facts: list
    x: float
    y: float
    width: float

    def hover(self):
        self.canvas.hover(position=self.place)

    def click(self):
        self.canvas.click(position=self.place)

    def colour(self):
        """What its upper left corner is painted with: red, green, blue, opacity."""
        left, top = self.x - self.width / 2 + 2.5, self.y - 5.5
        return self.canvas.evaluate(PIXEL, [left, top])

    def has_frame(self):
        """Whether it has the frame of a chosen function: all its corner is of one colour."""
        left, top = self.x - self.width / 2, self.y - 8
        corner = [self.canvas.evaluate(PIXEL, [left + d, top + 0.5]) for d in (0.5, 1.5, 4.5)]
        return corner[0] == corner[1] == corner[2] != self.colour()

    @property
    def place(self):
        return {"x": self.x, "y": self.y}

    def fact(self, word):
        """The line of the tooltip that begins so, without that."""
        return next(f for f in self.facts if f.startswith(f"{word} ")).removeprefix(f"{word} ")


class Viewer:
    """The viewer in one output; `pane` counts canvases from 0, the halves of a sandwich too."""

    def __init__(self, output):
        self.root = output.locator(".flamebook")
        self.page = output.page
        self.search = self.root.locator("#search")
        self.found = self.root.locator("#found")
        self.tip = self.root.locator("#tip")
        self.read = self.root.locator("#read")
        self.legend = self.root.locator("#legend")
        self.table = self.root.locator("#table")
        self.menu = self.root.locator("#menu")
        # Graphs are built where they are in view.
        self.root.first.scroll_into_view_if_needed()
        expect(self.root.locator("canvas").first).to_be_visible()

    def press(self, name, value):
        self.root.locator(f'button[name="{name}"][value="{value}"]').click()

    def act(self, word):
        """Presses a button below the graph."""
        self.root.get_by_role("button", name=re.compile(f"^{word}")).click()

    def canvas(self, pane=0):
        return self.root.locator("canvas").nth(pane)

    def boxes(self, pane=0):
        canvas = self.canvas(pane)
        self.root.scroll_into_view_if_needed()
        return [Box(canvas, **found) for found in canvas.evaluate(WALK, None)]

    def box(self, name, pane=0):
        self.root.scroll_into_view_if_needed()
        canvas = self.canvas(pane)
        canvas.scroll_into_view_if_needed()
        found = canvas.evaluate(WALK, name)
        assert found, f"no box {name} in {[box.name for box in self.boxes(pane)][:50]}"
        return Box(canvas, **found[0])

    def names(self, pane=0):
        return [box.name for box in self.boxes(pane)]

    def fresh(self):
        """As it was at first."""
        self.act("reset")
        self.act("reset")
        self.press("view", "flame")
        self.press("show", "both")
        if self.inverted():
            self.act("invert")
        return self

    def inverted(self):
        """Whether the graph starts at the leaves."""
        return self.root.locator("#invert").get_attribute("aria-pressed") == "true"

    def press_key(self, key):
        """A key for the graph."""
        self.root.locator(".scroll").first.press(key)

    def pressed(self, name):
        """What of these is switched on."""
        return self.root.locator(f'button[name="{name}"][aria-pressed=true]').get_attribute("value")

    def rows(self):
        """The table: a list of texts for each row, the first a name."""
        return self.root.locator("button.row").evaluate_all(
            "rows => rows.map(row => [row.title, ...[...row.children].slice(1).map(cell => cell.textContent)])"
        )

    def middles(self):
        """The functions in the middle of a sandwich, of each pane."""
        return [title.partition(" · ")[0] for title in self.root.locator("#graphs b").all_text_contents()]

    def row(self, name):
        """The row of a function."""
        return self.root.locator("button.row").nth([row[0] for row in self.rows()].index(name))
