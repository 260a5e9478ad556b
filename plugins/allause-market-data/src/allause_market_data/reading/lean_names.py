"""What the names around QuantConnect Lean data say: security type, resolution, instrument, day."""

from datetime import date
from pathlib import PurePath

import attrs

_TYPES = (
    "equity",
    "option",
    "indexoption",
    "futureoption",
    "future",
    "forex",
    "cfd",
    "crypto",
    "cryptofuture",
    "index",
)
_STEPS_S = {"tick": 0, "second": 1, "minute": 60, "hour": 3600, "daily": 86_400}
_KINDS = ("trade", "quote", "openinterest")
_STYLES = ("american", "european")
_RIGHTS = {"call": "C", "put": "P"}
#: Security types whose times are of New York and whose prices are stored in 1/10000.
_NEW_YORK = ("equity", "option", "indexoption", "index")
_SCALED = ("equity", "option", "indexoption")


@attrs.frozen(kw_only=True)
class LeanFile:
    """Hold what the path of a file says.

    Attributes:
        type: the security type, such as ``equity``; empty when the path does not say.
        step_s: seconds of a bar; 0 for ticks; None when the path does not say.
        ticker: the instrument or underlying, in capitals.
    """

    type: str
    step_s: int | None
    ticker: str

    @property
    def zone(self) -> str:
        """Return the time zone of the times."""
        return "America/New_York" if self.type in _NEW_YORK else "UTC"

    @property
    def scale(self) -> float:
        """Return what prices are divided by."""
        return 10_000 if self.type in _SCALED else 1


@attrs.frozen(kw_only=True)
class LeanMember:
    """Hold what the name of a member of a zip archive says.

    Attributes:
        symbol: the instrument: the ticker, with the contract month of a future, or as OCC writes an option.
        day: that its times are of; None when they carry their own.
        kind: ``trade``, ``quote`` or ``openinterest``; empty when it does not say.
    """

    symbol: str
    day: date | None
    kind: str
    underlying: str = ""
    expiry: date | None = None
    strike: float | None = None
    right: str | None = None


def lean_file(name: str) -> LeanFile:
    """Read the path of a file."""
    parts = [part.lower() for part in PurePath(name).parts]
    stem = parts[-1].split(".", 1)[0].split("_", 1)[0]
    kind = next((part for part in reversed(parts[:-1]) if part in _TYPES), "")
    step = next((_STEPS_S[part] for part in reversed(parts[:-1]) if part in _STEPS_S), None)
    ticker = parts[-2] if stem.isdigit() and len(parts) > 1 else stem
    return LeanFile(type=kind, step_s=step, ticker=ticker.upper())


def lean_member(name: str, ticker: str) -> LeanMember | None:
    """Read the name of a member; None for one that Lean does not write.

    Args:
        name: such as ``20131004_bac_minute_quote.csv`` or ``goog_trade_american_put_7100000_20151231.csv``.
        ticker: what the path says.
    """
    words = PurePath(name).name.lower().removesuffix(".csv").split("_")
    try:
        day = _day(words.pop(0)) if words[0].isdigit() else None
        ticker = words.pop(0).upper() if words else ticker
        words = [word for word in words if word not in _STEPS_S and word not in _STYLES]
        kind = words.pop(0) if words and words[0] in _KINDS else ""
        if not words:
            return LeanMember(symbol=ticker, day=day, kind=kind)
        if words[0] in _RIGHTS:
            right, strike, expiry = _RIGHTS[words[0]], int(words[1]), _day(words[2])
            # OCC: root, date, right, strike in thousandths with eight digits
            symbol = f"{ticker}{expiry:%y%m%d}{right}{strike // 10:08d}"
            return LeanMember(
                symbol=symbol, day=day, kind=kind, underlying=ticker, expiry=expiry, strike=strike / 10_000, right=right
            )
        if len(words) == 1 and words[0].isdigit():
            return LeanMember(symbol=f"{ticker}{words[0]}", day=day, kind=kind, underlying=ticker)
    except (ValueError, IndexError):
        return None
    return None


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
