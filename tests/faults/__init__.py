"""Runs that are killed, starved and spoilt: nothing may be lost, nothing half-written, nothing left behind."""
