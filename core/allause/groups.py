"""The entry point groups by themselves: whoever only lists components needs nothing of the contract."""

from collections.abc import Mapping
from types import MappingProxyType

#: Entry point group to the name of its kind; a test holds it against KINDS.
GROUPS: Mapping[str, str] = MappingProxyType(
    {
        f"allause.{kind}": kind
        for kind in ("market_data", "market_data_enhancer", "execution", "optimizer", "monitoring", "analytics")
    }
)
#: Entry point group of those who contribute checks.
CHECKS_GROUP = "allause.checks"
#: Entry point group of those who add commands to the command line.
COMMANDS_GROUP = "allause.commands"
#: Entry point group of those who add readers of market data files; allause-market-data asks them.
READERS_GROUP = "allause.readers"
