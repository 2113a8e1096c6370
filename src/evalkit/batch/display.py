"""How the inputs of an evaluation and the outcome of a run show themselves."""

from __future__ import annotations

from evalkit.batch.inputs import Inputs
from evalkit.batch.summary import RegionRun, RunSummary
from evalkit.batch.verify import Verification
from evalkit.catalogue import term, text, texts
from evalkit.report import numbers, wording
from evalkit.report.display import Shown, shown, table


@shown.register
def _(result: Inputs) -> Shown:
    campaigns = [result.campaign_of(region) for region in result.regions]
    without = sum(campaign is None for campaign in campaigns)
    held = (("registered event", result.events), ("registered claim", result.claims))
    beside = wording.listed([numbers.plural(len(rows), noun) for noun, rows in held])
    rows = []
    for region, campaign in zip(result.regions, campaigns, strict=True):
        launch = result.launch_of(region)
        when = "–" if launch is None else numbers.period_text(launch)
        rows.append((region, text("display.inputs.none") if campaign is None else campaign.campaign, when))
    return Shown(
        title=result.evaluation.title,
        sentence=text(
            "display.inputs.sentence",
            regions=wording.sentence_case(numbers.plural(len(result.regions), "region")),
            without=numbers.whole(without),
            channels=wording.listed(result.channels),
            beside=beside,
        ),
        warnings=tuple(f"{wording.finished(note.what)} {note.repair}" for note in result.contacts.notes),
        tables=(
            table(
                text("display.inputs.caption"),
                texts("display.inputs.header"),
                rows,
                where="inputs.regions",
            ),
        ),
        simulated=result.contacts.simulated,
    )


@shown.register
def _(result: RunSummary) -> Shown:
    failed = result.failed
    rows = [
        (row.region, term("statuses", row.status), row.cause or "–", f"{row.seconds:.1f}")
        for row in (*failed, *_others(result))
    ]
    done = len(result.regions) - len(failed)
    return Shown(
        title=text("display.run.title"),
        sentence=text(
            "display.run.sentence", reports=numbers.plural(done, "report"), failed=numbers.how_many(len(failed))
        ),
        warnings=tuple(
            text("display.run.no_report", region=row.region, cause=row.cause or term("statuses", row.status))
            for row in failed
        )
        + result.notes,
        tables=(
            table(
                text("display.run.caption"),
                texts("display.run.header"),
                rows,
                right=(3,),
                where="regions",
            ),
        ),
        notes=(text("display.run.open", file=result.at("index.html")), *filter(None, (result.held_against,))),
    )


def _others(result: RunSummary) -> list[RegionRun]:
    return [row for row in result.regions if row not in result.failed]


@shown.register
def _(result: Verification) -> Shown:
    return Shown(
        title=text("display.verification.sound" if result.sound else "display.verification.wrong"),
        sentence=result.summary(),
    )
