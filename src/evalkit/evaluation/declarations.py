"""What only a person can answer about an evaluation: the ``[declarations]`` table of an evaluation file."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from evalkit.display import Displayed

Declared = Literal["yes", "partly", "no"]
_HOW = '{ answer = "yes", evidence = "..." }'


class Declaration(Displayed, BaseModel):
    """One answer, and what it rests on.

    Attributes
    ----------
    answer : {"yes", "partly", "no"}
        The answer to the question that the name of the declaration stands for.
    evidence : str
        What it rests on: a document, a date, a person's role. A "yes" without evidence counts as "partly".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer: Declared = Field(description='"yes", "partly" or "no"')
    evidence: StrictStr = Field(default="", description="what the answer rests on; a yes without it counts as partly")


class Declarations(Displayed, BaseModel):
    """Answers that the data do not hold; what is left out is printed as "not declared" and never assumed.

    Attributes
    ----------
    independent : Declaration, optional
        Nothing else that moves contacts changed with the campaign.
    shape_prespecified : Declaration, optional
        Level or slope, delay and window were fixed before the data were seen.
    collection_unaffected : Declaration, optional
        Contacts were counted in the same way before and after the launch.
    outcome_objective : Declaration, optional
        Contacts are counted by a system, or by people who did not know of the campaign.
    outcome_reliable : Declaration, optional
        The counts were checked: counted twice, or compared with a second source.
    data_complete : Declaration, optional
        The file holds the contacts of the service in full, at least four fifths in every period.
    all_outcomes_reported : Declaration, optional
        Every channel, region and outcome that was looked at is reported.
    no_other_bias : Declaration, optional
        Nothing else is known that could have biased the result.
    spacing_justified : Declaration, optional
        There is a reason for the number and the length of the periods.
    comparison_justified : Declaration, optional
        There is a reason why the comparison regions are like the treated one.
    theory : Declaration, optional
        It is written down why the campaign should change contacts.
    protocol : Declaration, optional
        A protocol was deposited before the data end.
    funding : Declaration, optional
        It is stated who paid for the campaign and for the evaluation.
    conflicts : Declaration, optional
        It is stated who has an interest in the result.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    independent: Declaration | None = Field(
        default=None, description=f"whether nothing else that moves contacts changed with the campaign: {_HOW}"
    )
    shape_prespecified: Declaration | None = Field(
        default=None, description="whether level or slope, delay and window were fixed before the data were seen"
    )
    collection_unaffected: Declaration | None = Field(
        default=None, description="whether contacts were counted in the same way before and after the launch"
    )
    outcome_objective: Declaration | None = Field(
        default=None, description="whether a system counts, or people who did not know of the campaign"
    )
    outcome_reliable: Declaration | None = Field(
        default=None, description="whether the counts were checked against a second count or source"
    )
    data_complete: Declaration | None = Field(
        default=None, description="whether the file holds at least four fifths of the service's contacts, every period"
    )
    all_outcomes_reported: Declaration | None = Field(
        default=None, description="whether every channel, region and outcome that was looked at is reported"
    )
    no_other_bias: Declaration | None = Field(
        default=None, description="whether nothing else is known that could have biased the result"
    )
    spacing_justified: Declaration | None = Field(
        default=None, description="whether there is a reason for the number and the length of the periods"
    )
    comparison_justified: Declaration | None = Field(
        default=None, description="whether there is a reason why the comparison regions are like the treated one"
    )
    theory: Declaration | None = Field(
        default=None, description="whether it is written down why the campaign should change contacts"
    )
    protocol: Declaration | None = Field(
        default=None, description="whether a protocol was deposited before the data end"
    )
    funding: Declaration | None = Field(
        default=None, description="whether it is stated who paid for the campaign and for the evaluation"
    )
    conflicts: Declaration | None = Field(
        default=None, description="whether it is stated who has an interest in the result"
    )

    @property
    def declared(self) -> dict[str, Declaration]:
        """The answers that were given, by name."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: declaration for name, declaration in given.items() if declaration is not None}
