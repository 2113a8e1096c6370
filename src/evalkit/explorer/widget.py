"""The explorer in JupyterLab: a thin widget over ``explorer_state``. Its script travels with it; nothing is fetched."""

from __future__ import annotations

from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evalkit.catalogue import in_its_language, text
from evalkit.display import Displayed
from evalkit.errors import UsageError
from evalkit.explorer.choices import Choice, Source, source_of
from evalkit.explorer.state import ExplorerView, explorer_state
from evalkit.report.html import web_fonts

if TYPE_CHECKING:
    from evalkit.batch import Inputs
    from evalkit.contacts import Contacts
    from evalkit.evaluation import Evaluation
    from evalkit.languages import Wording

_HERE: Final = Path(__file__).parent
_KEPT: Final = 128  # views of an explorer that are kept: some 40 kB each


class Explorer(Displayed):
    """Chosen region, channel, launch, model and window, with what they come to; a widget where it is displayed.

    Attributes
    ----------
    view : ExplorerView
        What is shown now.
    widget : anywidget.AnyWidget
        The widget itself, made on first use.
    """

    def __init__(self, source: Source, choice: Choice) -> None:
        self._source = source
        self._known = lru_cache(maxsize=_KEPT)(self._state)
        self.view = self._known(choice, None)

    def choose(self, **parts: Any) -> ExplorerView:
        """Change parts of the choice, as moving a control does, and return what is then shown.

        Raises
        ------
        UsageError
            A part of a choice that there is not.
        """
        now = self.view.choice
        asked = Choice.of({**now.to_dict(), **parts})
        self.view = self._known(asked, None if asked.region == now.region else now)
        return self.view

    def _state(self, choice: Choice, before: Choice | None) -> ExplorerView:
        return explorer_state(self._source, choice, before=before)

    @cached_property
    def widget(self) -> Any:
        """The widget: what the browser chooses arrives in its ``choice``, what is shown stands in its ``view``."""
        import anywidget
        import traitlets

        class ExplorerWidget(anywidget.AnyWidget):
            _esm = (_HERE / "explorer.js").read_text(encoding="utf-8")
            _css = _typeface() + (_HERE / "explorer.css").read_text(encoding="utf-8")
            choice = traitlets.Dict().tag(sync=True)
            view = traitlets.Dict().tag(sync=True)

        made = ExplorerWidget(view={**self.view.to_dict(), "number": 0})
        made.observe(lambda change: self._answer(made, change["new"]), names="choice")
        return made

    def _answer(self, widget: Any, asked: dict[str, Any]) -> None:
        """Put the view of what the browser asked into the widget; whatever goes wrong is shown there as text."""
        number = asked.get("number", 0)
        try:
            view = self.choose(**{name: value for name, value in asked.items() if name != "number"}).to_dict()
        except Exception as problem:  # a callback's exception would vanish in the kernel's log
            view = {**self.view.to_dict(), "error": self._failed(problem)}
        widget.view = {**view, "number": number}

    @in_its_language
    def _failed(self, problem: Exception) -> str:
        return text("explorer.failed", problem=f"{type(problem).__name__}: {problem}")

    @property
    def wording(self) -> Wording:
        """The language of what is shown."""
        return self.view.wording

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle = self.widget._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return {**data, "text/html": self._repr_html_(), "text/plain": str(self)}

    def summary(self) -> str:
        """The finding, the verdict and the call as plain text."""
        return self.view.summary()

    def _repr_html_(self) -> str:
        return self.view._repr_html_()


def _typeface() -> str:
    """The typeface of the figures, carried along: with another one the names in them would not fit."""
    face = '@font-face {{ font-family: "Fira Sans"; font-weight: {}; src: url({}) format("woff"); }}\n'
    fonts = web_fonts()
    return face.format("400", fonts[400]) + face.format("500 700", fonts[600])


def explore(
    given: Inputs | Contacts | Evaluation | str | Path,
    *,
    region: str = "",
    channel: str = "",
    launch: str = "",
    model: str = "latent",
    window: int | None = None,
    claim: str = "",
) -> Explorer:
    """Explore effects in JupyterLab: choose, and see counterfactual, effect and verdict follow.

    Parameters
    ----------
    given : Inputs, Contacts, Evaluation, str or Path
        What to choose from.
    region, channel, launch, model, window, claim
        Where to begin; see :class:`evalkit.explorer.Choice`. Without a claim the first registered one about the region.

    Returns
    -------
    Explorer
        A widget where it is displayed in a notebook, a still picture where there is no kernel. Its figures rest on
        2,000 joint draws and no second method; estimate what is to be reported with :func:`evalkit.estimate_effect`.

    Raises
    ------
    UsageError
        anywidget is not installed, or ``given`` is nothing that can be explored.
    """
    if find_spec("anywidget") is None:
        raise UsageError(
            "The explorer needs anywidget, which is not installed. Install it with pip install 'evalkit[lab]'; "
            "ek.explorer_state gives the same figures without it."
        )
    source = source_of(given)
    start = Choice(region=region, channel=channel, launch=launch, model=model, window=window, claim=claim)
    explorer = Explorer(source, start)
    if not claim and not explorer.view.error:
        registered = source.claims(explorer.view.choice.region, explorer.view.choice.channel)
        explorer.choose(claim=next(iter(registered), ""))
    return explorer
