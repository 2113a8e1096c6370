r"""The numbers layer of the latent model: arrays in, arrays out, compiled.

The model of one series (:math:`t = 0 … n-1`; a masked period has no count but keeps its place in time)::

    y_t | b, u  ~  Poisson( exp(eta_t) ),   eta_t = offset_t + x_t'b + u_t
    u           ~  stationary Gaussian AR(1):  sd(u_t) = sigma,  cor(u_t, u_{t-1}) = rho
    b_j         ~  Normal(m_j, 1 / s_j);  s_j = 0 means a flat prior

Given (rho, sigma) the precision of ``u`` is the tridiagonal matrix ``Q``; with ``W = diag(mu)``, ``mu_t = exp(eta_t)`` (0
where masked) the Hessian of the negative log posterior in (u, b) is ``[[A, WX], [X'W, X'WX + S]]``, ``A = W + Q``.
Everything below is one LDL' factorisation of ``A`` and sweeps along time, O(n p) for a Newton step:

========  ====================================================================================================
``D``     ``A^{-1} Q X`` (n, p).  It equals ``X - A^{-1} W X``, but is formed without subtracting nearly equal
          numbers, so it stays accurate for counts of 10^9.  ``Cov(eta, b) = D C``.
``M``     ``X' W D + S``, the precision of b with u integrated out (``X'V^{-1}X`` in GLS terms)
``C``     ``M^{-1}``
``G``     ``A^{-1}``, of which only the diagonal and the ratio of neighbours are ever needed
``V_t``   ``Var(eta_t) = G_tt + d_t' C d_t``
========  ====================================================================================================

Corrections beyond the Laplace approximation use the derivatives of the Poisson log-likelihood on the scale of eta, all of
which beyond the first are ``-mu_t``.  With ``c_t = Cov(a'b, eta_t)`` for a linear combination ``a``:

* mean minus mode: ``1/2 sum_t (-mu_t) c_t V_t``
* third cumulant: ``sum_t (-mu_t) c_t^3``

(Tierney, Kass and Kadane 1989, JASA 84:710; Rue, Martino and Chopin 2009, JRSS B 71:319, section 3.2.3.)
"""

from __future__ import annotations

