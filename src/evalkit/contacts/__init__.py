"""Contacts: read, check, aggregate. Everything else starts from a series that this stage hands on."""

from __future__ import annotations

from evalkit.contacts.aggregate import aggregate
from evalkit.contacts.covariates import read_covariates
from evalkit.contacts.frequency import full_frequency, letter_of
from evalkit.contacts.periods import infer_frequency, period_text, to_period
from evalkit.contacts.read import Metadata, read_contacts, read_table, validate_contacts
from evalkit.contacts.series import complete_series
from evalkit.contacts.table import Contacts

__all__ = [
    "Contacts",
    "Metadata",
    "aggregate",
    "complete_series",
    "full_frequency",
    "infer_frequency",
    "letter_of",
    "period_text",
    "read_contacts",
    "read_covariates",
    "read_table",
    "to_period",
    "validate_contacts",
]
