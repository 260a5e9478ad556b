"""The quality gate: what is wrong with rows of market data, and which of them may be served."""

from allause_market_data.gate.causes import CONTRACT, DEFAULTS, Cause, Policy, policies
from allause_market_data.gate.judging import Gate, Judged
from allause_market_data.gate.lacking import united
from allause_market_data.gate.parts import Parts
from allause_market_data.gate.settings import Bounds

__all__ = ["CONTRACT", "DEFAULTS", "Bounds", "Cause", "Gate", "Judged", "Parts", "Policy", "policies", "united"]
