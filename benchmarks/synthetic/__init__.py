"""Calibration of the synthetic control: simulated panels, ways to an interval, coverage of each."""
