"""What a project decides once: ``allause.toml`` or ``[tool.allause]``, the environment, and its waivers."""

from allause.configuration.place import Place, find_place
from allause.configuration.settings import SETTINGS, Settings, read_settings
from allause.configuration.waivers import add_waiver, read_waivers, without_waivers

__all__ = [
    "SETTINGS",
    "Place",
    "Settings",
    "add_waiver",
    "find_place",
    "read_settings",
    "read_waivers",
    "without_waivers",
]
