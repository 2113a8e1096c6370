"""Simulated contacts with their truth, as one frozen object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from evalkit.contacts import Contacts
from evalkit.display import Displayed
from evalkit.simulate.config import Simulation
from evalkit.simulate.process import SimulatedPath, simulate_paths
from evalkit.simulate.truth import truth_table
from evalkit.vocab import CHANNEL, CONTACTS, EXPOSURE, PERIOD, REGION, Unit

# Raised by hand when the same configuration gives other counts than before.
ALGORITHM: Final = 1


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Simulated(Displayed):
    """Contacts that were made, not counted, and what is true of them.

    Attributes
    ----------
    config : Simulation
        What they were made from.
    contacts : Contacts
        Monthly counts by region and channel with ``exposure`` (people); ``contacts.simulated`` is True.
    truth : DataFrame
        The known effect in every region and channel; columns as in :func:`~evalkit.simulate.truth.truth_table`.
    paths : tuple of SimulatedPath
        Every series with its expectations with and without the campaign.
    """

    config: Simulation
    contacts: Contacts
    truth: pd.DataFrame
    paths: tuple[SimulatedPath, ...]

    @property
    def metadata(self) -> dict[str, Any]:
        """What must travel with the contacts: that they are simulated, and how to make them again."""
        return {
            "simulated": True,
            "title": self.config.title,
            "unit": Unit.CONTACTS.value,
            "seed": self.config.seed,
            "generator": f"evalkit.simulate, algorithm {ALGORITHM}",
            "configuration_sha256": self.config.content_hash,
        }


def simulate_contacts(config: Simulation) -> Simulated:
    """Make contacts with a known effect.

    Parameters
    ----------
    config : Simulation
        The configuration, such as :func:`~evalkit.simulate.config.load_simulation` returns.

    Returns
    -------
    Simulated
        The same for the same configuration, on every machine.

    Notes
    -----
    The process is stated in :func:`~evalkit.simulate.process.simulate_paths`.
    """
    paths = simulate_paths(config)
    contacts = Contacts(
        frame=pd.concat([_rows(path) for path in paths], ignore_index=True),
        frequency="M",
        simulated=True,
        unit=Unit.CONTACTS.value,
        source=f"simulation, seed {config.seed}",
        title=config.title,
    )
    return Simulated(config=config, contacts=contacts, truth=truth_table(config, paths), paths=paths)


def _rows(path: SimulatedPath) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            REGION: path.region.region,
            CHANNEL: path.channel.channel,
            PERIOD: path.counts.index,
            CONTACTS: path.counts.to_numpy(dtype=float),
            EXPOSURE: path.population.to_numpy(dtype=float),
        }
    )
    return frame[path.reported.to_numpy()]
