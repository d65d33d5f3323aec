// A small shop that forgets nothing: pages stay in a cache, and categories are nested deep.
"use strict";

const cache = new Map();

function render(product) {
    return Array.from({ length: 500 }, (_, i) => product * i + 0.5);
}

function serve(products) {
    for (let product = 0; product < products; product++) {
        cache.set(`/product/${product}`, render(product));
        // Nobody keeps this one.
        render(-product);
    }
}

function nest(depth) {
    const below = depth > 0 ? [nest(depth - 1)] : [];
    return { below, names: new Array(200).fill(depth) };
}

serve(2000);
cache.set("/categories", Array.from({ length: 20 }, () => nest(100)));
// At the end the profiler collects what nobody can reach, and the names of its files with it.
globalThis.shop = { cache, serve };
