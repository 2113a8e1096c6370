"""A check whose own model cannot be fitted is not run, with the reason, and takes no other check with it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit import estimate_effect, run_checks
from evalkit.check.base import CheckResult, Question
from evalkit.effect import Estimate
from evalkit.errors import CannotEstimate
from evalkit.vocab import Outcome


class Unfittable:
    """Stands for an effect and its context, of which any model that a check fits says that the data cannot tell."""

    def __getattr__(self, name: str) -> object:
        raise CannotEstimate("the data cannot say", "Wait for more data")


def test_a_helpline_with_a_contact_in_most_months_has_its_other_checks() -> None:
    counts = np.random.default_rng(1).poisson(0.6, 56).astype(float)
    series = pd.Series(counts, pd.period_range("2018-01", periods=56, freq="M"))
    effect = estimate_effect(series, "2021-09", second_opinion=False)
    assert isinstance(effect.rate_ratio, Estimate)
    found = {check.name: check for check in run_checks(effect)}
    assert found["drift"].outcome is Outcome.NOT_RUN
    assert "independent ones" in found["drift"].statement
    assert "quarters in place of months" in found["drift"].meaning
    assert "days" not in found["drift"].meaning
    assert found["sparse data"].outcome is Outcome.FAILED
    assert found["overdispersion"].outcome is not Outcome.NOT_RUN


def test_every_check_gives_the_reason_where_its_model_cannot_be_fitted() -> None:
    found = run_checks(Unfittable(), context=Unfittable(), full=True)  # type: ignore[arg-type]
    assert len({check.name for check in found}) == 22
    for check in found:
        assert check.outcome is Outcome.NOT_RUN, check
        assert check.statement == "Not run: in a model that this check fits, the data cannot say."
        assert check.meaning == "Wait for more data."


def test_any_other_exception_is_a_fault_and_goes_on() -> None:
    @Question("stub", "Is it?").or_not_run
    def stub() -> CheckResult:
        raise ValueError("a fault")

    with pytest.raises(ValueError, match="a fault"):
        stub()
