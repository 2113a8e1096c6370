"""Launches by region, from a register of campaigns or a plain list."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from evalkit.registers.readers import CAMPAIGN_COLUMNS
from evalkit.registers.sheet import open_sheet
from evalkit.vocab import DatePrecision

_TOO_COARSE = (DatePrecision.YEAR, DatePrecision.UNKNOWN)


def read_launches(path: str | Path) -> pd.DataFrame:
    """Read the first exposed period of each region.

    Parameters
    ----------
    path : str or Path
        CSV with at least ``region`` (several separated by semicolons) and ``launch`` (``2019-05`` or ``2019-05-02``); a
        register of campaigns will do.

    Returns
    -------
    pandas.DataFrame
        Columns ``region`` and ``launch`` (text), one row a region, in the order of the file.

    Raises
    ------
    RegisterError
        With all problems: columns, dates that are unknown or no finer than a year, two launches for one region.
    """
    sheet = open_sheet(path, required=("region", "launch"), optional=("campaign", *CAMPAIGN_COLUMNS))
    found: dict[str, tuple[str, int]] = {}
    for cells in sheet.cells():
        launch = cells.imprecise("launch")
        if cells.text("launch") and launch.precision in _TOO_COARSE:
            what = f"launch is {cells.text('launch')!r}, which is no month."
            cells.note("vague-launch", what, "Write it as YYYY-MM or YYYY-MM-DD, or leave the region out.")
        if not cells.words("region"):
            cells.needed("region")
        for region in cells.words("region"):
            text, row = found.setdefault(region, (launch.iso.partition("/")[0], cells.row))
            if row != cells.row:
                what = f"region {region!r} has a launch in row {row} too ({text})."
                cells.note("two-launches", what, "Keep the launch that is to be evaluated.")
    sheet.finish()
    return pd.DataFrame([(region, text) for region, (text, _) in found.items()], columns=["region", "launch"])
