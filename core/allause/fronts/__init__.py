"""Fronts of a venue: one session, served over a descriptor to a process that must not reach the venue itself."""

from allause.fronts.client import RemoteSession
from allause.fronts.server import CrashError, Server

__all__ = ["CrashError", "RemoteSession", "Server"]
