"""Starts two pods of the service, sends them visitors, restarts one of them, and ends both."""

import argparse
import http.client
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

from service import WORDS

SERVICE = Path(__file__).with_name("service.py")
REQUESTS_PER_SECOND = 12


class Pod:
    def __init__(self, name, port, profiles, every):
        self.name, self.port = name, port
        self.command = [sys.executable, str(SERVICE), "--port", str(port), "--pod", name]
        self.command += ["--profiles", profiles, "--every", str(every)]
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def request(rng):
    """What a visitor asks for: three in a hundred are editors who look at a draft."""
    kind = rng.random()
    if kind < 0.03:
        return "/preview", {"editor": f"e{rng.randrange(40)}", "from": rng.randrange(20_000)}
    if kind < 0.75:
        return "/search", {"q": " ".join(rng.choices(WORDS, k=rng.choice((1, 2, 2, 3))))}
    return "/basket", {"visitor": f"v{rng.randrange(6_000)}", "book": rng.randrange(20_000)}


def visit(pod, seed, until):
    rng = random.Random(seed)
    next_at = time.monotonic()
    while time.monotonic() < until:
        path, asked = request(rng)
        try:
            connection = http.client.HTTPConnection("127.0.0.1", pod.port, timeout=5)
            connection.request("GET", f"{path}?{urlencode(asked)}")
            connection.getresponse().read()
            connection.close()
        except OSError:
            pass  # The pod restarts.
        next_at += rng.expovariate(REQUESTS_PER_SECOND)
        time.sleep(max(0.0, next_at - time.monotonic()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--profiles", required=True)
    parser.add_argument("--minutes", type=float, default=16)
    parser.add_argument("--every", type=float, default=15)
    asked = parser.parse_args()
    pods = [Pod(name, port, asked.profiles, asked.every) for name, port in (("a", 8401), ("b", 8402))]
    begun = time.monotonic()
    until = begun + asked.minutes * 60
    visitors = [threading.Thread(target=visit, args=(pod, seed, until)) for seed, pod in enumerate(pods)]
    for visitor in visitors:
        visitor.start()
    time.sleep(asked.minutes * 60 * 0.55)
    pods[0].stop()
    pods[0].start()
    for visitor in visitors:
        visitor.join()
    for pod in pods:
        pod.stop()


if __name__ == "__main__":
    main()
