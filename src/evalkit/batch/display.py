"""How the inputs of an evaluation and the outcome of a run show themselves."""

from __future__ import annotations

from evalkit.batch.inputs import Inputs
from evalkit.batch.summary import RegionRun, RunSummary
from evalkit.batch.verify import Verification
from evalkit.report import numbers, wording
from evalkit.report.display import Shown, shown, table


@shown.register
def _(result: Inputs) -> Shown:
    campaigns = [result.campaign_of(region) for region in result.regions]
    without = sum(campaign is None for campaign in campaigns)
    held = (("event", result.events), ("claim", result.claims))
    beside = wording.listed([numbers.plural(len(rows), f"registered {noun}") for noun, rows in held])
    rows = []
    for region, campaign in zip(result.regions, campaigns, strict=True):
        launch = result.launch_of(region)
        when = "–" if launch is None else numbers.period_text(launch)
        rows.append((region, "none: comparison region" if campaign is None else campaign.campaign, when))
    return Shown(
        title=result.evaluation.title,
        sentence=(
            f"{wording.sentence_case(numbers.plural(len(result.regions), 'region'))}, {numbers.whole(without)} of them "
            f"without a campaign; channels: {wording.listed(result.channels)}; {beside}."
        ),
        warnings=tuple(f"{wording.finished(note.what)} {note.repair}" for note in result.contacts.notes),
        tables=(
            table(
                "What is evaluated. In a comparison region the launch is a placebo date.",
                ("Region", "Campaign", "Launch"),
                rows,
                where="inputs.regions",
            ),
        ),
        simulated=result.contacts.simulated,
    )


@shown.register
def _(result: RunSummary) -> Shown:
    failed = result.failed
    rows = [(row.region, row.status, row.cause or "–", f"{row.seconds:.1f}") for row in (*failed, *_others(result))]
    done = len(result.regions) - len(failed)
    return Shown(
        title="Run of an evaluation",
        sentence=f"{numbers.plural(done, 'report')} made, {numbers.how_many(len(failed))} failed.",
        warnings=tuple(f"{row.region} has no report: {row.cause or row.status}" for row in failed),
        tables=(
            table(
                "Each region, failures first.",
                ("Region", "Status", "Cause", "Seconds"),
                rows,
                right=(3,),
                where="regions",
            ),
        ),
        notes=(f"Open {result.at('index.html')}",),
    )


def _others(result: RunSummary) -> list[RegionRun]:
    return [row for row in result.regions if row not in result.failed]


@shown.register
def _(result: Verification) -> Shown:
    return Shown(
        title=f"Verification: {'everything that was looked at holds' if result.sound else 'something is wrong'}",
        sentence=result.summary(),
    )
