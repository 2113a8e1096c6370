"""Disclosure control: what may be published of counts of contacts, decided before anything is drawn or written.

``plan_disclosure`` decides from the counts alone; ``control`` turns a report into a release by that plan.
"""

from __future__ import annotations

from evalkit.report.disclosure.gate import control
from evalkit.report.disclosure.log import Suppression, suppressions_csv
from evalkit.report.disclosure.plan import DisclosurePlan, plan_disclosure
from evalkit.report.disclosure.profiles import Profile, named_profile, profile_of
from evalkit.report.disclosure.words import internal_mark

__all__ = [
    "DisclosurePlan",
    "Profile",
    "Suppression",
    "control",
    "internal_mark",
    "named_profile",
    "plan_disclosure",
    "profile_of",
    "suppressions_csv",
]
