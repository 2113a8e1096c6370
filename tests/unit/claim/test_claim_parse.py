"""From wording to a typed claim, and "cannot parse" where it could mean two things."""

from __future__ import annotations

import math

import pytest

from evalkit.claim import Claim, claim_from_ratio, claim_from_row, parse_claim
from evalkit.errors import ClaimError
from evalkit.registers import ClaimRow, published
from evalkit.vocab import StatisticType


def _said(claim: Claim) -> tuple[str, float | None, float, float]:
    assert claim.bounds is not None
    return claim.statistic.value, claim.value, claim.bounds.lower, claim.bounds.upper


@pytest.mark.parametrize(
    ("text", "statistic", "value", "lower", "upper"),
    [
        ("threefold", "ratio", 3, 2.5, 3.5),
        ("a three-fold increase", "ratio", 3, 2.5, 3.5),
        ("3x", "ratio", 3, 2.5, 3.5),
        ("three times as many", "ratio", 3, 2.5, 3.5),
        ("3.5 times as many", "ratio", 3.5, 3.45, 3.55),
        ("North West campaign is credited with tripling the number", "ratio", 3, 2.5, 3.5),
        ("Calls trebled", "ratio", 3, 2.5, 3.5),
        ("Suffolk nearly tripled.", "ratio", 3, 2.5, 3),
        ("Numbers more than doubled in 2021.", "ratio", 2, 2, math.inf),
        ("STV says nearly twice the year before.", "ratio", 2, 1.5, 2),
        ("halved", "ratio", 0.5, 0.45, 0.55),
        ("69 % more than in 2016", "percent_change", 69, 68.5, 69.5),
        ("Kent grew 46 per cent", "percent_change", 46, 45.5, 46.5),
        ("Cumbria rose by over 150 per cent", "percent_change", 150, 150, math.inf),
        ("up nearly 150 percent", "percent_change", 150, 135, 150),
        ("Shropshire fell 24 per cent", "percent_change", -24, -24.5, -23.5),
        ("a fall of more than 24 %", "percent_change", -24, -100, -24),
        ("24 % fewer calls", "percent_change", -24, -24.5, -23.5),
        ("further down on the page, up 20 per cent", "percent_change", 20, 19.5, 20.5),
        ("down 20 % after years of increase", "percent_change", -20, -20.5, -19.5),
        ("-11 %", "percent_change", -11, -11.5, -10.5),
        ("up from 1,747 to 3,549", "ratio", 3549 / 1747, 3549 / 1747, 3549 / 1747),
        ("up from 163 people to 477", "ratio", 477 / 163, 477 / 163, 477 / 163),
        ("one in four", "share", 25, 100 / 4.5, 100 / 3.5),
        ("82 per cent of those warned", "share", 82, 81.5, 82.5),
        ("More than 300 people", "count", 300, 300, math.inf),
        ("Over 1,900 Greater Manchester people used it", "count", 1900, 1900, math.inf),
        ("about 275,000 people", "count", 275000, 261250, 288750),
        ("383 people called", "count", 383, 383, 383),
    ],
)
def test_common_wordings(text: str, statistic: str, value: float, lower: float, upper: float) -> None:
    found = _said(parse_claim(text))
    assert found[0] == statistic
    assert found[1:] == pytest.approx((value, lower, upper))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "a marked rise",
        "three times more",
        "2 times higher",
        "up 30 % and 20 %",
        "from 0 to 12",
        "one in zero",
        "the 10 % tax",
    ],
)
def test_what_could_be_read_in_two_ways_or_not_at_all_is_refused(text: str) -> None:
    with pytest.raises(ClaimError, match="Cannot parse"):
        parse_claim(text)


@pytest.mark.parametrize(("text", "fold"), [("+200 %", "3-fold, not 2-fold"), ("300 % more", "4-fold, not 3-fold")])
def test_the_classic_confusion_is_flagged(text: str, fold: str) -> None:
    claim = parse_claim(text)
    assert fold in claim.note
    assert claim.stated_ratio == int(fold[0])


def test_other_percentages_are_not_flagged() -> None:
    assert parse_claim("up 100 %").note == ""
    assert parse_claim("up 250 %").note == ""


def test_paraphrases_of_the_register_give_their_own_figure_or_are_refused() -> None:
    read = 0
    for row in published("claims"):
        if row.statistic_type not in (StatisticType.PERCENT_CHANGE, StatisticType.RATIO):
            continue
        try:
            claim = parse_claim(row.text)
        except ClaimError:
            continue
        read += 1
        stated = claim_from_row(row).stated_ratio
        assert claim.stated_ratio == pytest.approx(stated), row.text
    assert read >= 60


def test_a_bare_ratio_is_a_claim() -> None:
    assert claim_from_ratio(3) == claim_from_ratio(3.0)
    assert _said(claim_from_ratio(3))[2:] == (2.5, 3.5)


@pytest.mark.parametrize("ratio", [-1, math.nan, math.inf])
def test_an_impossible_ratio_is_refused(ratio: float) -> None:
    with pytest.raises(ClaimError, match="cannot be"):
        claim_from_ratio(ratio)


def test_an_impossible_row_is_refused() -> None:
    row = ClaimRow(claim_id="A", region="R", statistic_type=StatisticType.PERCENT_CHANGE, value=-150)
    with pytest.raises(ClaimError, match="Claim A asserts a change of -150 %"):
        claim_from_row(row)


def test_a_percentage_becomes_a_ratio() -> None:
    claim = parse_claim("69 %")
    assert claim.asserts_change
    assert claim.stated_ratio == pytest.approx(1.69)
    assert claim.ratio is not None
    assert (claim.ratio.lower, claim.ratio.upper) == pytest.approx((1.685, 1.695))
    assert parse_claim("300 people").ratio is None
