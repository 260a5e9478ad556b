import importlib.util
import sys
from pathlib import Path

import pytest

from allause.checks import CHECKS, examine
from allause.discovery import discover
from allause.evidence import gather
from allause.isolation import Helper

_PLACE = Path(__file__).parents[1] / "mutants" / "catalogue.py"


def _load_catalogue():
    spec = importlib.util.spec_from_file_location("mutants_catalogue", _PLACE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


CATALOGUE = _load_catalogue()


@pytest.fixture
def catalogue():
    return CATALOGUE


@pytest.fixture
def examine_mutant(tmp_path, monkeypatch):
    """Examine a mutant as validate would and return its results by code."""

    def run(mutant):
        CATALOGUE.write(mutant, tmp_path)
        monkeypatch.syspath_prepend(tmp_path)
        record = discover([str(tmp_path)])[0]
        with Helper() as helper:
            evidence = gather(record, helper, core_version="0.1.0", nonce="a-nonce-of-the-test")
        return {result.code: result for result in examine(CHECKS, evidence)}

    return run
