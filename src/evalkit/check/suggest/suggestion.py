"""What a suggestion is: a design, whether the data allow it, why, and the call to make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from evalkit.catalogue import Spoken, in_its_language, text
from evalkit.display import Displayed


@dataclass(frozen=True, kw_only=True)
class Suggestion(Displayed):
    """One design.

    Attributes
    ----------
    design : str
        ``"synthetic"``, ``"controlled"``, ``"pooled"``, ``"single region"``, ``"forecast"`` or ``"before and after"``.
    ready : bool
        Whether the data allow it.
    reasons : tuple of str
        Why it is ready, with what has to be known about it; or everything that it lacks.
    maryland : int
        The highest level on the Maryland Scientific Methods Scale that it can reach.
    call : str
        Python, with ``ek`` and ``contacts``; empty where the design is not ready.
    kwargs : mapping
        The same arguments as values: those of ``ek.estimate_effect`` but the series and the controls, or those of
        ``ek.estimate_pooled`` but the contacts.
    controls : tuple of str
        Comparison regions of the call.
    command : str
        The same on the command line, where it can be said there; empty otherwise.
    """

    design: str
    ready: bool
    reasons: tuple[str, ...]
    maryland: int
    call: str = ""
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    controls: tuple[str, ...] = ()
    command: str = ""

    @property
    def title(self) -> str:
        """The name of the design as readers see it, in the language of the catalogue."""
        return text(f"suggest.designs.{self.design.replace(' ', '_')}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "design": self.design,
            "ready": self.ready,
            "reasons": list(self.reasons),
            "maryland": self.maryland,
            "call": self.call,
            "kwargs": dict(self.kwargs),
            "controls": list(self.controls),
            "command": self.command,
        }


@dataclass(frozen=True, kw_only=True, repr=False)
class Suggestions(Spoken, Displayed):
    """Every design for one region and channel, strongest first.

    Attributes
    ----------
    region, channel, launch : str
        What is to be evaluated.
    items : tuple of Suggestion
        Strongest first, ready or not.
    left_out : mapping of str to str
        Regions that cannot be compared with, and why.
    notes : tuple of str
        What holds for every design: a second campaign, events at the launch.
    simulated : bool
        Whether the contacts are simulated.
    """

    region: str
    channel: str
    launch: str
    items: tuple[Suggestion, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    simulated: bool = False

    def __iter__(self) -> Iterator[Suggestion]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def best(self) -> Suggestion | None:
        """The strongest design that is ready, None where none is."""
        return next((item for item in self.items if item.ready), None)

    def of(self, design: str) -> Suggestion:
        """One design by name; ``KeyError`` where there is none of that name."""
        found = {item.design: item for item in self.items}
        return found[design]

    def to_frame(self) -> pd.DataFrame:
        """One row a design: design, ready, maryland, reasons, call."""
        rows = [{**item.to_dict(), "reasons": " ".join(item.reasons)} for item in self.items]
        return pd.DataFrame(rows, columns=["design", "ready", "maryland", "reasons", "call"])

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        best = self.best
        return {
            "region": self.region,
            "channel": self.channel,
            "launch": self.launch,
            "best": None if best is None else best.design,
            "suggestions": [item.to_dict() for item in self.items],
            "left_out": dict(self.left_out),
            "notes": list(self.notes),
            "simulated": self.simulated,
        }

    @in_its_language
    def summary(self) -> str:
        """Every design with its reasons as plain text, the strongest ready one marked."""
        lines = [text("wording.simulated")] if self.simulated else []
        lines.append(text("suggest.heading", region=self.region, channel=self.channel, launch=self.launch))
        lines += [text("suggest.note_line", note=note) for note in self.notes]
        best = self.best
        for item in self.items:
            mark = text(
                "suggest.suggested" if item is best else "suggest.ready" if item.ready else "suggest.not_possible"
            )
            lines.append(text("suggest.design_line", design=item.title, mark=mark, level=item.maryland))
            lines += [f"    {reason}" for reason in item.reasons]
            lines += [f"    {item.call}"] if item.ready else []
        if self.left_out:
            lines.append(text("suggest.left_out"))
            lines += [text("suggest.left_out_line", name=name, reason=reason) for name, reason in self.left_out.items()]
        return "\n".join(lines)
