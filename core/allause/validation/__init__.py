"""Validate: examine components, run workflows, account for everything planned, and report. Never prints."""

from allause.validation.request import FailOn, Request
from allause.validation.session import SCHEMA_VERSION, carry_out, validate

__all__ = ["SCHEMA_VERSION", "FailOn", "Request", "carry_out", "validate"]
