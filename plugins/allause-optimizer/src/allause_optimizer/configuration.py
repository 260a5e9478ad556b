"""What may be configured."""

import attrs

from allause.exceptions import ConfigurationError


def _at_least_one(instance: "Config", attribute: "attrs.Attribute[int]", value: int) -> None:
    del instance
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        message = f"{attribute.name}: expected a whole number from 1 up, found {value!r}"
        raise ConfigurationError(f"{message}; the default is {attribute.default}", path=attribute.name)


@attrs.frozen(kw_only=True)
class Config:
    """Configure a ``TradingSystemOptimizer``.

    Attributes:
        repetitions: how often two groups of settings are measured beside each other before one is called better.
        orders: in each trial, when the caller does not say.
        max_trials: most trials in one optimization; at least four times the repetitions, so that one comparison
            and its confirmation fit.
    """

    repetitions: int = attrs.field(default=3, validator=_at_least_one)
    orders: int = attrs.field(default=100, validator=_at_least_one)
    max_trials: int = attrs.field(default=36, validator=_at_least_one)

    def __attrs_post_init__(self) -> None:
        """Check what the values ask of each other."""
        if self.max_trials < 4 * self.repetitions:
            raise ConfigurationError(
                f"max_trials: expected at least {4 * self.repetitions}, four times the repetitions, found "
                f"{self.max_trials}; raise it or lower repetitions",
                path="max_trials",
            )
