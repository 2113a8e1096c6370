"""The audit of a register of claims, as text, as a table and as a web page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.claim import AuditClass
from evalkit.report import html
from evalkit.report.files import write_atomically
from evalkit.report.tables import Table

if TYPE_CHECKING:
    from evalkit.claim import Audit, ClaimAudit

TITLE = "Audit of published claims"
_EXPLAINED: Mapping[AuditClass, str] = {
    AuditClass.CONTRADICTED: "Other published figures exclude it, allowing for rounding.",
    AuditClass.CONSISTENT: "Other published figures give the same, allowing for rounding.",
    AuditClass.IMPLIED: "It fixes another figure (a baseline, say) that was not published.",
    AuditClass.UNCHECKED: "Nothing else that was published bears on it.",
}
_HEADER = ("Region", "Published", "Recomputed", "Why", "Source")


def audit_text(audit: Audit) -> str:
    """The audit as plain text: counts by class, then every contradicted figure with its reason."""
    lines = [f"{len(audit)} published figures"]
    lines += [f"  {number:4d}  {one.value}" for one, number in audit.counts.items()]
    contradicted = [one for one in audit if one.audit_class is AuditClass.CONTRADICTED]
    if contradicted:
        lines.append("Contradicted:")
        lines += [f"  {one.claim.claim_id} {one.claim.region}: {one.reasons[0]}" for one in contradicted]
    return "\n".join(lines)


def write_claims_audit(
    audit: Audit, folder: str | Path, *, issued: dt.date | None = None, simulated: bool = False
) -> dict[str, Path]:
    """Write the audit as a web page and a table.

    Parameters
    ----------
    audit : Audit
        From :func:`evalkit.audit_published` or :func:`evalkit.audit_file`.
    folder : str or Path
        Where to; made where it does not exist.
    issued : datetime.date, optional
        Date on the page; today unless said otherwise.
    simulated : bool, optional
        Whether the claims are about simulated contacts; then the page says so.

    Returns
    -------
    dict of str to Path
        ``page`` (claims.html), ``table`` (claims.csv).
    """
    date = issued or dt.datetime.now(tz=dt.UTC).date()
    page = html.render("claims.html.j2", _page(audit, date, simulated=simulated)).encode()
    table = audit.to_frame().to_csv(index=False, lineterminator="\n").encode()
    return {
        "page": write_atomically(Path(folder) / "claims.html", page),
        "table": write_atomically(Path(folder) / "claims.csv", table),
    }


def _page(audit: Audit, issued: dt.date, *, simulated: bool) -> dict[str, Any]:
    held = {one: [claim for claim in audit if claim.audit_class is one] for one in _EXPLAINED}
    return {
        "title": TITLE,
        "commissioner": "",
        "simulated": "Simulated data" if simulated else "",
        "simulated_note": "Simulated data: these claims were made up about simulated contacts." if simulated else "",
        "footer": "evalkit",
        "issued": f"{issued.day} {issued:%B %Y}",
        "tiles": [
            {"value": str(len(claims)), "label": one.value, "note": _EXPLAINED[one]} for one, claims in held.items()
        ],
        "sections": [
            {"name": one.value, "explained": _EXPLAINED[one], "table": _table(one, claims).to_dict()}
            for one, claims in held.items()
            if claims
        ],
    }


def _table(kind: AuditClass, claims: list[ClaimAudit]) -> Table:
    return Table(
        caption=f"Published figures: {kind.value} ({len(claims)}).",
        header=_HEADER,
        rows=tuple(_row(one) for one in claims),
        align=("left", "left", "right", "left", "left"),
    )


def _row(one: ClaimAudit) -> tuple[str, ...]:
    recomputed = "–" if one.recomputed is None else f"{one.recomputed:,.4g}"
    if one.recomputed is not None and one.recomputed >= 1000:
        recomputed = f"{one.recomputed:,.0f}"
    return (one.claim.region, one.claim.text, recomputed, " ".join(one.reasons), one.claim.source)
