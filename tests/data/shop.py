"""A small shop that sorts, sums and recurs, in two threads."""
import threading
import time


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def rank(words):
    return sorted(words, key=lambda word: sum(map(ord, word)))


def serve(deadline):
    words = [str(i * 7919 % 1000) for i in range(400)]
    while time.monotonic() < deadline:
        rank(words)
        fib(14)


def main():
    deadline = time.monotonic() + 3
    worker = threading.Thread(target=serve, args=(deadline,), name="worker")
    worker.start()
    serve(deadline)
    worker.join()


main()
