"""Packages whose parts are imported when first asked for."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import allause
from allause.deferred import deferred

CORE = Path(allause.__file__).parent
PACKAGES = sorted(
    "allause." + ".".join(file.parent.relative_to(CORE).parts)
    for file in CORE.rglob("__init__.py")
    if "deferred(" in file.read_text()
)


@pytest.mark.parametrize("name", PACKAGES)
def test_every_name_that_a_package_offers_is_found_in_it(name):
    package = import_module(name)
    assert [each for each in package.__all__ if not hasattr(package, each)] == []


@pytest.mark.parametrize("name", PACKAGES)
def test_no_name_is_that_of_a_module_which_would_stand_in_its_place_once_imported(name):
    package = import_module(name)
    assert set(package.__all__).isdisjoint(each.name for each in iter_modules(package.__path__))


@pytest.mark.parametrize("name", PACKAGES)
def test_importing_a_package_imports_none_of_its_parts(name):
    code = f"import sys, {name}; print(*[each for each in sys.modules if each.startswith('{name}.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []


def test_a_name_that_is_not_offered_is_none_of_its_attributes():
    find = deferred("allause.models", ["Report"], ["report"])
    assert find("Report").__name__ == "Report"
    assert find("report").__name__ == "allause.models.report"
    with pytest.raises(AttributeError, match=r"'allause\.models' has no attribute 'Result'"):
        find("Result")
