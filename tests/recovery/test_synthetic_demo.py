"""The synthetic control finds the known effects of the bundled contacts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from evalkit.contacts import read_contacts
from evalkit.effect import Estimate, estimate_effect

pytestmark = pytest.mark.slow


def test_intervals_hold_the_known_effects_of_the_demonstration(root: Path) -> None:
    """66 effects from 1 to 3 in campaign regions, with the 12 regions that never had a campaign as candidates.

    At 95 % and independent series 57 or fewer would hold the truth once in a hundred times; they share donors, so they
    vary together a little more.  64 do.
    """
    demo = root / "data" / "demo"
    truth = pd.read_csv(demo / "truth.csv").dropna(subset=["campaign"])
    contacts = read_contacts(demo / "contacts.csv")
    treated = set(pd.read_csv(demo / "campaigns.csv")["region"])
    held = []
    for row in truth.itertuples():
        table = contacts.wide(row.channel)
        donors = table[[name for name in table.columns if name not in treated]]
        effect = estimate_effect(
            table[row.region],
            row.launch,
            end=row.window_end,
            model="synthetic",
            controls=donors,
            second_opinion=False,
        )
        assert isinstance(effect.rate_ratio, Estimate), row.region
        held.append(effect.rate_ratio.lower <= row.rate_ratio <= effect.rate_ratio.upper)
    assert len(held) == 66
    assert sum(held) >= 58
