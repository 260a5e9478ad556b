"""Test a component as the host would: a pytest plugin for component authors.

This package is the only one that imports pytest. The plugin is loaded by every run of pytest where allause is
installed; it imports nothing else until a test asks for it.
"""

from allause.testing.conformance_tests import conformance

__all__ = ["conformance"]
