"""From a report with raw counts to a release: the one gate through which everything that leaves goes.

Whatever is a number of contacts is published as the plan has it; whatever is made of such numbers (a mean, the least, a
before/after ratio) is made of the published ones; expectations are rounded as counts are, ratios to three digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.catalogue import in_its_language, text
from evalkit.check import CheckResult
from evalkit.claim.restate import restated
from evalkit.effect import NotEstimable
from evalkit.effect.estimation import disagreement
from evalkit.report.content import Control, VerdictSummary, Withheld
from evalkit.report.disclosure import rounding, words
from evalkit.report.disclosure.plan import DisclosurePlan, plan_disclosure
from evalkit.report.disclosure.primary import groups_of, native_level
from evalkit.report.disclosure.redrawn import path_by_published, path_of_published
from evalkit.report.disclosure.windows import Windows
from evalkit.report.release import ChannelView, RegionRelease, raw_release, raw_view, verdict_view

if TYPE_CHECKING:
    from evalkit.check.quality import Level, QualityStatement
    from evalkit.claim import Verdict
    from evalkit.effect import Effect, Estimate
    from evalkit.evaluation import DisclosureSettings
    from evalkit.report.content import ChannelResult, RegionReport
    from evalkit.report.disclosure.profiles import Profile
    from evalkit.report.disclosure.tables_of import Key

_EXPECTED: Final = ("fitted", "counterfactual", "counterfactual_lower", "counterfactual_upper")
_CHANGE: Final = tuple(name for name in vocab.PATH_COLUMNS if "effect" in name)
_BY_PERIOD: Final = tuple(name for name in _CHANGE if not name.startswith("cumulative"))
SPARSE: Final = "sparse data"
BY_PERIOD: Final = "leave one period out"
SECOND_METHOD: Final = "second method"
_OF_OTHERS: Final = {
    SPARSE: "totals",
    "launch and season": "design",
    "other events": "register",
    "what is counted": "register",
    "placebo in space": "regions",
    "spill-over": "regions",
    "negative control": "channels",
    SECOND_METHOD: "estimates",
    "many effects": "estimates",
}
"""Checks whose figures are not made of the counts of the series one by one, and what they are made of instead."""


@in_its_language
def control(report: RegionReport, plan: DisclosurePlan | None = None) -> RegionRelease:
    """Everything that may leave about one region.

    Parameters
    ----------
    report : RegionReport
        What was found, with raw counts.
    plan : DisclosurePlan, optional
        The plan of the run. Without one a plan is made of this report's own counts, by the settings that the report
        carries or else the default profile; it cannot protect against totals over other regions.

    Returns
    -------
    RegionRelease
        With the profile "internal", the report as it is, marked as not for publication.

    Raises
    ------
    ReportError
        The plan does not know one of the series.
    """
    asked = plan or own_plan(report)
    said = words.rules(asked.profile)
    rules = Control(
        profile=asked.profile.name,
        plan_hash=asked.part_hash(report.region),
        sentences=(*said, *filter(None, (words.held_against(asked),))),
    )
    plain = raw_release(report)
    if asked.profile.off:
        return replace(plain, control=rules)
    results = tuple(control_channel(result, asked, region=report.region) for result in report.results)
    # not the hash of the exact counts: a guess at a small one could be tried on it
    provenance = replace(plain.provenance, data_hash=rules.plan_hash)
    notes = tuple(words.unquoted(note, asked.profile) for note in plain.notes)
    frozen = plain.plan and plain.plan.for_publication()
    return replace(plain, results=results, notes=notes, control=rules, provenance=provenance, plan=frozen)


def own_plan(report: RegionReport, settings: DisclosureSettings | None = None) -> DisclosurePlan:
    """The plan of a report by itself, made of the counts that it holds, by its settings unless given."""
    counts = {(report.region, result.channel): _counts(result) for result in report.results}
    return plan_disclosure(counts, settings or report.disclosure)


def control_channel(result: ChannelResult, plan: DisclosurePlan, *, region: str) -> ChannelView:
    """One channel as it may be seen."""
    effect, profile, key = result.effect, plan.profile, (region, result.channel)
    view, published = raw_view(result), plan.published(*key)
    path, notes = _path(effect, plan, key)
    hidden = plan.level(*key) != native_level(effect.design.periods) or bool(published.isna().any())
    view = replace(
        view,
        path=path,
        shown_by=notes,
        warnings=tuple(words.unquoted(warning, profile) for warning in view.warnings),
        checks=tuple(_check(check, profile, published, hidden=hidden) for check in result.checks),
        quality=view.quality and _quality(view.quality, profile),
    )
    if _small_base(effect, profile):
        return _withheld(view, words.small_base(profile))
    if key in plan.standing and effect.estimable:
        return _withheld(view, text("disclosure.standing"), not_judged=text("disclosure.standing_not_judged"))
    counts = _counts(result)
    used = counts.index.isin(effect.design.periods[effect.design.used])
    windows = Windows(counts, plan, key, used=used)
    if effect.window is not None and effect.estimable and not windows.take(effect.window.start, effect.window.end):
        return _withheld(view, text("disclosure.telling_window"))
    estimates = {name: _estimate(one, profile, windows) for name, one in view.estimates.items()}
    components = {name: _estimate(one, profile, windows) for name, one in view.components.items()}
    return replace(
        _second(view, effect, profile, windows),
        estimates=estimates,
        components=components,
        ratio_density=_density(view, estimates[vocab.RATE_RATIO]),
        probabilities={ratio: round(chance, 2) for ratio, chance in view.probabilities.items()},
        tail=None if view.tail is None else rounding.at_digits(view.tail),
        verdicts=tuple(_verdict(verdict, effect, plan, key, windows) for verdict in result.verdicts),
    )


def _second(view: ChannelView, effect: Effect, profile: Profile, windows: Windows) -> ChannelView:
    """The ratio of the second method under the same guards: its window is one more that a reader may know.

    Where it is withheld, so is what quotes it: the figures of the check that compares the two, and the warning that
    they disagree.
    """
    seen, other = view.second_opinion, effect.second_opinion
    if seen is None or other is None:
        return view
    exact = other.rate_ratio
    if isinstance(exact, NotEstimable):
        return replace(view, second_opinion=replace(seen, rate_ratio=_estimate(exact, profile)))
    if not _small_base(other, profile) and windows.take(exact.window.start, exact.window.end, of=other.design):
        return replace(view, second_opinion=replace(seen, rate_ratio=rounding.estimate(exact, profile)))
    quoted = {words.unquoted(warning, profile) for warning in disagreement(effect, other)}
    no_figures = text("disclosure.no_check_figures")
    return replace(
        view,
        second_opinion=replace(seen, rate_ratio=Withheld(text("disclosure.telling_window"))),
        warnings=tuple(warning for warning in view.warnings if warning not in quoted),
        checks=tuple(
            replace(check, statement=no_figures, figures={})
            if check.name == SECOND_METHOD and check.outcome is not vocab.Outcome.NOT_RUN
            else check
            for check in view.checks
        ),
    )


def _counts(result: ChannelResult) -> pd.Series:
    return _used_counts(result.effect) if result.counts is None else result.counts


def _used_counts(effect: Effect) -> pd.Series:
    return pd.Series(np.asarray(effect.design.observed, dtype=float), index=effect.design.periods)


# --- the path ---------------------------------------------------------------------------------------------------------


def _path(effect: Effect, plan: DisclosurePlan, key: Key) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The path at the published period, rounded, and what is to be said of it."""
    profile, level = plan.profile, plan.level(*key)
    periods = effect.design.periods
    if not level:
        return effect.path.iloc[:0], (text("disclosure.no_series"),)
    native = native_level(periods)
    notes: tuple[str, ...] = () if level == native else (words.moved(native, level, profile),)
    published = plan.published(*key)
    path = (
        _by_own_periods(effect, published, profile)
        if level == native
        else _grouped(effect, published, groups_of(periods, level), profile)
    )
    cells = published.reindex([str(period) for period in path.index])
    gone = cells.index.isin(published.index[published.isna()])
    path["observed"] = cells.to_numpy()
    notes += (words.left_out(int(gone.sum()), level, profile),) if gone.any() else ()
    if gone.any() or level != native:
        drawn = "redrawn" if level == native else "redrawn_spread"
        notes += (text(f"disclosure.{drawn}"),) if path["fitted"].notna().any() else ()
        notes += (text("disclosure.not_redrawn"),) if effect.estimable and path["fitted"].isna().all() else ()
    for name in (*_EXPECTED, *_CHANGE):
        path[name] = [_in_path(name, value, profile) if np.isfinite(value) else np.nan for value in path[name]]
    path.loc[gone, [*_EXPECTED, *_BY_PERIOD]] = np.nan  # a term of its own may have fitted that period exactly
    if effect.numerator == "observed" and effect.estimable:
        path[[*_CHANGE]] = np.nan
        notes += (text("disclosure.no_effect_path"),)
    return path, notes


def _by_own_periods(effect: Effect, published: pd.Series, profile: Profile) -> pd.DataFrame:
    """The path as it is, or where counts are left out that of the published ones."""
    names = effect.design.periods.astype(str)
    if not published.reindex(names)[~np.isnan(effect.design.observed)].isna().any():
        return effect.path.copy()
    return path_of_published(effect, published.reindex(names), profile)


def _in_path(name: str, value: float, profile: Profile) -> float:
    """A value of the path to the base; ends of intervals outward, so that no band claims more than was found."""
    if name.endswith("_lower"):
        return rounding.downward(value, profile)
    return rounding.upward(value, profile) if name.endswith("_upper") else profile.near(value)


def _grouped(effect: Effect, published: pd.Series, groups: pd.PeriodIndex, profile: Profile) -> pd.DataFrame:
    """By longer periods, whole ones only: at the ends of the data a part would look like a fall."""
    path = path_by_published(effect, published, groups, profile)
    whole = pd.period_range(groups[0].start_time, groups[-1].end_time, freq=effect.design.periods.freqstr)
    inside = groups_of(whole[whole.start_time >= groups[0].start_time], groups.freqstr[0])
    full = pd.Series(1, inside).groupby(level=0).sum()
    own = pd.Series(1, groups).groupby(level=0).sum()
    complete = [period for period in path.index if own[period] == full[period]]
    return path.loc[complete]


def _small_base(effect: Effect, profile: Profile) -> bool:
    """Whether what was counted before the launch, or from it on, is itself a number to protect."""
    design = effect.design
    sides = (design.observed[design.used & ~design.post], design.observed[design.used & design.post])
    return any(profile.is_small(round(float(np.nansum(side)))) for side in sides)


def _withheld(view: ChannelView, reason: str, *, not_judged: str = "") -> ChannelView:
    """A channel without any estimate, the reason in the place of each; ``not_judged`` in that of claims and checks."""
    why, said = Withheld(reason), not_judged or text("disclosure.not_judged")
    path = view.path.copy()
    path[[*_EXPECTED, *_CHANGE]] = np.nan
    of_lines = {text(f"disclosure.{key}") for key in ("redrawn", "redrawn_spread", "not_redrawn", "no_effect_path")}
    return replace(
        view,
        path=path,
        shown_by=tuple(note for note in view.shown_by if note not in of_lines),
        estimates=dict.fromkeys(view.estimates, why),
        components={},
        second_opinion=None,
        ratio_density=None,
        probabilities={},
        tail=None,
        warnings=(),
        quality=None,
        checks=tuple(_unsaid(check, said) for check in view.checks),
        verdicts=tuple(_unjudged(verdict, said) for verdict in view.verdicts),
    )


def _unjudged(verdict: VerdictSummary, why: str) -> VerdictSummary:
    """A claim of which nothing can be said, and why."""
    return VerdictSummary(
        kind=vocab.VerdictKind.CANNOT_BE_CHECKED,
        statement=verdict.statement,
        claimed_ratio=verdict.claimed_ratio,
        reasons=(why,),
    )


# --- checks and verdicts ----------------------------------------------------------------------------------------------


def _estimate(
    result: Estimate | NotEstimable, profile: Profile, windows: Windows | None = None
) -> Estimate | NotEstimable:
    """An estimate as precise as it may be; a reason without the counts that it quotes, or for a window that tells."""
    if isinstance(result, NotEstimable):
        said = (words.unquoted(text, profile) for text in (result.reason, result.remedy))
        return replace(result, **dict(zip(("reason", "remedy"), said, strict=True)))
    if windows is not None and not windows.take(result.window.start, result.window.end):
        return Withheld(text("disclosure.telling_window"))
    return rounding.estimate(result, profile)


def _density(view: ChannelView, shown: Estimate | NotEstimable) -> pd.DataFrame | None:
    """The density of the rate ratio, moved so that its interval is the published one: its points would say more."""
    exact = view.rate_ratio
    if view.ratio_density is None or isinstance(exact, NotEstimable) or isinstance(shown, NotEstimable):
        return None
    return rounding.density(view.ratio_density, (exact.lower, exact.upper), (shown.lower, shown.upper))


def _check(check: CheckResult, profile: Profile, published: pd.Series, *, hidden: bool) -> CheckResult:
    """A check without its tables, its figures at three digits, its sentences without counts, its own or another's.

    Where counts are left out (``hidden``; by quarter or by year all of them are), no figure is given that is made of
    all: some dozens of them could be solved for one. The check of sparse data, which is made of counts, says only what
    is short; the one that leaves out a period at a time names none whose count is not published, as the ratio without
    it would tell of that count.
    """
    if check.outcome is not vocab.Outcome.NOT_RUN and check.name not in _OF_OTHERS and hidden:
        check = replace(check, statement=text("disclosure.no_check_figures"), figures={})
    figures = {name: rounding.at_digits(float(value)) for name, value in check.figures.items()}
    if check.name == BY_PERIOD and check.table is not None:
        shown = set(published.dropna().index)
        unnamed = words.without_periods(check.statement, [name for name in check.table["period"] if name not in shown])
        check = replace(check, statement=unnamed)
        figures = {name: round(value, 1) for name, value in figures.items()}
    if check.name != SPARSE or check.table is None:
        statement, meaning = (
            words.at_three_digits(words.unquoted(text, profile)) for text in (check.statement, check.meaning)
        )
        return replace(check, statement=statement, meaning=meaning, figures=figures, table=None)
    short = check.table[check.table["found"] < check.table["least"]]
    statement = (
        words.too_few([(str(what), least) for what, least in short[["what", "least"]].itertuples(index=False)])
        if len(short)
        else text("disclosure.no_counts_check")
    )
    return replace(check, statement=statement, figures={}, table=None)


def _quality(quality: QualityStatement, profile: Profile) -> QualityStatement:
    """A quality statement without the counts that it quotes."""

    def level(one: Level) -> Level:
        return replace(one, reason=words.unquoted(one.reason, profile))

    return replace(
        quality,
        items=tuple(replace(item, evidence=words.unquoted(item.evidence, profile)) for item in quality.items),
        level_maryland=level(quality.level_maryland),
        level_nesta=level(quality.level_nesta),
    )


def _unsaid(check: CheckResult, why: str) -> CheckResult:
    return replace(
        check,
        outcome=vocab.Outcome.NOT_RUN,
        statement=words.not_published(why),
        meaning="",
        figures={},
    )


def _verdict(verdict: Verdict, effect: Effect, plan: DisclosurePlan, key: Key, windows: Windows) -> VerdictSummary:
    net = verdict.figures.get("window")
    if isinstance(net, str) and not windows.take(*_ends(net, effect)):
        return _unjudged(verdict_view(verdict), text("disclosure.window_not_judged"))
    total = _window_total(plan, key, effect)

    def unquoted(text: str) -> str:
        return words.unquoted_beside(text, verdict.claim.text or "", plan.profile)

    return verdict_view(restated(verdict, effect, total, rounded=rounding.ratio, unquoted=unquoted))


def _ends(window: str, effect: Effect) -> tuple[pd.Period, pd.Period]:
    """First and last period of a window written ``"first to last"``."""
    first, last = (pd.Period(end, freq=effect.design.periods.freqstr) for end in window.split(" to "))
    return first, last


def _window_total(plan: DisclosurePlan, key: Key, effect: Effect) -> Callable[[str], float | None]:
    """The total of a window from published counts alone; None where one of them is not published."""
    published, level = plan.published(*key), plan.level(*key)
    counts = _used_counts(effect)

    def total(window: str) -> float | None:
        first, last = _ends(window, effect)
        inside = counts.loc[first:last].dropna()
        if not level or not len(inside):
            return None
        groups = groups_of(cast("pd.PeriodIndex", inside.index), level)
        cells = published.reindex([str(group) for group in groups.unique()])
        tiled = groups[0].start_time == first.start_time and groups[-1].end_time == last.end_time
        return float(cells.sum()) if tiled and bool(cells.notna().all()) else None

    return total
