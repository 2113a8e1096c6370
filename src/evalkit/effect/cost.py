"""Cost per additional contact: a known cost over an estimated number of contacts, with its interval turned over."""

from __future__ import annotations

from typing import Final

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.effect.estimate import Estimate, NotEstimable

COST_PER_CONTACT: Final = "cost_per_additional_contact"
_NOT_CONTACTS: Final = frozenset({vocab.Unit.PEOPLE, vocab.Unit.OFFENCES, vocab.KIND_UNITS["measure"]})


def cost_per_contact(
    total: Estimate | NotEstimable, cost: float, *, currency: str, unit: str = vocab.Unit.CONTACTS
) -> Estimate | NotEstimable:
    """What each additional contact cost, if the campaign was the cause of all of them.

    With cost C, taken as known, and the cumulative effect E in (L, U), the cost per additional contact is C / E in
    (C / U, C / L): the transformation is monotone where L > 0, so that the interval keeps its probability content.
    Where the interval of E holds 0 the ratio is unbounded and says nothing; it is not estimable then, and neither is
    it where contacts fell.

    Parameters
    ----------
    total : Estimate or NotEstimable
        The cumulative effect over the window, in contacts.
    cost : float
        What the campaign cost, 0 or more.
    currency : str
        Its currency, such as ``"GBP"``.
    unit : str, optional
        What is counted. Neither people nor offences have a cost by this arithmetic.

    Returns
    -------
    Estimate or NotEstimable
        In ``currency`` per contact, over the window of ``total``.
    """
    if isinstance(total, NotEstimable):
        return NotEstimable(text("effect.cost.not_estimable"), total.remedy)
    if unit in _NOT_CONTACTS:
        return NotEstimable(text("effect.cost.not_contacts", unit=unit))
    if total.upper < 0:
        return NotEstimable(text("effect.cost.fewer"))
    if total.lower <= 0:
        return NotEstimable(text("effect.cost.none"))
    return Estimate(
        name=COST_PER_CONTACT,
        value=cost / total.value,
        lower=cost / total.upper,
        upper=cost / total.lower,
        level=total.level,
        unit=text("effect.cost.unit", currency=currency),
        window=total.window,
    )
