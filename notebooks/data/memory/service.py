"""A small web service that sells books, and keeps more in memory than it should.

It renders pages and keeps them in a cache of at most 400 pages. What is planted is in
README.md. It records its own memory with `flamebook.heap`.
"""

import argparse
import random
import signal
import threading
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from flamebook import heap

WORDS = [
    first + second
    for first in ("amber", "birch", "cedar", "dune", "ember", "fern", "grove", "heath")
    for second in ("field", "gate", "light", "mark", "song", "stone", "way", "wood")
]


class Catalogue:
    """All books: titles, prices, and which words lead to which book."""

    def __init__(self, size):
        rng = random.Random(7)
        self.titles = [" ".join(rng.choices(WORDS, k=4)) for _ in range(size)]
        self.prices = [rng.randrange(500, 5000) for _ in range(size)]
        self.index = {}
        for number, title in enumerate(self.titles):
            for word in title.split():
                self.index.setdefault(word, []).append(number)

    def search(self, words):
        found = [set(self.index.get(word, ())) for word in words]
        return sorted(set.intersection(*found)) if found else []


class Page:
    """A page of books as HTML."""

    def __init__(self, title, books):
        self.title = title
        self.books = books

    def render(self):
        rows = [self.row(number, *book) for number, book in enumerate(self.books)]
        return "<!doctype html><title>{}</title><table>{}</table>".format(self.title, "".join(rows))

    def row(self, number, title, price):
        return f"<tr><td>{number}</td><td>{title}</td><td>{price / 100:.2f}</td></tr>"


class PageCache:
    """The pages that were rendered last."""

    def __init__(self, limit):
        self.limit = limit
        self.pages = OrderedDict()
        self.drafts = {}

    def page(self, key, render):
        if key not in self.pages:
            self.pages[key] = render()
        self.pages.move_to_end(key)
        while len(self.pages) > self.limit:
            self.pages.popitem(last=False)
        return self.pages[key]

    def draft(self, key, render):
        if key not in self.drafts:
            self.drafts[key] = render()
        return self.drafts[key]


class Sessions:
    """What visitors have in their baskets; the oldest are forgotten."""

    def __init__(self, limit):
        self.limit = limit
        self.baskets = OrderedDict()

    def add(self, visitor, book):
        self.baskets.setdefault(visitor, []).append(book)
        self.baskets.move_to_end(visitor)
        while len(self.baskets) > self.limit:
            self.baskets.popitem(last=False)
        return self.baskets[visitor]


class Shop:
    def __init__(self):
        self.catalogue = Catalogue(20_000)
        self.cache = PageCache(limit=400)
        self.sessions = Sessions(limit=2_000)
        self.lock = threading.Lock()

    def search(self, query):
        words = query.split()
        return self.cache.page(query, lambda: self.books(query, self.catalogue.search(words)))

    def preview(self, editor, number):
        """A page as an editor will see it after a change."""
        numbers = range(number, number + 300)
        return self.cache.draft((editor, number), lambda: self.books(f"draft of {editor}", numbers))

    def basket(self, visitor, book):
        books = self.sessions.add(visitor, book)
        return self.books(visitor, books)

    def books(self, title, numbers):
        titles, prices = self.catalogue.titles, self.catalogue.prices
        return Page(title, [(titles[n % len(titles)], prices[n % len(titles)]) for n in numbers]).render()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        with self.server.shop.lock:
            body = self.answer(url.path, asked).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self, path, asked):
        shop = self.server.shop
        if path == "/search":
            return shop.search(asked["q"])
        if path == "/preview":
            return shop.preview(asked["editor"], int(asked["from"]))
        return shop.basket(asked["visitor"], int(asked["book"]))

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pod", required=True)
    parser.add_argument("--profiles", required=True)
    parser.add_argument("--every", type=float, default=15)
    asked = parser.parse_args()
    labels = {"service": "books", "pod": asked.pod}
    with heap.record(asked.profiles, every=asked.every, labels=labels):
        server = Server(("127.0.0.1", asked.port), Handler)
        server.shop = Shop()
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        print("ready", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
