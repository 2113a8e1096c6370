"""What was asked: the evaluation and its fingerprint."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StrictBool,
    StrictInt,
    StrictStr,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from evalkit import vocab
from evalkit.display import Displayed
from evalkit.errors import EvaluationError, Problem, nearest, unknown
from evalkit.evaluation.addresses import is_address, without_secrets
from evalkit.evaluation.branding import Branding, branding_problems
from evalkit.evaluation.bundle import FILE_NAME, fetched, fetched_file
from evalkit.evaluation.declarations import Declarations
from evalkit.evaluation.disclosure import DisclosureSettings
from evalkit.evaluation.settings import missing_file, read_toml, settings_problems
from evalkit.languages import ENGLISH, FOLDER, LANGUAGE_CODE, Wording, languages, load_wording, wording_problems

RegisteredAs = Literal["first", "launches", "flights"]
EvaluatedModel = Literal["latent", "segmented", "forecast", "arima", "structural", "controlled", "synthetic"]
INPUTS: Final = ("contacts", "campaigns", "events", "claims", "population", "truth")
_PATHS: Final = (*INPUTS, "plan", "catalogue")
_LATER: Final = ("signposting", "cite", "language", "branding", "disclosure")

# what an editor may say of the two settings that are read by a function of their own
_DECAY_SCHEMA: Final = {
    "anyOf": [{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, {"const": "estimate", "type": "string"}]
}
_OPENING_SCHEMA: Final = {
    "anyOf": [
        {"enum": list(vocab.OPENING_DAYS), "type": "string"},
        {"items": {"enum": list(vocab.WEEKDAYS), "type": "string"}, "minItems": 1, "type": "array"},
    ]
}
_PERIOD: Final = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")


def _read_decay(value: object) -> float | str | None:
    if value is None or value == "estimate":
        return value
    if isinstance(value, float) and 0 < value < 1:
        return value
    hint = " Did you mean 'estimate'?" if isinstance(value, str) and nearest(value, ["estimate"]) else ""
    raise PydanticCustomError("decay", 'a number above 0 and below 1, or "estimate".{hint}', {"hint": hint})


def _read_opening(value: object) -> str | tuple[str, ...] | None:
    if value is None or (isinstance(value, str) and value in vocab.OPENING_DAYS):
        return value
    days: list[object] = list(value) if isinstance(value, (list, tuple)) else [value]
    wrong = [day for day in days if day not in vocab.WEEKDAYS]
    if isinstance(value, (list, tuple)) and value and not wrong:
        return tuple(value)
    match = nearest(str(wrong[0]), (*vocab.OPENING_DAYS, *vocab.WEEKDAYS)) if wrong else None
    allowed = ", ".join(map(repr, vocab.OPENING_DAYS)) + ", or a list of weekdays"
    hint = f". Did you mean {match!r}?" if match else ""
    raise PydanticCustomError("opening", "{allowed}{hint}", {"allowed": allowed, "hint": hint})


def _read_pairs(value: object) -> tuple[tuple[str, str], ...]:
    pairs: list[object] = list(value) if isinstance(value, (list, tuple)) else [value]
    read = [tuple(pair) for pair in pairs if isinstance(pair, (list, tuple)) and len(pair) == 2]
    if len(read) < len(pairs) or not all(isinstance(date, str) for pair in read for date in pair):
        raise PydanticCustomError("pairs", 'pairs of dates in quotes, such as [["2019-05", "2019-07"]]')
    return tuple((str(first), str(last)) for first, last in read)


class ModelSettings(BaseModel):
    """How effects are estimated: the ``[model]`` table of an evaluation file.

    Attributes
    ----------
    name : {"latent", "segmented", "forecast", "arima", "structural", "controlled", "synthetic"}
        The model; ``"latent"`` unless said otherwise.
    level : float
        Probability content of every interval, above 0 and below 1; 0.95 unless said otherwise.
    harmonics : int
        Annual sine and cosine pairs in the season, 0 (no season) to 6; 2 unless said otherwise.
    slope : bool
        Whether the slope may change at the launch; true unless said otherwise.
    transition : int
        Periods from the launch on that are set aside as neither before nor after; 0 unless said otherwise.
    window_months : int or None
        Length in months of the post-launch window that the rate ratio and the cumulative effect refer to, counted from
        the launch (inclusive); None, unless said otherwise, for all periods after the launch.
    controls : tuple of str
        Comparison regions: read side by side by ``"controlled"`` and ``"synthetic"``, a covariate of the other models.
        None unless said otherwise; those two then take every region that had no campaign while contacts were counted.
    events : tuple of str
        Events of the register that get a term of their own in the model, by identifier; none unless said otherwise.
    campaigns : {"first", "launches", "flights"}
        How the registered campaigns of a region enter: the first one only; each later one as a further launch; or all
        as flights, active from launch to end.
    flights : tuple of (str, str)
        First and last active period of each flight, where the register does not give them; none unless said otherwise.
    separate_flights : bool
        One ratio for each flight instead of one for all; false unless said otherwise.
    launches : tuple of str
        Further launches after the first, where the register does not give them; none unless said otherwise.
    lag : int
        Periods from the launch to the first effect; 0 unless said otherwise.
    off : str or None
        Last period in which the campaign ran, or ``"register"`` for the end in the register of campaigns.
    decay : float, "estimate" or None
        Share of the effect that is left one period later; None, unless said otherwise, for an effect that stays.
    weekday : bool or None
        Whether weekdays differ; None, unless said otherwise, for true in daily data.
    holidays : str or None
        Nation whose bank holidays differ from other days; none unless said otherwise.
    opening : str, tuple of str or None
        Days on which the service is open, in words or by weekday; None, unless said otherwise, to count no days.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    name: EvaluatedModel = Field(
        default="latent", description="the model: one of " + ", ".join(get_args(EvaluatedModel))
    )
    level: Annotated[float, Strict()] = Field(
        default=0.95, gt=0, lt=1, description="the probability content of the intervals, such as 0.95"
    )
    harmonics: StrictInt = Field(
        default=2, ge=0, le=6, description="the number of annual sine and cosine pairs, from 0 to 6"
    )
    slope: StrictBool = Field(default=True, description="whether the slope may change at the launch: true or false")
    transition: StrictInt = Field(
        default=0, ge=0, description="the number of periods set aside from the launch on, 0 for none"
    )
    window_months: StrictInt | None = Field(
        default=None,
        ge=1,
        description="the number of months from the launch that effects refer to; leave it out for all",
    )
    controls: tuple[StrictStr, ...] = Field(
        default=(),
        description='comparison regions, such as ["A", "B"]; leave it out for none, or in controlled and synthetic '
        "for all without a campaign",
    )
    events: tuple[StrictStr, ...] = Field(
        default=(), description='events that get a term in the model, such as ["relaunch-2019"]; leave it out for none'
    )
    campaigns: RegisteredAs = Field(
        default="first",
        description='how the registered campaigns of a region enter: "first", "launches" (all) or "flights" (all)',
    )
    flights: Annotated[tuple[tuple[str, str], ...], BeforeValidator(_read_pairs)] = Field(
        default=(), description='pairs of a first and a last active period, such as [["2019-05", "2019-07"]]'
    )
    separate_flights: StrictBool = Field(default=False, description="whether each flight has a ratio of its own")
    launches: tuple[StrictStr, ...] = Field(
        default=(), description='further launches after the first, such as ["2020-05"]; leave it out for none'
    )
    lag: StrictInt = Field(default=0, ge=0, description="the number of periods from the launch to the first effect")
    off: StrictStr | None = Field(
        default=None, description='the last period in which the campaign ran, such as "2020-03", or "register"'
    )
    decay: Annotated[
        float | Literal["estimate"] | None, BeforeValidator(_read_decay), WithJsonSchema(_DECAY_SCHEMA)
    ] = Field(default=None, description='the share of the effect left one period later, such as 0.7, or "estimate"')
    weekday: StrictBool | None = Field(default=None, description="whether weekdays differ: true or false")
    holidays: vocab.Nation | None = Field(
        default=None, description="the nation whose bank holidays differ: one of " + ", ".join(vocab.NATIONS)
    )
    opening: Annotated[
        str | tuple[str, ...] | None, BeforeValidator(_read_opening), WithJsonSchema(_OPENING_SCHEMA)
    ] = Field(
        default=None,
        description='the days that the service is open, such as "Monday to Friday" or ["Monday", "Tuesday"]',
    )


class Evaluation(Displayed, BaseModel):
    """An evaluation as it was asked for; every option has a default except ``contacts`` and ``campaigns``.

    Attributes
    ----------
    contacts, campaigns : Path
        The contacts file and the register of campaigns.
    events, claims, population, truth : Path or None
        The register of what else happened, the claims to check, populations by region and year, and for simulated
        contacts the known effects; None where there is none.
    plan : Path or None
        The plan that was frozen before the data ended; None where there is none. It is no part of the fingerprint: what
        differs from it is reported.
    title, commissioner, description : str
        What the report is called, for whom it was made and what was asked.
    regions, channels : tuple of str
        Regions and channels to evaluate; empty for all in the contacts file.
    reference_launch : str or None
        The date (``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``) at which comparison regions are analysed as a placebo.
    signposting : str
        Where people who are worried about their own or another person's behaviour find help, in one line: it stands on
        every report.
    cite : str
        How the reports are to be cited; empty for a line made from organisation, year, title and region.
    language : str
        The language of everything that a run publishes, ``"en"`` unless said otherwise.
    catalogue : Path or None
        A catalogue of one's own; unless said otherwise ``wording/LANGUAGE.toml`` beside the evaluation file where there
        is one, and that of the package where there is none.
    model : ModelSettings
        How effects are estimated.
    branding : Branding
        Whose report it is: organisation, logo and colour.
    disclosure : DisclosureSettings
        How small counts are protected in everything that is published; on unless said otherwise.
    declarations : Declarations
        What only a person can answer, for the quality statement; nothing is declared unless it is said.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    contacts: Path = Field(description="the path of the contacts file, relative to the evaluation file")
    campaigns: Path = Field(description="the path of the register of campaigns, relative to the evaluation file")
    events: Path | None = Field(
        default=None, description="the path of the register of other events; leave it out if none"
    )
    claims: Path | None = Field(default=None, description="the path of the register of claims; leave it out if none")
    population: Path | None = Field(default=None, description="the path of the populations; leave it out if none")
    truth: Path | None = Field(default=None, description="the path of the known effects of simulated contacts")
    plan: Path | None = Field(
        default=None, description="the path of the plan frozen by evalkit plan; leave it out if none"
    )
    title: StrictStr = Field(default="Campaign evaluation", min_length=1, description="what the report is called")
    commissioner: StrictStr = Field(default="", description="for whom the report is made")
    description: StrictStr = Field(default="", description="what was asked")
    regions: tuple[StrictStr, ...] = Field(
        default=(), description='a list of regions, such as ["A", "B"]; leave it out for all'
    )
    channels: tuple[StrictStr, ...] = Field(
        default=(), description='a list of channels, such as ["helpline", "website"]'
    )
    reference_launch: StrictStr | None = Field(default=None, description='a date in quotes, such as "2019-05"')
    signposting: StrictStr = Field(
        default="", description="the line on every report that says where people find help, such as a helpline's number"
    )
    cite: StrictStr = Field(
        default="", description="how the reports are to be cited; leave it out for a line made from the other keys"
    )
    language: StrictStr = Field(
        default=ENGLISH, description='the language of everything that is published, such as "en" or "cy"'
    )
    catalogue: Path | None = Field(
        default=None,
        description="the path of a catalogue of your own; leave it out for wording/LANGUAGE.toml beside this file, or "
        "that of the package",
    )
    model: ModelSettings = Field(default=ModelSettings(), description="how effects are estimated")
    branding: Branding = Field(default=Branding(), description="whose report it is")
    disclosure: DisclosureSettings = Field(
        default=DisclosureSettings(), description="how small counts are protected in what is published"
    )
    declarations: Declarations = Field(default=Declarations(), description="what only a person can answer")

    @field_validator("regions", "channels")
    @classmethod
    def _named_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            message = "a list that names each once (named more often: {names})"
            raise PydanticCustomError("repeated", message, {"names": ", ".join(map(repr, repeated))})
        return names

    @field_validator("language")
    @classmethod
    def _code(cls, language: str) -> str:
        if not LANGUAGE_CODE.fullmatch(language):
            raise PydanticCustomError("language", 'the code of a language, such as "en", "cy" or "pt-BR"')
        return language

    @field_validator("reference_launch", mode="before")
    @classmethod
    def _readable_date(cls, value: object) -> object:
        text = value.isoformat() if type(value) is dt.date else value
        if isinstance(text, str) and not _is_date(text):
            raise PydanticCustomError("date", "a date written YYYY, YYYY-MM or YYYY-MM-DD")
        return text

    @property
    def inputs(self) -> dict[str, Path]:
        """The input files that there are, by what they hold."""
        paths = {name: getattr(self, name) for name in INPUTS}
        return {name: path for name, path in paths.items() if path is not None}

    @property
    def fingerprint(self) -> str:
        """Sha256 (hexadecimal) of the settings and of the bytes of every input file, which are read now.

        Where the files lie and what they are called does not enter: a moved or renamed folder keeps its fingerprint.

        Raises
        ------
        EvaluationError
            Where an input file is no longer there.
        """
        missing = _missing_files(dict(self.inputs))
        if missing:
            raise EvaluationError(self.title, missing)
        hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in self.inputs.items()}
        content = {**self._settings(), "inputs": hashes}
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """The evaluation as plain values; input files by name only, so that nothing tells where they lay."""
        return {**self._settings(), "inputs": {name: path.name for name, path in self.inputs.items()}}

    @property
    def logo(self) -> bytes:
        """The logo, read now; empty where there is none."""
        return self.branding.logo.read_bytes() if self.branding.logo else b""

    @cached_property
    def wording(self) -> Wording:
        """The texts of its language, read once."""
        return load_wording(self.language, file=self.catalogue)

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that was asked but the files, as plain values; declarations only where there are any."""
        return self._settings()

    def _settings(self) -> dict[str, Any]:
        """What was asked; tables and lines that came later only where they are used, so that fingerprints stay."""
        settings = self.model_dump(mode="json", exclude={*_PATHS, *_LATER, "declarations"})
        declared = self.declarations.model_dump(mode="json", exclude_none=True)
        signed = self.branding.model_dump(mode="json", exclude_defaults=True, exclude={"logo"})
        if self.branding.logo:
            signed["logo"] = hashlib.sha256(self.logo).hexdigest()
        protected = self.disclosure.model_dump(mode="json", exclude_defaults=True)
        later = {
            "signposting": self.signposting,
            "cite": self.cite,
            "language": "" if self.language == ENGLISH else self.language,
            "catalogue": "" if self.catalogue is None else hashlib.sha256(self.catalogue.read_bytes()).hexdigest(),
            "branding": signed,
            "disclosure": protected,
            "declarations": declared,
        }
        return {**settings, **{name: value for name, value in later.items() if value}}


def load_evaluation(path: str | Path) -> Evaluation:
    """Read an evaluation file.

    Parameters
    ----------
    path : str or Path
        ``evaluation.toml``, or the folder that holds it, on this machine or at an address such as ``s3://bucket/round``
        (extra ``remote``). Paths inside it are relative to its folder, or addresses of their own.

    Returns
    -------
    Evaluation
        With absolute paths of input files that exist.

    Raises
    ------
    EvaluationError
        With all problems: unknown keys, values of the wrong kind or out of range, input files that are missing; or
        with the place where the file is not TOML.
    """
    source = without_secrets(path)
    file = fetched(str(path)) if is_address(path) else Path(path)
    file = file / FILE_NAME if file.is_dir() else file
    values = _located(read_toml(file, error=EvaluationError), file.parent)
    signed = values.get("branding")
    problems = [
        *settings_problems(values, Evaluation),
        *_missing_files(values),
        *_language_problems(values, file.parent),
        *(branding_problems(signed) if isinstance(signed, dict) else []),
    ]
    if problems:
        raise EvaluationError(source if is_address(path) else str(file), problems)
    return Evaluation.model_validate(values)


def _located(values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The values with each input file's path made absolute; anything that is not text stays, to be reported."""
    paths: dict[str, Any] = {
        name: _input_path(folder, values[name], name) for name in _PATHS if isinstance(values.get(name), str)
    }
    language = values.get("language", ENGLISH)
    if "catalogue" not in values and isinstance(language, str) and LANGUAGE_CODE.fullmatch(language):
        beside = folder / FOLDER / f"{language}.toml"
        paths |= {"catalogue": beside.resolve()} if beside.is_file() else {}
    signed = values.get("branding")
    if isinstance(signed, dict) and isinstance(signed.get("logo"), str):
        paths["branding"] = {**signed, "logo": _input_path(folder, signed["logo"], "logo")}
    return {**values, **paths}


def _input_path(folder: Path, name: str, key: str) -> Path:
    """Where an input file is on this machine; one at an address is fetched first."""
    return fetched_file(name, key) if is_address(name) else (folder / name).resolve()


def _missing_files(values: Mapping[str, Any]) -> list[Problem]:
    paths = {name: values[name] for name in _PATHS if isinstance(values.get(name), Path)}
    return [missing_file(path, name) for name, path in paths.items() if not path.is_file()]


def _language_problems(values: Mapping[str, Any], folder: Path) -> list[Problem]:
    """A language that there is no catalogue of, or what is wrong with one's own."""
    language, own = values.get("language", ENGLISH), values.get("catalogue")
    if not (isinstance(language, str) and LANGUAGE_CODE.fullmatch(language)):
        return []
    if isinstance(own, Path):
        return wording_problems(language, own) if own.is_file() else []
    if language in languages():
        return []
    known = (*languages(), *sorted(file.stem for file in (folder / FOLDER).glob("*.toml")))
    return [
        Problem(
            code="unknown-language",
            what=unknown("language", language, tuple(dict.fromkeys(known))),
            repair=f"Mend it, or copy wording/en.toml of the package to wording/{language}.toml beside this file and "
            "translate it (docs/how-to/translate.md).",
        )
    ]


def _is_date(text: str) -> bool:
    if _PERIOD.fullmatch(text):
        return True
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
