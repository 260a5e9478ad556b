"""Measure a trading system under several settings as an allause component."""
