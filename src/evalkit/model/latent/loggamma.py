r"""Marginals as mixtures of shifted log-gamma distributions, compiled.

A component is the law of ``location + sign * scale * log(G / k)``, ``G ~ Gamma(k, 1)``.  It has the two properties that
the marginal of a Poisson log rate needs: it is *exact* when the posterior is that of a single Poisson rate (k events:
scale 1), and it runs through every skewness in (-2, 2) to the normal as k grows.

From the Laplace approximation at one grid point, with variance v, third cumulant kappa and mean shift d of the
coefficient (:func:`evalkit.model.latent.kernel.moments`)::

    k = v^3 / kappa^2          scale^2 = v k r         mean = mode + d + [what is beyond first order in the log-gamma]

Of the shift d, ``kappa / (2 v)`` is the coefficient's own skewness, which the log-gamma carries itself; the rest moves
the location.  ``r = (1 + extra / v) / (1 + 1 / (2k))`` where the second-order variance ``extra`` is known (a pure
Poisson rate has ``extra = v / (2k)``, hence r = 1), and 1 elsewhere.  This is the simplified Laplace approximation of
Rue, Martino and Chopin (2009, section 3.2.3) with the log-gamma in place of the skew normal.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

import math

import numpy as np

from evalkit.model.latent.compiled import compiled

LARGEST_SHIFT = 3.0  # of the mean from the mode, in sd: beyond it the first-order term means nothing
SHAPE_MIN, SHAPE_MAX = 0.25, 1e4  # skewness from 2 down to 0.01, below which the law is normal to four digits
_EXACT_BELOW = 150.0  # above it the cube-root normal approximation of the gamma law is off by less than 4e-5


@compiled
def digamma(x):
    """Derivative of log Gamma, x > 0: recurrence up to 6, then the asymptotic series (error below 1e-9)."""
    value = 0.0
    while x < 6.0:
        value -= 1.0 / x
        x += 1.0
    y = 1.0 / (x * x)
    return value + math.log(x) - 0.5 / x - y * (1.0 / 12.0 - y * (1.0 / 120.0 - y * (1.0 / 252.0 - y / 240.0)))


@compiled
def gamma_cdf(k, x):
    """P(G <= x) for G ~ Gamma(k, 1): series below the mean, continued fraction above it."""
    if not x > 0.0:
        return 0.0
    front = math.exp(k * math.log(x) - x - math.lgamma(k))
    if x < k + 1.0:
        term = 1.0 / k
        total = term
        a = k
        while term > 1e-11 * total:
            a += 1.0
            term *= x / a
            total += term
        return min(front * total, 1.0)
    b = x + 1.0 - k
    c = 1e300
    d = 1.0 / b
    h = d
    for i in range(1, 500):
        a = -i * (i - k)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        h *= d * c
        if abs(d * c - 1.0) < 1e-11:
            break
    return max(1.0 - front * h, 0.0)


@compiled
def component_cdf(x, location, scale, shape, sign):
    """Distribution function of one component at x."""
    z = sign * (x - location) / scale
    if shape > _EXACT_BELOW:  # Wilson and Hilferty 1931
        q = 3.0 * math.sqrt(shape) * (math.expm1(min(z, 500.0) / 3.0) + 1.0 / (9.0 * shape))
        below = 0.5 * math.erfc(-q / math.sqrt(2.0))
    elif z > 700.0:
        below = 1.0
    else:
        below = gamma_cdf(shape, shape * math.exp(z))
    return below if sign > 0.0 else 1.0 - below


@compiled
def component_pdf(x, location, scale, shape, sign):
    """Density of one component at x."""
    z = sign * (x - location) / scale
    if z > 700.0:
        return 0.0
    if shape > _EXACT_BELOW:
        log_top = 0.5 * math.log(shape / (2.0 * math.pi)) - 1.0 / (12.0 * shape)
    else:
        log_top = shape * math.log(shape) - shape - math.lgamma(shape)
    return math.exp(log_top - shape * (math.expm1(z) - z)) / scale


@compiled
def components(mode, shift, variance, third, extra):
    """Location, scale, shape and sign of the component at each grid point, from the moments there: shape (g, 4)."""
    out = np.empty((mode.size, 4))
    for i in range(mode.size):
        v = variance[i]
        skewness = third[i] / v**1.5
        shape = min(max(1.0 / max(skewness * skewness, 1e-12), SHAPE_MIN), SHAPE_MAX)
        sign = 1.0 if skewness <= 0.0 else -1.0
        ratio = min(max((1.0 + extra[i] / v) / (1.0 + 0.5 / shape), 0.5), 3.0) if extra[i] != 0.0 else 1.0
        own = math.sqrt(v * shape)
        scale = own * math.sqrt(ratio)
        centre = digamma(shape) - math.log(shape)
        moved = min(max(shift[i], -LARGEST_SHIFT * math.sqrt(v)), LARGEST_SHIFT * math.sqrt(v))
        out[i, 0] = mode[i] + moved + sign * 0.5 * own / shape + sign * (own - scale) * centre
        out[i, 1], out[i, 2], out[i, 3] = scale, shape, sign
    return out


@compiled
def mixture_cdf(x, weight, parts):
    """Distribution function of the mixture at x (a number)."""
    total = 0.0
    for i in range(weight.size):
        if weight[i] > 1e-9:
            total += weight[i] * component_cdf(x, parts[i, 0], parts[i, 1], parts[i, 2], parts[i, 3])
    return total


@compiled
def mixture_pdf(x, weight, parts):
    """Density of the mixture at x (a number)."""
    total = 0.0
    for i in range(weight.size):
        if weight[i] > 1e-9:
            total += weight[i] * component_pdf(x, parts[i, 0], parts[i, 1], parts[i, 2], parts[i, 3])
    return total


@compiled
def mixture_quantile(q, weight, parts):
    """Inverse of :func:`mixture_cdf` at 0 < q < 1: Newton steps kept inside a shrinking bracket."""
    centre = 0.0
    square = 0.0
    for i in range(weight.size):
        sd = parts[i, 1] / math.sqrt(parts[i, 2])
        centre += weight[i] * parts[i, 0]
        square += weight[i] * (parts[i, 0] * parts[i, 0] + sd * sd)
    sd = math.sqrt(max(square - centre * centre, 1e-300))
    lower, upper = centre - 8.0 * sd, centre + 8.0 * sd
    while mixture_cdf(lower, weight, parts) > q:
        lower -= 2.0 * (upper - lower)
    while mixture_cdf(upper, weight, parts) < q:
        upper += 2.0 * (upper - lower)
    x = centre
    for _ in range(100):
        error = mixture_cdf(x, weight, parts) - q
        if error > 0.0:
            upper = x
        else:
            lower = x
        step = error / max(mixture_pdf(x, weight, parts), 1e-300)
        new = x - step
        if not lower < new < upper:
            new = 0.5 * (lower + upper)
        if abs(new - x) < 1e-9 * sd:
            return new
        x = new
    return x


@compiled
def mixture_quantiles(qs, weight, parts):
    """Quantiles of the mixture at each of ``qs``."""
    out = np.empty(qs.size)
    for i in range(qs.size):
        out[i] = mixture_quantile(qs[i], weight, parts)
    return out


@compiled
def mixture_cdfs(xs, weight, parts):
    """Distribution function of the mixture at each of ``xs``."""
    out = np.empty(xs.size)
    for i in range(xs.size):
        out[i] = mixture_cdf(xs[i], weight, parts)
    return out


@compiled
def mixture_pdfs(xs, weight, parts):
    """Density of the mixture at each of ``xs``."""
    out = np.empty(xs.size)
    for i in range(xs.size):
        out[i] = mixture_pdf(xs[i], weight, parts)
    return out
