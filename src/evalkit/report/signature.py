"""Whose report it is, what the campaign cost, how to cite it and where people find help: what is no result."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit.catalogue import text
from evalkit.evaluation.branding import logo_kind
from evalkit.report import theme
from evalkit.report.stamp import hashed

if TYPE_CHECKING:
    from evalkit.evaluation import Evaluation
    from evalkit.report.content import Provenance

HASH_SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What the evaluation file says of its reports, beside what is asked; attributes as in :class:`Evaluation`."""

    organisation: str = ""
    logo: bytes = b""
    logo_alt: str = ""
    accent: str = theme.BLUE
    signposting: str = ""
    cite: str = ""

    def to_dict(self) -> dict[str, str]:
        """Plain values for JSON; the logo stays in the pages."""
        return {
            "organisation": self.organisation,
            "accent": self.accent,
            "signposting": self.signposting,
            "cite": self.cite,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, str]) -> Signature:
        """The signature that ``to_dict`` wrote, without a logo."""
        return cls(**dict[str, Any](values))

    @property
    def logo_file(self) -> str:
        """Name of the logo in a document; empty where there is none."""
        return f"logo.{logo_kind(self.logo)}" if self.logo else ""

    @property
    def logo_address(self) -> str:
        """The logo as the address of an image; empty where there is none."""
        if not self.logo:
            return ""
        kind = {"png": "image/png", "svg": "image/svg+xml"}[logo_kind(self.logo)]
        return f"data:{kind};base64,{base64.b64encode(self.logo).decode()}"


def signature_of(evaluation: Evaluation) -> Signature:
    """The signature that an evaluation file asks for."""
    branding = evaluation.branding
    return Signature(
        organisation=branding.organisation,
        logo=evaluation.logo,
        logo_alt=branding.logo_alt,
        accent=branding.accent or theme.BLUE,
        signposting=evaluation.signposting.strip(),
        cite=evaluation.cite.strip(),
    )


@dataclass(frozen=True, kw_only=True)
class CampaignCost:
    """What the campaigns of one region's window cost together.

    Attributes
    ----------
    amount : float or None
        0 or more; None where it cannot be said, for the reason in ``fault``.
    currency : str
        ISO 4217.
    fault : str
        Why there is no amount although a cost was declared; empty where there is one.
    campaigns : int
        How many campaigns cost it.
    """

    amount: float | None
    currency: str = ""
    fault: str = ""
    campaigns: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "amount": self.amount,
            "currency": self.currency,
            "fault": self.fault,
            "campaigns": self.campaigns,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> CampaignCost:
        """The cost that ``to_dict`` wrote."""
        return cls(**values)


def citation(
    title: str,
    about: str,
    signature: Signature,
    provenance: Provenance | None,
    commissioner: str,
    *,
    exact: bool = False,
) -> str:
    """How to cite a report: as the evaluation file says, or who, when, what, made with what from which counts."""
    if signature.cite:
        return signature.cite
    if provenance is None:
        return ""
    who = signature.organisation or commissioner
    return text(
        "cite.line" if who else "cite.anonymous",
        **({"who": who} if who else {}),
        year=provenance.issued.year,
        title=title,
        about=about,
        version=provenance.code_version,
        of=hashed(exact=exact),
        hash=provenance.data_hash[:HASH_SHOWN],
    )
