"""A permutation test and a moderated t on the draws of benches/inference.

python3 peer.py N < DRAWS: each draw is N rows of counts before and N after; the last function
is the one that changed. Prints how many percent of the draws each finds at p < 0.05.

The moderated t is limma's (Smyth 2004) on the shares of each profile, with a trend: the
logarithm of the variance over that of the mean, as a parabola.
"""

import itertools
import sys

import numpy as np
from scipy import optimize, special, stats

PERMUTATIONS = 1000


def permuted(before, after, random):
    """The p-value of the difference of means, for all permutations or a thousand of them."""
    both, n = np.concatenate([before, after]), len(before)
    observed = abs(after.mean() - before.mean())
    if n <= 5:
        picks = [list(pick) for pick in itertools.combinations(range(2 * n), n)]
    else:
        picks = [random.permutation(2 * n)[:n] for _ in range(PERMUTATIONS)]
    sums = np.array([both[pick].sum() for pick in picks])
    apart = np.abs(both.sum() - 2 * sums) / n
    return (apart >= observed * (1 - 1e-12)).mean()


def moderated(before, after):
    """The p-value of the last function; rows are profiles, columns shares of functions."""
    n = len(before)
    d = 2 * n - 2
    s2 = (before.var(0, ddof=1) + after.var(0, ddof=1)) / 2
    mean = (before.mean(0) + after.mean(0)) / 2
    used = s2 > 0
    x = np.log(mean[used])
    e = np.log(s2[used]) - special.digamma(d / 2) + np.log(d / 2)
    trend = np.polyfit(x, e, 2)
    spread = ((e - np.polyval(trend, x)) ** 2).sum() / (used.sum() - 3) - special.polygamma(1, d / 2)
    common = np.exp(np.polyval(trend, np.log(mean[-1])))
    if spread > 0:
        d0 = 2 * optimize.brentq(lambda h: special.polygamma(1, h) - spread, 1e-4, 1e6)
        common *= np.exp(special.digamma(d0 / 2) - np.log(d0 / 2))
        variance, freedom = (d0 * common + d * s2[-1]) / (d0 + d), d0 + d
    else:
        variance, freedom = common, np.inf
    t = (after.mean(0)[-1] - before.mean(0)[-1]) / np.sqrt(2 * variance / n)
    return 2 * stats.t.sf(abs(t), freedom)


def main():
    n = int(sys.argv[1])
    rows = np.loadtxt(sys.stdin)
    shares = rows / rows.sum(1, keepdims=True)
    draws = shares.reshape(-1, 2, n, shares.shape[1])
    random = np.random.default_rng(1)
    found = np.zeros(2)
    for before, after in draws:
        found[0] += permuted(before[:, -1], after[:, -1], random) < 0.05
        found[1] += moderated(before, after) < 0.05
    print(*(100 * found / len(draws)))


main()
