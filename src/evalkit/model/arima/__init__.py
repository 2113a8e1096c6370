"""Intervention and transfer-function models: a regression whose noise is an ARIMA process, by exact likelihood."""

from evalkit.model.arima.options import Arima

__all__ = ["Arima"]
