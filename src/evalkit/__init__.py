"""Interrupted time-series evaluation of regional help-seeking campaigns."""

__version__ = "0.1.0"
