"""The pluggy markers and the version of the contract."""

import pluggy

#: Version of the standard API. A minor release adds optional parameters or methods; a major one breaks.
CONTRACT_VERSION = "1.0"

hookspec = pluggy.HookspecMarker("allause")
hookimpl = pluggy.HookimplMarker("allause")
