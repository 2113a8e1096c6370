"""Freezing an evaluation as a plan, and comparing it with what is done later."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from evalkit import __version__, vocab
from evalkit.batch.inputs import Inputs, read_inputs
from evalkit.contacts import to_period
from evalkit.errors import EvaluationError, Problem
from evalkit.evaluation import Deviation, Evaluation, Plan, PlanReview, SeriesRecord, differences, read_plan
from evalkit.evaluation.plan import hashed

if TYPE_CHECKING:
    from pathlib import Path

    from evalkit.contacts import Contacts
    from evalkit.registers import Campaign, ClaimRow, Event, ImpreciseDate

_SHORT = 8  # hexadecimal digits that tell one count from another


def freeze_plan(
    evaluation: Evaluation | str | Path,
    *,
    data_end: str | None = None,
    public: bool = False,
    frozen_on: dt.date | None = None,
) -> Plan:
    """Record an evaluation as it stands, before its data end; write it with :func:`evalkit.write_plan`.

    Parameters
    ----------
    evaluation : Evaluation, str or Path
        What is asked; its launches may lie after the data.
    data_end : str, optional
        Last period that the evaluation is to use, inclusive: ``"2024-12"``. By default the end of the last window,
        where the evaluation names ``window_months``.
    public : bool, optional
        For a plan that is published: everything made of counts is hashed with a random key, and the short hashes of
        single counts are left out, so that no guess at a count can be tried on it. The key stays with the owner: with
        it, later revisions are reported by series, not by count; without it not at all.
    frozen_on : datetime.date, optional
        The day; today unless said otherwise.

    Raises
    ------
    EvaluationError, ContactsError, RegisterError
        As :func:`evalkit.read_inputs`; or a ``data_end`` that is no period.
    """
    inputs = read_inputs(evaluation, launched=False)
    end = _planned_end(inputs, data_end)
    key = secrets.token_hex(32) if public else ""
    return _record(inputs, on=frozen_on, planned_end=end, cells=not public, until=None, key=key)


def deviations(plan: Plan | str | Path, evaluation: Evaluation | Inputs | str | Path) -> tuple[Deviation, ...]:
    """Every deviation of an evaluation, as it is now, from a plan; see :func:`review_plan`."""
    return review_plan(plan, evaluation).deviations


def review_plan(plan: Plan | str | Path, evaluation: Evaluation | Inputs | str | Path) -> PlanReview:
    """A plan and every deviation of an evaluation, as it is now, from it.

    Parameters
    ----------
    plan : Plan, str or Path
        What was frozen.
    evaluation : Evaluation, Inputs, str or Path
        What is done now.

    Returns
    -------
    PlanReview
        With a deviation for every setting changed, region or channel added or dropped, launch or end moved, event or
        claim changed, series revised in the part that was there (how many counts, never their values), a data end
        other than planned, and another version of evalkit.

    Raises
    ------
    EvaluationError
        The plan cannot be read or was changed after it was frozen.
    """
    frozen = plan if isinstance(plan, Plan) else read_plan(plan)
    inputs = evaluation if isinstance(evaluation, Inputs) else read_inputs(evaluation)
    cells = any(record.cells is not None for record in frozen.series.values())
    present = _record(inputs, on=None, planned_end=None, cells=cells, until=frozen.data_end, key=frozen.key)
    return PlanReview(
        frozen_on=frozen.frozen_on,
        hash=frozen.hash,
        fingerprint=frozen.fingerprint,
        settings_hash=frozen.settings_hash,
        before_data_end=frozen.before_data_end,
        deviations=differences(frozen, present),
    )


def own_review(inputs: Inputs) -> PlanReview | None:
    """The review of the plan that an evaluation names, None where it names none."""
    return None if inputs.evaluation.plan is None else review_plan(inputs.evaluation.plan, inputs)


def _record(
    inputs: Inputs, *, on: dt.date | None, planned_end: str | None, cells: bool, until: str | None, key: str
) -> Plan:
    contacts = inputs.contacts
    files = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in inputs.evaluation.inputs.items()}
    return Plan(
        frozen_on=on or dt.datetime.now(tz=dt.UTC).date(),
        code_version=__version__,
        title=inputs.evaluation.title,
        fingerprint=_with_key(inputs.evaluation.fingerprint, key),
        settings=inputs.evaluation.settings,
        regions=inputs.regions,
        channels=inputs.channels,
        frequency=contacts.freq,
        data_end=str(contacts.periods[-1]),
        planned_end=planned_end,
        inputs={name: {"hash": _with_key(own, key)} for name, own in files.items()},
        campaigns=_campaigns(inputs.campaigns),
        events={event.event: _event(event) for event in inputs.events},
        claims={claim.claim_id: _claim(claim) for claim in inputs.claims},
        series=series_of(contacts, cells=cells, until=until, key=key),
        keyed=bool(key),
        key=key,
    )


def _with_key(own: str, key: str) -> str:
    return hashed(own, key) if key else own


def _planned_end(inputs: Inputs, data_end: str | None) -> str | None:
    freq = inputs.contacts.freq
    if data_end is not None:
        try:
            return str(to_period(data_end, freq))
        except Exception as problem:
            raise _no_period(data_end, inputs) from problem
    months = inputs.evaluation.model.window_months
    launches = [launch for region in inputs.regions if (launch := inputs.launch_of(region)) is not None]
    if months is None or not launches:
        return None
    last = max(launches).start_time + pd.DateOffset(months=months) - pd.Timedelta(days=1)
    return str(to_period(last, freq))


def _no_period(data_end: str, inputs: Inputs) -> EvaluationError:
    noun = vocab.FREQUENCY_NAMES[inputs.contacts.frequency]
    what = f"The planned end of data is {data_end!r}, which is no {noun} of the contacts."
    repair = f"Write it as the contacts write a {noun}, such as {inputs.contacts.periods[-1]}."
    return EvaluationError(inputs.evaluation.title, [Problem(code="no-period", what=what, repair=repair)])


def _campaigns(campaigns: Iterable[Campaign]) -> dict[str, str]:
    rows = {}
    for campaign in campaigns:
        for region in campaign.regions:
            name = f"{campaign.campaign} in {region}"
            rows[name] = f"launch {_date(campaign.launch)}, end {_date(campaign.end)}"
    return rows


def _event(event: Event) -> str:
    where = ", ".join(event.regions) or "everywhere"
    when = f"{_date(event.start)} to {_date(event.end)}"
    return f"{event.kind}, {when}, {where}, {', '.join(event.channels) or 'all channels'}"


def _claim(claim: ClaimRow) -> str:
    value = claim.value_text or ("no figure" if claim.value is None else f"{claim.value:g}")
    period, baseline = claim.period_text or claim.period, claim.baseline_text or claim.baseline
    when = f"{period or 'no period'}{f' against {baseline}' if baseline else ''}"
    return f"{claim.region}, {claim.channel}: {claim.qualifier} {value} ({claim.statistic_type}), {when}"


def _date(date: ImpreciseDate | None) -> str:
    return "open" if date is None else date.iso or "unknown"


def series_of(contacts: Contacts, *, cells: bool, until: str | None, key: str = "") -> dict[str, SeriesRecord]:
    """A record of each series up to a period, by ``region | channel``; ``cells`` with a short hash of every count.

    With a key nothing can be tried on the hashes without it, and equal series have different ones.
    """
    last = None if until is None else to_period(until, contacts.freq)
    frame = contacts.frame if last is None else contacts.frame[contacts.frame[vocab.PERIOD] <= last]
    return {
        f"{region} | {channel}": _series_record(part, f"{region}|{channel}", cells=cells, key=key)
        for (region, channel), part in frame.groupby([vocab.REGION, vocab.CHANNEL], sort=True)
    }


def _series_record(part: pd.DataFrame, name: str, *, cells: bool, key: str) -> SeriesRecord:
    periods = [str(period) for period in part[vocab.PERIOD]]
    counts = [repr(float(count)) for count in part[vocab.CONTACTS]]
    exposure = part[vocab.EXPOSURE] if vocab.EXPOSURE in part.columns else [None] * len(part)
    rows = [f"{row}" for row in zip(periods, counts, map(repr, exposure), strict=True)]
    single = {
        period: hashed(f"{name}|{period}|{count}", key)[:_SHORT] for period, count in zip(periods, counts, strict=True)
    }
    whole = hashed("\n".join([name, *rows] if key else rows), key)
    return SeriesRecord(hash=whole, counts=len(part), cells=single if cells else None)
