"""What the component says of itself before anything happened."""

from importlib.metadata import version

from allause.hookspecs import CONTRACT_VERSION
from allause.models.component import ComponentInfo, TunableSetting
from allause_execution.configuration import Config

_EXAMINED = ("journal", "link", "unknown orders", "illegal events", "brackets", "drift")
_FORGETS = "Place orders once; configured without a journal, so that no restart finds anything."
_COMMIT_CANDIDATES = (1.0, 8.0, 64.0)


def info(config: Config) -> ComponentInfo:
    """Say what the component is."""
    durable = ("durable_journal",) if config.durable else ()
    return ComponentInfo(
        name="execution",
        kind="execution",
        version=version("allause-execution"),
        contract_version=CONTRACT_VERSION,
        description="Place orders once, whatever happens." if durable else _FORGETS,
        capabilities=("brackets", *durable, "oco", "reconciliation", "replace", "stops"),
    )


def examined(config: Config) -> tuple[str, ...]:
    """Name what ``validate_component`` looks at."""
    return _EXAMINED if config.durable else ("no journal: durable is false", *_EXAMINED[1:])


def settings(config: Config) -> tuple[TunableSetting, ...]:
    """Offer the number of orders that may share a commit."""
    value = float(config.orders_per_commit)
    candidates = tuple(sorted({value, *_COMMIT_CANDIDATES}))
    return (TunableSetting(name="orders_per_commit", value=value, candidates=candidates, unit="orders"),)
