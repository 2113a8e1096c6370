"""From a choice to everything that the explorer shows: a function, tested without a browser."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from evalkit.batch.region import event_terms, events_of
from evalkit.batch.shapes import campaign_options
from evalkit.catalogue import Spoken, in_its_language, text, words
from evalkit.claim import Verdict, check_claim
from evalkit.contacts import to_period
from evalkit.display import Displayed
from evalkit.effect import Effect, Sampling, estimate_effect
from evalkit.errors import EvalkitError
from evalkit.explorer.choices import CLAIMS, MODELS, WINDOWS, Choice, Source, settled, source_of
from evalkit.report import describe_counterfactual, finding_sentence, numbers, theme, wording
from evalkit.report.display import Shown, shown
from evalkit.report.display.render import html
from evalkit.report.figures import path
from evalkit.report.figures.axes import bare_axes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from evalkit.batch import Inputs
    from evalkit.contacts import Contacts
    from evalkit.evaluation import Evaluation
    from evalkit.registers import Event

DRAWS: Final = 2000
"""Joint draws behind one view: twice the Monte-Carlo error of 8,000, in a quarter of the time."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ExplorerView(Spoken, Displayed):
    """Everything that the explorer shows for one choice.

    Attributes
    ----------
    choice : Choice
        What was asked, with every part filled in.
    options : dict
        What may be chosen instead: ``regions``, ``channels``, ``launches``, ``models``, ``windows`` and ``claims``,
        each a list of value and label.
    effect : Effect, optional
        The effect; None where there was an error.
    verdict : Verdict, optional
        On the claim; None where there is no claim.
    sentence, claim_sentence : str
        The finding, and the verdict with its weightiest reason, in words.
    figure, alt : str
        The counterfactual figure as SVG, and the same in words.
    table : str
        The effect as HTML.
    call : str
        The same effect in Python.
    error : str
        What is wrong with the choice; empty where nothing is.
    milliseconds : float
        How long it took.
    """

    choice: Choice
    options: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    effect: Effect | None = None
    verdict: Verdict | None = None
    sentence: str = ""
    claim_sentence: str = ""
    figure: str = ""
    alt: str = ""
    table: str = ""
    call: str = ""
    error: str = ""
    milliseconds: float = 0.0

    @in_its_language
    def to_dict(self) -> dict[str, Any]:
        """Plain values, as the widget receives them, with the words of its controls."""
        names = ("sentence", "claim_sentence", "figure", "alt", "table", "call", "error", "milliseconds")
        verdict = "" if self.verdict is None else str(self.verdict.kind)
        return {
            "choice": self.choice.to_dict(),
            "options": {name: [list(pair) for pair in pairs] for name, pairs in self.options.items()},
            "verdict": verdict,
            "words": words("explorer.page"),
            "took": text("explorer.took", milliseconds=round(self.milliseconds)),
            **{name: getattr(self, name) for name in names},
        }

    @in_its_language
    def _repr_html_(self) -> str:
        """A still picture of the explorer, for where there is no kernel."""
        if self.error:
            return html(Shown(title=self._where(), warnings=(self.error,)))
        said = html(Shown(title=self._where(), sentence=f"{self.sentence}\n{self.claim_sentence}"))
        return f'{said}<div role="img" aria-label="{escape(self.alt)}">{self.figure}</div>{self.table}'

    def _where(self) -> str:
        chosen = self.choice
        return text(
            "explorer.where",
            region=chosen.region,
            channel=wording.channel_name(chosen.channel),
            launch=chosen.launch,
            model=chosen.model,
        )

    @in_its_language
    def summary(self) -> str:
        """The finding, the verdict and the call as plain text."""
        where = self._where()
        if self.error:
            return f"{where}\n{self.error}"
        assert self.effect is not None
        marked = [wording.simulated_mark()] if self.effect.simulated else []
        return "\n".join(filter(None, [*marked, where, self.sentence, self.claim_sentence, self.call]))


def explorer_state(
    given: Source | Inputs | Contacts | Evaluation | str | Path,
    choice: Choice | None = None,
    *,
    before: Choice | None = None,
    **parts: Any,
) -> ExplorerView:
    """What the explorer shows for one choice, without a browser.

    Parameters
    ----------
    given : Inputs, Contacts, Evaluation, str or Path
        What to choose from: with an evaluation its launches, claims, events and settings are used as in its reports.
    choice : Choice, optional
        What is asked; or give its parts by name: ``region``, ``channel``, ``launch``, ``model``, ``window``, ``claim``.
    before : Choice, optional
        What was asked before; a newly chosen region brings its own launch and claims along.

    Returns
    -------
    ExplorerView
        Its ``error`` says what is wrong with a choice that cannot be answered; the other parts are then empty.

    Raises
    ------
    UsageError
        ``given`` is nothing that can be explored, or a part of a choice that there is not.
    """
    started = time.perf_counter()
    return _state(source_of(given), choice if choice is not None else Choice.of(parts), before, started)


@in_its_language
def _state(source: Source, asked: Choice, before: Choice | None, started: float) -> ExplorerView:
    try:
        chosen = settled(source, asked, before)
    except EvalkitError as problem:
        return ExplorerView(choice=asked, options=_options(source, None), error=str(problem))
    try:
        made = _made(source, chosen)
    except EvalkitError as problem:
        made = {"error": str(problem)}
    took = 1000 * (time.perf_counter() - started)
    return ExplorerView(choice=chosen, options=_options(source, chosen), milliseconds=took, **made)


def _made(source: Source, choice: Choice) -> dict[str, Any]:
    effect = _effect(source, choice)
    placebo = source.is_placebo(choice.region)
    events = () if source.inputs is None else events_of(source.inputs, choice.region)
    unit = source.contacts.unit
    found = {
        "effect": effect,
        "sentence": finding_sentence(effect, unit=unit, placebo=placebo),
        "figure": _figure(effect, events, unit, placebo=placebo),
        "alt": describe_counterfactual(effect, events=events, unit=unit, placebo=placebo),
        "table": html(replace(shown(effect), title="", sentence="", simulated=False)),
        "call": _call(choice, effect),
    }
    if not choice.claim:
        return {**found, "claim_sentence": text("explorer.no_claim")}
    try:
        claim = source.claims(choice.region, choice.channel).get(choice.claim, choice.claim)
        verdict = check_claim(claim, effect)
    except EvalkitError as problem:
        return {**found, "claim_sentence": text("explorer.unread_claim", problem=problem)}
    said = text("explorer.verdict", verdict=wording.verdict_word(verdict.kind))
    return {**found, "verdict": verdict, "claim_sentence": wording.joined(said, *verdict.reasons[:1])}


def _figure(effect: Effect, events: Sequence[Event], unit: str, *, placebo: bool) -> str:
    """The counterfactual figure as SVG, as high as the names above it need."""
    with theme.theme():
        (ax,) = bare_axes(path.FRAME)
        rows = path.draw_counterfactual(
            ax, effect, events=events, unit=unit, placebo=placebo, simulated=effect.simulated
        )
        path.make_room(ax, path.FRAME, rows)
    return theme.to_svg(ax.figure)


def _effect(source: Source, choice: Choice) -> Effect:
    contacts, inputs = source.contacts, source.inputs
    series = contacts.series(choice.region, choice.channel)
    launch = to_period(choice.launch, contacts.freq)
    last = series.index[-1] if choice.window is None else min(launch + (choice.window - 1), series.index[-1])
    options: dict[str, Any] = {"exposure": contacts.exposure(choice.region, choice.channel)}
    if choice.model == "controlled":
        names = source.others(choice.region, choice.channel)
        options["controls"] = pd.DataFrame({name: contacts.series(name, choice.channel) for name in names})
    if inputs is not None:
        options |= _settings(inputs, choice, launch, (series.index[0], last))
    return estimate_effect(
        series,
        launch,
        model=choice.model,  # type: ignore[arg-type]  # one of MODELS, which settled() has seen to
        end=None if choice.window is None else last,
        second_opinion=False,
        sampling=Sampling(draws=DRAWS),
        region=choice.region,
        channel=choice.channel,
        **options,
    )


def _settings(inputs: Inputs, choice: Choice, launch: pd.Period, span: tuple[pd.Period, pd.Period]) -> dict[str, Any]:
    """The settings of an evaluation, as in its reports; the campaign's shape only at its registered launch."""
    asked = inputs.evaluation.model
    names = ("slope", "harmonics", "transition", "level", "weekday", "holidays", "opening")
    options = {name: getattr(asked, name) for name in names}
    left_out = (launch, launch + asked.transition)
    options["events"] = event_terms(inputs, choice.region, choice.channel, span, left_out)
    if launch == inputs.launch_of(choice.region):
        options |= campaign_options(inputs, choice.region, span[1])
    return options


_USUAL: Final = {"slope": True, "harmonics": 2, "transition": 0, "level": 0.95}


def _options(source: Source, choice: Choice | None) -> dict[str, list[tuple[str, str]]]:
    if choice is None:
        return {"regions": [(name, name) for name in source.regions]}
    region, channel = choice.region, choice.channel
    launches = source.launches(region, channel)
    noun = numbers.period_noun(launches[0])
    rest = [
        one for one in WINDOWS if one < (source.contacts.periods[-1] - to_period(choice.launch, source.contacts.freq)).n
    ]
    models = [name for name in MODELS if name != "controlled" or source.others(region, channel)]
    return {
        "regions": [(name, _region(source, name)) for name in source.regions],
        "channels": [(name, wording.channel_title(name)) for name in source.channels(region)],
        "launches": [(str(period), numbers.period_text(period)) for period in launches],
        "models": [(name, text(f"explorer.models.{name}")) for name in models],
        "windows": [("", text("explorer.all_data")), *((str(one), _first(one, noun)) for one in rest)],
        "claims": [(said, said) for said in (*source.claims(region, channel), *CLAIMS)],
    }


def _region(source: Source, name: str) -> str:
    return text("explorer.no_campaign", region=name) if source.is_placebo(name) else name


def _first(number: int, noun: str) -> str:
    return text("explorer.first", periods=numbers.plural(number, noun))


def _call(choice: Choice, effect: Effect) -> str:
    """The call that gives the same effect, but for flights, decay and opening that an evaluation may add."""
    spec = effect.design.spec
    own = {"slope": spec.slope, "harmonics": spec.harmonics, "transition": spec.transition, "level": effect.level}
    events = {
        event.name: str(event.start) if event.end is None else (str(event.start), str(event.end))
        for event in spec.events
    }
    set_ = "".join(f", {name}={value!r}" for name, value in own.items() if value != _USUAL[name])
    end = f", end={str(effect.design.periods[-1])!r}" if choice.window is not None else ""
    end += f", events={events!r}" if events else ""
    return (
        f"ek.estimate_effect(contacts.series({choice.region!r}, {choice.channel!r}), {choice.launch!r}, "
        f"model={choice.model!r}{end}, exposure=contacts.exposure({choice.region!r}, {choice.channel!r}), "
        f"sampling=ek.Sampling(draws={DRAWS}){set_})"
    )
