"""Every shared word, spelled once.

Column names, frequencies, channels, units, model names and verdicts that more than one stage uses. A stage imports
the name; it never types the string again.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal, get_args

# --- columns of a contacts table -------------------------------------------------------------------------------------
REGION: Final = "region"
CHANNEL: Final = "channel"
PERIOD: Final = "period"
CONTACTS: Final = "contacts"
EXPOSURE: Final = "exposure"
SIMULATED: Final = "simulated"
REQUIRED_COLUMNS: Final = (REGION, CHANNEL, PERIOD, CONTACTS)
OPTIONAL_COLUMNS: Final = (EXPOSURE, SIMULATED)
UNALLOCATED: Final = "unallocated"
RATE: Final = "rate"
RATE_PER: Final = 100_000

# --- the folder of a run ---------------------------------------------------------------------------------------------
INTERNAL_FOLDER: Final = "internal"
MANIFEST_FILE: Final = "manifest.json"

# --- calendar --------------------------------------------------------------------------------------------------------
Frequency = Literal["Y", "Q", "M", "W", "D"]
FREQUENCIES: Final[tuple[Frequency, ...]] = get_args(Frequency)
FREQUENCY_NAMES: Final[dict[Frequency, str]] = {
    "Y": "year",
    "Q": "quarter",
    "M": "month",
    "W": "week",
    "D": "day",
}
DAYS_PER_YEAR: Final = 365.25
PERIODS_PER_YEAR: Final[dict[Frequency, float]] = {
    "Y": 1.0,
    "Q": 4.0,
    "M": 12.0,
    "W": DAYS_PER_YEAR / 7,
    "D": DAYS_PER_YEAR,
}


class Channel(StrEnum):
    """How people reach the service. Contacts files may name further channels; these are the ones the reports know."""

    HELPLINE = "helpline"
    WEBSITE = "website"
    CHAT = "chat"
    COMBINED = "combined"
    OTHER = "other"


class Unit(StrEnum):
    """What one unit of a count is. A contact is not a person, and a visit is not a visitor."""

    CONTACTS = "contacts"
    CALLERS = "callers"
    CALLS = "calls"
    USERS = "users"
    VISITS = "visits"
    PAGE_VIEWS = "page views"
    PEOPLE = "people"
    OFFENCES = "offences"
    OTHER = "other"
    MISSED_CALLS = "missed calls"
    CLICKS = "clicks"
    DISPLAYS = "displays"
    SEARCHES = "searches"


# --- models ----------------------------------------------------------------------------------------------------------
ModelName = Literal["latent", "segmented", "forecast", "arima", "structural", "synthetic", "controlled"]
MODEL_NAMES: Final[tuple[ModelName, ...]] = get_args(ModelName)
Family = Literal["poisson", "quasi-poisson", "negative-binomial", "log-normal", "gaussian"]
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)
Covariance = Literal["model", "hac"]
COVARIANCES: Final[tuple[Covariance, ...]] = get_args(Covariance)

# --- what is evaluated -----------------------------------------------------------------------------------------------
Kind = Literal["counts", "measure"]
"""Counts of contacts, or a measure that is no count: a rate, a mean, a quantity a head."""
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
KIND_UNITS: Final[dict[Kind, str]] = {"counts": "contacts", "measure": "units of the measure"}

# --- calendar of a service ------------------------------------------------------------------------------------------
Nation = Literal["England", "Wales", "Scotland", "Northern Ireland", "United Kingdom"]
NATIONS: Final[tuple[Nation, ...]] = get_args(Nation)
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
OpeningPattern = Literal["every day", "Monday to Friday", "Monday to Saturday"]
OPENING_DAYS: Final[dict[OpeningPattern, tuple[Weekday, ...]]] = {
    "every day": WEEKDAYS,
    "Monday to Friday": WEEKDAYS[:5],
    "Monday to Saturday": WEEKDAYS[:6],
}

# --- terms of a design -----------------------------------------------------------------------------------------------
INTERCEPT: Final = "intercept"
TREND: Final = "trend"
LEVEL: Final = "level"
SLOPE: Final = "slope"
TRANSITION: Final = "transition"

# --- estimands -------------------------------------------------------------------------------------------------------
LEVEL_CHANGE: Final = "level_change"
SLOPE_CHANGE: Final = "slope_change"
RATE_RATIO: Final = "rate_ratio"
CUMULATIVE_EFFECT: Final = "cumulative_effect"
ESTIMANDS: Final = (LEVEL_CHANGE, SLOPE_CHANGE, RATE_RATIO, CUMULATIVE_EFFECT)

PATH_COLUMNS: Final = (
    "observed",
    "fitted",
    "counterfactual",
    "counterfactual_lower",
    "counterfactual_upper",
    "effect",
    "effect_lower",
    "effect_upper",
    "cumulative_effect",
    "cumulative_effect_lower",
    "cumulative_effect_upper",
)


class Outcome(StrEnum):
    """What a check of one question came to."""

    PASSED = "pass"
    FAILED = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"


class Answer(StrEnum):
    """How far one item of a quality statement is met."""

    MET = "met"
    PARTLY = "partly met"
    NOT_MET = "not met"
    NOT_DECLARED = "not declared"
    NOT_APPLICABLE = "not applicable"


class VerdictKind(StrEnum):
    """What may be said of a published claim."""

    SUPPORTED = "supported"
    NOT_ATTRIBUTABLE = "true but not attributable"
    NOT_SUPPORTED = "not supported"
    INCONCLUSIVE = "inconclusive"
    CANNOT_BE_CHECKED = "cannot be checked"


# --- registers of published figures ----------------------------------------------------------------------------------
class StatisticType(StrEnum):
    """What a published figure is."""

    COUNT = "count"
    PERCENT_CHANGE = "percent_change"
    RATIO = "ratio"
    SHARE = "share"
    QUALITATIVE = "qualitative"


class Qualifier(StrEnum):
    """The word that stood before a published figure; ``exact`` where none did."""

    EXACT = "exact"
    MORE_THAN = "more than"
    AT_LEAST = "at least"
    AROUND = "around"
    ALMOST = "almost"
    LESS_THAN = "less than"
    AT_MOST = "at most"


class Topic(StrEnum):
    """What the counted contacts were about, as far as the source says."""

    ONLINE = "online behaviour"
    OWN = "own behaviour"
    OTHERS = "another person's behaviour"
    ALL = "all topics"
    UNANSWERED = "unanswered"
    WARNINGS = "warning messages"
    OTHER_SERVICE = "other service"
    NOT_STATED = "not stated"


class DatePrecision(StrEnum):
    """How exactly a date is known."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


class PeriodPrecision(StrEnum):
    """How exactly the ends of a period are known."""

    EXACT = "exact"
    APPROXIMATE = "approximate"
    UNKNOWN = "unknown"


class EventKind(StrEnum):
    """In which way an event acts on what is counted."""

    CHANNEL_OPENS = "channel opens"
    CAPACITY = "capacity"
    PUBLICITY = "publicity"
    DEFINITION = "definition"
    RESTRICTIONS = "restrictions"
    REFERRAL = "referral"
    OTHER = "other"


class FigureStatus(StrEnum):
    """Where a figure in a register comes from."""

    PUBLISHED = "published"
    DERIVED = "derived"
    CORRECTED = "corrected"


class ConflictKind(StrEnum):
    """In what two sources disagree."""

    VALUE = "value"
    UNIT = "unit"
    PERIOD = "period"
    REGION = "region definition"
    DEFINITION = "definition"
    METHOD = "method"
