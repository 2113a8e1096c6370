"""Golden sentences: words follow sign, interval and absence, and no other word slips in."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from evalkit import vocab
from evalkit.claim.decision import THRESHOLDS
from evalkit.effect import NotEstimable, Window
from evalkit.report import RegionSummary, captions, summary_wording, tables, wording
from evalkit.report.reading import how_to_read_path
from evalkit.report.wording import Finding, finding_of, finding_sentence

NONE = NotEstimable("8 months before launch; needs at least 12", "Wait for more data")
P = "\u00a0%"

GOLDEN = {
    "higher": (
        ((1.62, 1.21, 2.14), (343.2, 112.4, 561.0)),
        Finding.HIGHER,
        (
            "In the 20 months from launch, contacts by helpline were 1.6 times those expected without the campaign "
            f"(95{P} interval 1.2 to 2.1), about 340 more contacts (110 to 560). Contacts are not people."
        ),
    ),
    "lower": (
        ((0.894, 0.865, 0.925), (-123.0, -160.0, -85.0)),
        Finding.LOWER,
        (
            "In the 20 months from launch, contacts by helpline were 0.89 times those expected without the campaign "
            f"(95{P} interval 0.86 to 0.93), about 123 fewer contacts (85 to 160). Contacts are not people."
        ),
    ),
    "no clear change": (
        ((1.05, 0.93, 1.19), (40.0, -60.0, 150.0)),
        Finding.NO_CLEAR_CHANGE,
        (
            "In the 20 months from launch, contacts by helpline were 1.05 times those expected without the campaign "
            f"(95{P} interval 0.93 to 1.19): the data are compatible with no change and with anything from 7{P} "
            f"fewer to "
            f"19{P} more."
        ),
    ),
    "cannot tell": (
        ((1.3, 0.7, 2.4), (200.0, -300.0, 900.0)),
        Finding.UNCLEAR,
        (
            "In the 20 months from launch, contacts by helpline were 1.30 times those expected without the campaign "
            f"(95{P} interval 0.70 to 2.40): the data are compatible with no change and with anything from 30{P} fewer "
            "to 2.4 "
            "times as many. The data are too few to tell a large change from none."
        ),
    ),
    "end at one": (
        ((1.2, 1.0, 1.44), (60.0, 0.0, 130.0)),
        Finding.NO_CLEAR_CHANGE,
        (
            "In the 20 months from launch, contacts by helpline were 1.20 times those expected without the campaign "
            f"(95{P} interval 1.00 to 1.44): the data are compatible with no change and with anything up to 44{P} more."
        ),
    ),
    "just above one": (
        ((1.45, 1.004, 1.9), (90.0, 1.2, 200.0)),
        Finding.HIGHER,
        (
            "In the 20 months from launch, contacts by helpline were 1.450 times those expected without the campaign "
            f"(95{P} interval 1.004 to 1.900), about 90 more contacts (1 to 200). Contacts are not people."
        ),
    ),
}
PLACEBO = {
    "higher": "No campaign ran here. In the 20 months from May 2019, contacts by helpline were 1.6 times what the "
    f"earlier trend and season lead to expect (95{P} interval 1.2 to 2.1), about 340 more contacts (110 to 560). "
    "Something other than a campaign moved contacts, or the method sees a change where there was none; campaign "
    "regions are to be read with that in mind.",
    "no clear change": "No campaign ran here. In the 20 months from May 2019, contacts by helpline were 1.05 times "
    f"those expected (95{P} interval 0.93 to 1.19): the data are compatible with no change and with anything from "
    f"7{P} fewer to 19{P} more. That is what a region without a campaign should show.",
}


@pytest.mark.parametrize("case", GOLDEN)
def test_the_sentence_follows_the_interval(case, make_effect):
    numbers, finding, sentence = GOLDEN[case]
    effect = make_effect(*numbers)
    assert finding_of(effect) is finding
    assert finding_sentence(effect) == sentence


@pytest.mark.parametrize("case", PLACEBO)
def test_a_comparison_region_is_never_said_to_have_had_a_campaign(case, make_effect):
    sentence = finding_sentence(make_effect(*GOLDEN[case][0]), placebo=True)
    assert sentence == PLACEBO[case]
    assert "without the campaign" not in sentence
    assert "launch" not in sentence


def test_what_cannot_be_estimated_is_said_with_its_reason_and_remedy(make_effect):
    effect = make_effect(NONE)
    assert finding_of(effect) is Finding.NOT_ESTIMABLE
    assert finding_sentence(effect) == (
        "The data cannot say what the campaign changed in contacts by helpline: 8 months before launch; needs at "
        "least 12. Wait for more data."
    )
    assert finding_sentence(effect, placebo=True) == (
        "No campaign ran here. The data cannot say whether contacts by helpline changed: 8 months before launch; "
        "needs at least 12. Wait for more data."
    )


def test_missing_periods_in_the_window_are_named(make_effect):
    sentence = finding_sentence(make_effect((1.62, 1.21, 2.14), gaps=2))
    assert sentence.startswith("In the 18 months with counts among the 20 from launch, ")


def test_one_period_is_singular():
    month = pd.Period("2019-05", "M")
    assert wording.window_phrase(Window(start=month, end=month, periods=1), month) == "In the month from launch"


def _beginning_late(effect, months: int):
    """The effect with a window that begins so many months after launch."""
    whole = effect.rate_ratio.window
    window = replace(whole, start=whole.start + months, periods=whole.periods - months)
    ratio = replace(effect.rate_ratio, window=window)
    return replace(effect, window=window, rate_ratio=ratio, n_post=window.periods)


def test_a_window_that_begins_after_the_launch_is_not_said_to_begin_with_it(make_effect):
    effect = _beginning_late(make_effect((1.62, 1.21, 2.14)), 3)
    assert finding_sentence(effect).startswith(
        "In the 17 months from August 2019 (the first three months from launch are left out), contacts by helpline "
    )
    assert finding_sentence(effect, placebo=True).startswith(
        "No campaign ran here. In the 17 months from August 2019 (the first three months from the placebo date are "
        "left out), "
    )
    assert wording.period_line(effect) == (
        "January 2017 to December 2020: 28 months before launch, 17 from August 2019 on (the first three months from "
        "launch are left out)"
    )
    assert "the first counted period" in captions.effect_caption(effect, "contacts")
    one = _beginning_late(make_effect((1.05, 0.93, 1.19)), 1)
    assert "In the 19 months from June 2019 (the first month from launch is left out), " in finding_sentence(one)


def test_people_are_not_said_not_to_be_people(make_effect):
    sentence = finding_sentence(make_effect((1.62, 1.21, 2.14)), unit="people")
    assert "are not people" not in sentence
    assert "more people (110 to 560)" in sentence


def test_no_sentence_uses_a_word_that_is_not_used_here(make_effect):
    said = [
        finding_sentence(make_effect(*numbers), placebo=placebo)
        for numbers, *_ in GOLDEN.values()
        for placebo in (0, 1)
    ]
    fixed = [
        *wording.assumptions(),
        *wording.assumptions(compared=True),
        *wording.limitations(),
        *summary_wording.limitations(compared=False),
        *summary_wording.limitations(compared=True),
        *map(wording.verdict_meaning, vocab.VerdictKind),
        how_to_read_path("latent"),
        wording.how_to_read_ratio(),
    ]
    banned = re.compile(r"signific|p-value|p =|prove|\brose\b|\*\*|offenders", re.IGNORECASE)
    assert not [text for text in (*said, *fixed) if banned.search(text)]


def test_the_dashed_line_is_said_to_come_from_where_it_does():
    own = how_to_read_path("latent")
    assert "season of the time before launch, carried on." in own
    beside = how_to_read_path("synthetic")
    assert "weighted average of comparison regions" in beside
    assert "season" not in beside
    assert "comparison regions moved" in how_to_read_path("controlled")


def test_the_summary_counts_regions_and_adds_no_contacts():
    findings = [Finding.HIGHER] * 3 + [Finding.LOWER] + [Finding.NO_CLEAR_CHANGE] * 12 + [Finding.NOT_ESTIMABLE]
    assert summary_wording.summary_headline("helpline", "contacts", findings) == (
        "Contacts by helpline: of 17 regions with a campaign, three show more contacts than expected without the "
        "campaign, one shows fewer contacts than expected without it and 12 show no clear change; in one the data "
        "cannot say."
    )


def test_the_summary_says_what_chance_would_give_where_no_campaign_ran():
    findings = [Finding.HIGHER, *[Finding.UNCLEAR] * 39]
    assert summary_wording.placebo_headline("website", "contacts", findings, 0.95) == (
        "Contacts through the website: of 40 comparison regions in which no campaign ran, one shows a change all "
        "the same; about two would be expected by chance."
    )


def test_verdicts_are_counted_in_the_order_of_the_vocabulary():
    kinds = [vocab.VerdictKind.INCONCLUSIVE, vocab.VerdictKind.SUPPORTED, vocab.VerdictKind.INCONCLUSIVE]
    assert (
        summary_wording.verdicts_headline(kinds)
        == "Of 3 published claims checked, one is supported and two are inconclusive."
    )


def test_captions_say_which_interval_is_shown(make_effect):
    effect = make_effect((1.62, 1.21, 2.14))
    assert "includes the chance variation of counts" in captions.path_caption(effect, "contacts")
    assert "do not include the chance variation" in captions.effect_caption(effect, "contacts")
    assert "do not include the chance variation" in captions.forest_caption(0.95)


def test_captions_of_a_forecast_say_that_its_intervals_hold_the_noise_of_the_counts(make_effect):
    forecast = replace(make_effect((1.62, 1.21, 2.14)), numerator="observed")
    for caption in (captions.effect_caption(forecast, "contacts"), captions.forest_caption(0.95, ["observed"])):
        assert "they include the chance variation of the counts" in caption
        assert "do not include" not in caption
    mixed = captions.forest_caption(0.95, ["expected", "observed"])
    assert "those of a forecast or a synthetic control include the chance variation" in mixed


def test_the_estimates_table_says_it_of_both_methods(make_report, make_effect):
    report = make_report(replace(make_effect((1.62, 1.21, 2.14)), numerator="observed"))
    assert (
        "they include the chance variation of the counts" in tables.estimates_table(report.results, "contacts").caption
    )
    plain = replace(report.results[0].effect.second_opinion, numerator="expected")
    result = replace(report.results[0], effect=replace(report.results[0].effect, second_opinion=plain))
    assert "those of a forecast or a synthetic control include" in tables.estimates_table([result], "contacts").caption


def test_the_numerator_survives_the_results_of_a_region(make_report, make_effect):
    report = make_report(replace(make_effect((1.62, 1.21, 2.14)), numerator="observed"))
    assert RegionSummary.from_dict(report.to_dict()).results[0].numerator == "observed"


def test_the_meaning_of_supported_holds_in_every_supported_case():
    """A supported figure may differ from the estimate, and a claim may be of a fall or of no change."""
    meaning = wording.verdict_meaning(vocab.VerdictKind.SUPPORTED)
    assert "figure is right" not in meaning
    assert "larger than" not in meaning
    assert meaning.startswith("Net of trend and season")
    assert f"{100 * THRESHOLDS.likely:.0f}{P}" in meaning


@pytest.mark.parametrize("case", GOLDEN)
def test_tile_and_sentence_show_the_same_ratio(case, make_effect):
    effect = make_effect(*GOLDEN[case][0])
    value, _, note = wording.tile_ratio(effect)
    sentence = finding_sentence(effect)
    assert f" {value} times " in sentence
    assert note in sentence


def test_a_placebo_date_is_not_called_a_launch(make_effect):
    effect = make_effect((1.05, 0.93, 1.19))
    assert wording.period_line(effect) == ("January 2017 to December 2020: 28 months before launch, 20 from launch on")
    assert "launch" not in wording.period_line(effect, placebo=True)
