"""Sweeps along time and sums over it: the linear algebra of the numbers layer, compiled.

A step along time waits for the one before it, so four rows are taken side by side; a sum over time runs in vector
registers.  Rows come in arrays whose number of rows is a multiple of four, those beyond the last one 0
(:func:`whole_blocks`).
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

import math

import numpy as np

from evalkit.model.latent.compiled import as_written, in_place, inlined

_ROUND = 1.5 * 2.0**52  # added to a number, leaves the nearest whole number in the last bits
_PER_LOG2, _LOG2 = 1.0 / math.log(2.0), math.log(2.0)
C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12 = (1.0 / math.factorial(k) for k in range(2, 13))
_FINITE = 700.0  # e^700 is still a number


@in_place
def whole_blocks(rows):
    """The next multiple of four."""
    return 4 * ((rows + 3) // 4)


@inlined
def exponential_series(x):
    """exp(x) for |x| < 0.35, to the last digit; to 1e-9 for |x| < 1."""
    high = C6 + x * (C7 + x * (C8 + x * (C9 + x * (C10 + x * (C11 + x * C12)))))
    return 1.0 + x * (1.0 + x * (C2 + x * (C3 + x * (C4 + x * (C5 + x * high)))))


@as_written
def exponential(x, out, whole):
    """Fill out with exp(x), held to |x| <= 700: ``2^k exp(x - k log 2)``, k whole, in vector registers.

    ``whole`` is overwritten.
    """
    n = x.size
    exponent, bits = whole.view(np.int64), out.view(np.int64)
    for t in range(n):
        whole[t] = min(max(x[t], -_FINITE), _FINITE) * _PER_LOG2 + _ROUND
    for t in range(n):
        r = min(max(x[t], -_FINITE), _FINITE) - (whole[t] - _ROUND) * _LOG2
        out[t] = exponential_series(r)
    for t in range(n):
        bits[t] += exponent[t] << 52


@in_place
def factorise(W, diagonal, beside, pivot, inverse, ratio):
    """LDL' of the tridiagonal A = diag(W) + Q: pivots, one over them, what lies left of the unit diagonal.

    A pivot is the ratio of two leading minors, which follow each other without a division; the minors begin anew every
    eight periods, before they leave the range of numbers.
    """
    n = W.size
    minor, before = 1.0, 1.0
    for first in range(0, n, 8):
        minor, before = minor / before, 1.0
        for t in range(first, min(first + 8, n)):
            minor, before = (W[t] + diagonal[t]) * minor - beside[t] * beside[t] * before, minor
            pivot[t], inverse[t] = minor, before  # for now: the minor and the one before it
    for t in range(n):
        minor, before = pivot[t], inverse[t]
        pivot[t], inverse[t] = minor / before, before / minor
    ratio[0] = 0.0
    for t in range(n - 1):
        ratio[t + 1] = beside[t + 1] * inverse[t]


@in_place
def solve(inverse, ratio, s):
    """Overwrite s with A^{-1} s."""
    n = s.size
    last = 0.0
    for t in range(n):
        last = s[t] - ratio[t] * last
        s[t] = last * inverse[t]
    r, last = 0.0, 0.0
    for t in range(n - 1, -1, -1):
        last = s[t] - r * last
        s[t], r = last, ratio[t]


@in_place
def solve_rows(inverse, ratio, given, solved):
    """Each row of ``solved`` is A^{-1} times that row of ``given``."""
    rows, n = solved.shape
    for j in range(0, rows, 4):
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        for t in range(n):
            r, i = ratio[t], inverse[t]
            a, b = given[j, t] - r * a, given[j + 1, t] - r * b
            c, d = given[j + 2, t] - r * c, given[j + 3, t] - r * d
            solved[j, t], solved[j + 1, t], solved[j + 2, t], solved[j + 3, t] = a * i, b * i, c * i, d * i
        a, b, c, d, r = 0.0, 0.0, 0.0, 0.0, 0.0
        for t in range(n - 1, -1, -1):
            a, b, c, d = (
                solved[j, t] - r * a,
                solved[j + 1, t] - r * b,
                solved[j + 2, t] - r * c,
                solved[j + 3, t] - r * d,
            )
            solved[j, t], solved[j + 1, t], solved[j + 2, t], solved[j + 3, t], r = a, b, c, d, ratio[t]


@in_place
def products(x, rows, many, out):
    """Fill ``out[:many]`` with the sums over time of x times each row; up to three more entries are overwritten."""
    for j in range(0, many, 4):
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        for t in range(x.size):
            a += x[t] * rows[j, t]
            b += x[t] * rows[j + 1, t]
            c += x[t] * rows[j + 2, t]
            d += x[t] * rows[j + 3, t]
        out[j], out[j + 1], out[j + 2], out[j + 3] = a, b, c, d


@in_place
def add_rows(factors, rows, many, out):
    """Add to ``out`` the first rows, each times its factor; factors from ``many`` on are overwritten by 0."""
    for j in range(many, whole_blocks(many)):
        factors[j] = 0.0
    for j in range(0, many, 4):
        a, b, c, d = factors[j], factors[j + 1], factors[j + 2], factors[j + 3]
        for t in range(out.size):
            out[t] += a * rows[j, t] + b * rows[j + 1, t] + c * rows[j + 2, t] + d * rows[j + 3, t]


@in_place
def sum_of_logs(x):
    """Sum of the logarithms of positive numbers between 1e-38 and 1e38, one logarithm for eight of them."""
    n = x.size
    eighth = n // 8
    total = 0.0
    for t in range(eighth):
        a = x[t] * x[t + eighth] * x[t + 2 * eighth] * x[t + 3 * eighth]
        total += math.log(a * (x[t + 4 * eighth] * x[t + 5 * eighth] * x[t + 6 * eighth] * x[t + 7 * eighth]))
    product = 1.0
    for t in range(8 * eighth, n):
        product *= x[t]
    return total + math.log(product)


@in_place
def cholesky(M, p, root):
    """Lower triangle of the leading p rows of a symmetric positive definite M -> its factor.  False where it is not.

    ``root`` is filled with one over the diagonal of the factor.
    """
    for j in range(p):
        d = M[j, j]
        for k in range(j):
            d -= M[j, k] * M[j, k]
        if not d > 0.0:
            return False
        d = math.sqrt(d)
        inverse = 1.0 / d
        M[j, j], root[j] = d, inverse
        for i in range(j + 1, p):
            a = M[i, j]
            for k in range(j):
                a -= M[i, k] * M[j, k]
            M[i, j] = a * inverse
    return True


@in_place
def solve_cholesky(L, root, b, p):
    """Overwrite the first p entries of b with the solution x of L L' x = b."""
    for j in range(p):
        b[j] *= root[j]
        for i in range(j + 1, p):
            b[i] -= L[i, j] * b[j]
    for j in range(p - 1, -1, -1):
        b[j] *= root[j]
        for i in range(j):
            b[i] -= L[j, i] * b[j]
