"""Distributions written for a test, and validations of them alone."""

import pytest

import allause
from mutants.mutant import Mutant, write


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Return a folder on the search path."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.fixture
def component(site):
    """Write the good component, or a broken variant of it, and return its identity."""

    def make(*edits, **fields):
        write(Mutant("", "one", edits=edits, **fields), site)
        return "mutant-analytics:engine"

    return make


@pytest.fixture
def contributor(site):
    """Write a distribution that contributes checks."""

    def make(source, name="acme-rules", value=None):
        module = name.replace("-", "_")
        (site / f"{module}.py").write_text(source)
        info = site / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[allause.checks]\nrules = {value or module}\n")
        return name

    return make


@pytest.fixture
def validate():
    """Validate without workflows and return the report."""

    def call(*components, **options):
        return allause.validate(components, workflows=False, **options)

    return call
