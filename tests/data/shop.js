// A small shop that sorts, makes garbage and waits.
"use strict";

function fib(n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

function rank(words) {
    return [...words].sort((a, b) => a.localeCompare(b));
}

function serve(deadline) {
    const words = Array.from({ length: 300 }, (_, i) => String((i * 7919) % 1000));
    while (Date.now() < deadline) {
        rank(words);
        fib(16);
    }
}

setTimeout(() => serve(Date.now() + 150), 20);
setTimeout(() => serve(Date.now() + 150), 250);
