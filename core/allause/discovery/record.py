"""What metadata alone says of a component."""

from enum import StrEnum

import attrs


class ComponentState(StrEnum):
    """Name what metadata alone says of a component."""

    FOUND = "found"
    DUPLICATE = "duplicate"
    BROKEN = "broken"


@attrs.frozen(kw_only=True)
class ComponentRecord:
    """Hold what metadata says of one component.

    Attributes:
        id: ``distribution:name``, both normalised; ``?`` where one is unknown.
        kind: from the entry point group; empty when the group is none of ours.
        name: the entry point's name as written.
        distribution: the distribution's name, normalised.
        version: of the distribution; empty when unknown.
        module: left of the colon; empty when the value is malformed.
        attribute: right of the colon.
        state: see ``ComponentState``.
        reason: why it is broken or a duplicate; empty when found.
        defect: the code of the check this reason belongs to; empty when found.
        location: the folder that holds the distribution's metadata.
        group: the entry point group as written.
        requires: the distribution's requirements as written.
    """

    id: str
    kind: str
    name: str
    distribution: str
    version: str
    module: str
    attribute: str
    state: ComponentState
    reason: str = ""
    defect: str = ""
    location: str = ""
    group: str = ""
    requires: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Contributor:
    """Hold what metadata says of one contributor of checks or of a command.

    Attributes:
        id: ``distribution:name``.
        distribution: its name, normalised.
        module: left of the colon.
        attribute: right of the colon; empty when the module itself is meant.
    """

    id: str
    distribution: str
    module: str
    attribute: str
