"""Analyse returns and risk with written definitions as an allause component."""
