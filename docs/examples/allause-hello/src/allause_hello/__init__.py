"""Analyse returns in three figures: the tutorial's component."""

from allause_hello.plugin import HelloAnalytics, HelloConfig

__all__ = ["HelloAnalytics", "HelloConfig"]
