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
_HALF_ROOT, _NORMAL_TOP = math.sqrt(0.5), 1.0 / math.sqrt(2.0 * math.pi)
_CLOSE = 1e-6  # of a quantile, in sd, one Newton step before the last: what is left is its square
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
def gamma_law(k, log_gamma, log_x):
    """P(G <= x) for G ~ Gamma(k, 1), and the density of log G, at log x; ``log_gamma`` is log Gamma(k).

    Series below the mean, continued fraction above it.
    """
    x = math.exp(log_x)
    front = math.exp(k * log_x - x - log_gamma)
    if x < k + 1.0:
        term = 1.0 / k
        total = term
        a = k
        while term > 1e-11 * total:
            a += 1.0
            term *= x / a
            total += term
        return min(front * total, 1.0), front
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
    return max(1.0 - front * h, 0.0), front


@compiled
def component_law(x, location, scale, shape, sign, log_gamma):
    """Distribution function of one component at x, and its slope."""
    z = sign * (x - location) / scale
    if shape > _EXACT_BELOW:  # Wilson and Hilferty 1931
        root = math.exp(min(z, 500.0) / 3.0)
        q = 3.0 * math.sqrt(shape) * (root - 1.0 + 1.0 / (9.0 * shape))
        below = 0.5 * math.erfc(-q * _HALF_ROOT)
        slope = math.sqrt(shape) * root * math.exp(-0.5 * q * q) * _NORMAL_TOP
    elif z > 700.0:
        below, slope = 1.0, 0.0
    else:
        below, slope = gamma_law(shape, log_gamma, math.log(shape) + z)
    return (below if sign > 0.0 else 1.0 - below), slope / scale


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
def log_gammas(parts):
    """Log Gamma of each shape that needs it."""
    out = np.zeros(parts.shape[0])
    for i in range(out.size):
        if parts[i, 2] <= _EXACT_BELOW:
            out[i] = math.lgamma(parts[i, 2])
    return out


@compiled
def mixture_law(x, weight, parts, log_gamma):
    """Distribution function and density of the mixture at x (a number)."""
    below, slope = 0.0, 0.0
    for i in range(weight.size):
        if weight[i] > 1e-9:
            one, its = component_law(x, parts[i, 0], parts[i, 1], parts[i, 2], parts[i, 3], log_gamma[i])
            below += weight[i] * one
            slope += weight[i] * its
    return below, slope


@compiled
def mixture_centre(weight, parts):
    """Roughly the mean and the standard deviation of the mixture."""
    centre, square = 0.0, 0.0
    for i in range(weight.size):
        sd = parts[i, 1] / math.sqrt(parts[i, 2])
        centre += weight[i] * parts[i, 0]
        square += weight[i] * (parts[i, 0] * parts[i, 0] + sd * sd)
    return centre, math.sqrt(max(square - centre * centre, 1e-300))


@compiled
def normal_quantile(q):
    """To about 5e-4 (Abramowitz and Stegun 1964, 26.2.23)."""
    t = math.sqrt(-2.0 * math.log(min(q, 1.0 - q)))
    top, bottom = 2.515517 + t * (0.802853 + t * 0.010328), 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    return top / bottom - t if q < 0.5 else t - top / bottom


@compiled
def mixture_quantile(q, weight, parts, log_gamma, centre, sd):
    """Inverse of the distribution function at 0 < q < 1: Newton steps from a normal law, kept inside a bracket."""
    lower, upper = -np.inf, np.inf
    x = centre + sd * normal_quantile(q)
    for _ in range(200):
        below, slope = mixture_law(x, weight, parts, log_gamma)
        if below > q:
            upper = x
        else:
            lower = x
        new = x - min(max((below - q) / max(slope, 1e-300), -2.0 * sd), 2.0 * sd)
        if abs(new - x) < _CLOSE * sd:
            return new
        if not lower < new < upper:
            new = 0.5 * (lower + upper)
        x = new
    return x


@compiled
def mixture_quantiles(qs, weight, parts):
    """Quantiles of the mixture at each of ``qs``."""
    out = np.empty(qs.size)
    log_gamma = log_gammas(parts)
    centre, sd = mixture_centre(weight, parts)
    for i in range(qs.size):
        out[i] = mixture_quantile(qs[i], weight, parts, log_gamma, centre, sd)
    return out


@compiled
def mixture_laws(xs, weight, parts):
    """Distribution function and density of the mixture at each of ``xs``, shape (2, len(xs))."""
    out = np.empty((2, xs.size))
    log_gamma = log_gammas(parts)
    for i in range(xs.size):
        out[0, i], out[1, i] = mixture_law(xs[i], weight, parts, log_gamma)
    return out
