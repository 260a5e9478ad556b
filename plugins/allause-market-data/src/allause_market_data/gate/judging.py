"""The quality gate: every row of a table judged, every defect located, and the rows that may be served."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import attrs
import polars as pl

from allause_market_data.gate import values
from allause_market_data.gate.causes import Cause, Policy, policies
from allause_market_data.gate.lacking import having, parts, without
from allause_market_data.gate.moves import currencies, moves
from allause_market_data.gate.ordering import Layout, lay_out, repeats, scattered
from allause_market_data.gate.repairs import repaired
from allause_market_data.gate.runs import finer, frozen
from allause_market_data.gate.settings import Bounds
from allause_market_data.gate.steps import numbering, steps
from allause_market_data.reading import Batch, Schema

_ORDERED = frozenset({Schema.BAR, Schema.QUOTE, Schema.TRADE, Schema.OBSERVATION})
#: What makes a price useless for judging the next one.
_UNSOUND = sum(
    cause.bit
    for cause in (
        Cause.DUPLICATE,
        Cause.DUPLICATE_KEY,
        Cause.NON_FINITE,
        Cause.ONE_SIDED,
        Cause.NEGATIVE_PRICE,
        Cause.ZERO_PRICE,
        Cause.CROSSED_QUOTE,
    )
)


@attrs.frozen
class Gate:
    """Judge tables.

    Attributes:
        chosen: policies that differ from the default, by cause.
        bounds: beyond which something is wrong.
        calendar: whose sessions tell what is missing; None for wall-clock time.
    """

    chosen: Mapping[str, str] = attrs.field(factory=dict)
    bounds: Bounds = attrs.field(factory=Bounds)
    calendar: str | None = None

    def judge(self, batch: Batch) -> "Judged":
        """Judge the rows of a table, all of them together; ``Parts`` judges one that is too large for that.

        Raises:
            ConfigurationError: an unknown policy, cause or calendar.
        """
        known = policies(self.chosen)
        schema = batch.schema
        if batch.frame.is_empty():
            return Judged(batch, pl.Series("flags", [], dtype=pl.UInt32), {}, known)
        batch = values.stated(batch)
        with ThreadPoolExecutor(1) as beside:  # neither asks the other, and polars lets go of the interpreter
            own = beside.submit(self._own, batch)
            priced = having(batch, "unit")
            batch = values.named(without(batch))
            frame = values.dated(batch.frame)
            layout = lay_out(frame, schema)
            flags = own.result()
        if schema is not Schema.DEPTH:  # a book is built in the order of its update ids, whatever the clock says
            bits = pl.repeat(Cause.DISORDER.bit, len(layout.late), dtype=pl.UInt32, eager=True)
            flags = scattered(flags, layout.late, bits)
            flags = flags | repeats(frame, layout, schema, Cause.REPEAT if batch.repeats else Cause.DUPLICATE)
        flags = _skewed(frame, flags)
        details: dict[tuple[int, Cause], str] = {}
        flags = _mark(flags, currencies(frame, priced), details)
        flags = _mark(flags, self._between(attrs.evolve(batch, frame=frame), layout, flags, known), details)
        return Judged(batch, flags, details, known)

    def _own(self, batch: Batch) -> pl.Series:
        """Return the bits of what each row has by itself, by the columns that its file has."""
        flags = pl.zeros(batch.frame.height, dtype=pl.UInt32, eager=True)
        for at, part in parts(batch):
            found = values.flags(part.frame, part.schema, part.told, self.bounds)
            flags = found if at is None else flags.scatter(at, found)
        return flags

    def _between(
        self, batch: Batch, layout: Layout, flags: pl.Series, known: Mapping[Cause, Policy]
    ) -> Iterator[tuple[int, Cause, str]]:
        frame, schema = batch.frame, batch.schema
        yield from numbering(frame, schema)
        if schema not in _ORDERED:
            return
        unsound, rejected = (flags & _UNSOUND) != 0, (flags & _bits(known, Policy.REJECT)) != 0
        sound = layout.ordered.kept(unsound)
        if schema is not Schema.OBSERVATION:
            yield from moves(batch, sound, self.bounds)
            yield from finer(sound, self.bounds)
        for index in frozen(frame, sound, schema, self.bounds):
            yield int(index), Cause.FROZEN, "the same again and again"
        served = sound if rejected.equals(unsound) else layout.ordered.kept(rejected)
        yield from steps(served, schema, self.bounds, self.calendar)


@attrs.frozen
class Judged:
    """Hold a table and what was found in it.

    Attributes:
        batch: as it was read.
        flags: the bits of the causes of each row.
        details: what a defect between rows was, by row index and cause.
        policies: what becomes of a row, by cause.
    """

    batch: Batch
    flags: pl.Series
    details: Mapping[tuple[int, Cause], str]
    policies: Mapping[Cause, Policy]

    def served(self) -> pl.DataFrame:
        """Return the rows that may be served, mended where the policy says so, with ``row`` and ``flags``.

        They stand in the order of arrival: whoever hands them out puts them in order of time.
        """
        rejected = (self.flags & _bits(self.policies, Policy.REJECT)) != 0
        frame = self.batch.frame.with_columns(self.flags.alias("flags"))
        kept = frame.filter(~rejected) if rejected.any() else frame
        mend = {cause for cause, policy in self.policies.items() if policy is Policy.REPAIR}
        return repaired(kept, self.batch, mend).select(*self.batch.schema.columns, "row", "flags")

    def after(self, rows: int) -> "Judged":
        """Return the same without the first rows."""
        details = {(index - rows, cause): text for (index, cause), text in self.details.items() if index >= rows}
        batch = attrs.evolve(self.batch, frame=self.batch.frame.slice(rows))
        return attrs.evolve(self, batch=batch, flags=self.flags.slice(rows), details=details)

    def counts(self) -> dict[Cause, int]:
        """Count the rows that have each cause; a row with two counts for both."""
        frame = pl.DataFrame({"flags": self.flags})
        counted = frame.select(((pl.col("flags") & cause.bit) != 0).sum().alias(cause) for cause in Cause)
        return {Cause(name): int(count) for name, count in counted.row(0, named=True).items()}

    def outcomes(self) -> dict[str, int]:
        """Count each row once: clean, flagged, repaired or rejected; the four add up to the rows read."""
        rejected = (self.flags & _bits(self.policies, Policy.REJECT)) != 0
        mended = ((self.flags & _bits(self.policies, Policy.REPAIR)) != 0) & ~rejected
        clean = self.flags == 0
        counted = {"clean": int(clean.sum()), "repaired": int(mended.sum()), "rejected": int(rejected.sum())}
        return {**counted, "flagged": self.flags.len() - sum(counted.values())}

    def rejected(self) -> dict[str, int]:
        """Count each rejected row once, under its first cause that rejects."""
        causes = self.first_cause(cause for cause, policy in self.policies.items() if policy is Policy.REJECT)
        return dict(causes.drop_nulls().value_counts(sort=True).iter_rows())

    def first_cause(self, among: Iterable[Cause] = Cause) -> pl.Series:
        """Return the cause each row is counted under, null for none of ``among``."""
        frame = pl.DataFrame({"flags": self.flags})
        picked = [pl.when((pl.col("flags") & cause.bit) != 0).then(pl.lit(cause.value)) for cause in among]
        return frame.select(pl.coalesce(picked).alias("cause")).to_series()


def _bits(known: Mapping[Cause, Policy], policy: Policy) -> int:
    return sum(cause.bit for cause, chosen in known.items() if chosen is policy)


def _mark(
    flags: pl.Series, found: Iterable[tuple[int, Cause, str]], details: dict[tuple[int, Cause], str]
) -> pl.Series:
    bits: dict[int, int] = {}
    for index, cause, detail in found:
        bits[index] = bits.get(index, 0) | cause.bit
        details[index, cause] = detail
    marked = pl.Series(list(bits), dtype=pl.UInt32)
    return scattered(flags, marked, pl.Series(list(bits.values()), dtype=pl.UInt32))


def _skewed(frame: pl.DataFrame, flags: pl.Series) -> pl.Series:
    """Tell a clock that is wrong from a message that is: when most times of a symbol are reversed, it is the clock."""
    reversed_ = (flags & Cause.TIME_REVERSED.bit) != 0
    if not reversed_.any():
        return flags
    share = frame.select("symbol", found=reversed_).group_by("symbol").agg(pl.col("found").mean())
    skewed = share.filter(pl.col("found") > 0.5)["symbol"]  # noqa: PLR2004 - most of them
    wrong = reversed_ & frame["symbol"].is_in(skewed.implode())
    swapped = flags ^ (Cause.TIME_REVERSED.bit | Cause.CLOCK_SKEW.bit)
    return pl.select(pl.when(wrong).then(swapped).otherwise(flags).alias("flags")).to_series()
