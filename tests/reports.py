"""A report of one region and one effect, as tests of what leaves it need it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from evalkit import Effect, Verdict
from evalkit.report import ChannelResult, Provenance, RegionReport


def report_of_effect(effect: Effect, verdicts: Sequence[Verdict] = (), notes: Sequence[str] = ()) -> RegionReport:
    """The report of the region of an effect, whose only channel is the effect's."""
    return RegionReport(
        title="Evaluation",
        commissioner="",
        region=effect.region,
        campaign_title="Look Again",
        campaign_source="",
        launch=effect.launch,
        is_comparison=False,
        results=(ChannelResult(channel=effect.channel, effect=effect, verdicts=tuple(verdicts)),),
        provenance=Provenance(
            data_hash="0" * 64,
            evaluation_fingerprint="1" * 64,
            code_version="0",
            seed=1,
            issued=dt.date(2026, 3, 2),
        ),
        notes=tuple(notes),
    )
