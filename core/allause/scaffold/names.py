"""Names of a new distribution: one is given, the others follow from it."""

import keyword
import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from typing import Self

import attrs

from allause.discovery import printable
from allause.exceptions import UsageError

_LONGEST = 40
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)
_TAKEN = frozenset({"allause", "src", "test", "tests", "conftest"})


@attrs.frozen(kw_only=True)
class Names:
    """Hold the names of one distribution.

    Attributes:
        distribution: what pip installs, such as ``acme-prices``.
        package: what Python imports, ``acme_prices``.
        component: the entry point's name, ``acme-prices``; without a leading ``allause-``.
        class_name: of the component, ``AcmePrices``.
    """

    distribution: str
    package: str
    component: str
    class_name: str

    @classmethod
    def of(cls, name: str) -> Self:
        """Return the names that follow from the distribution's.

        Raises:
            UsageError: the name is malformed, or taken, with one that would do.
        """
        problem = _problem(name)
        if problem:
            suggestion = _suggestion(name)
            hint = f"; '{suggestion}' would do" if suggestion else "; choose one such as 'acme-prices'"
            raise UsageError(f"{printable(name, 80)!r} cannot be the name of a distribution: {problem}{hint}")
        component = name.removeprefix("allause-")
        return cls(
            distribution=name,
            package=name.replace("-", "_"),
            component=component,
            class_name="".join(part.capitalize() for part in component.split("-")),
        )


def _problem(name: str) -> str:
    """Return what is wrong with a name; empty when it will do."""
    package = name.replace("-", "_")
    if not _NAME.fullmatch(name):
        return "expected lower-case letters and digits, in words joined by '-', a letter first"
    faults = {
        f"it has {len(name)} characters, at most {_LONGEST} are taken": len(name) > _LONGEST,
        f"{package!r} is a word of the language": keyword.iskeyword(package) or keyword.issoftkeyword(package),
        f"the package {package!r} would hide another one": package in sys.stdlib_module_names | _TAKEN,
        "the component's name would begin with a digit": not name.removeprefix("allause-")[0].isalpha(),
        f"a distribution {name} is installed": _is_installed(name),
    }
    return next((fault for fault, found in faults.items() if found), "")


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _suggestion(name: str) -> str:
    words = "-".join(re.findall(r"[a-z0-9]+", name.lower())).lstrip("0123456789-")[:_LONGEST].rstrip("-")
    return next((each for each in (words, f"acme-{words}"[:_LONGEST].rstrip("-")) if words and not _problem(each)), "")
