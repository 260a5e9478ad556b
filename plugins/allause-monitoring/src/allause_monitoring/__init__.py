"""Collect metrics and evaluate alert rules as an allause component."""
