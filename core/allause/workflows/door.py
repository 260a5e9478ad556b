"""The door: recordings with dirt of every cause are fed to the market data component, and each has to be found."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from allause.component import Component
from allause.exceptions import ComponentError, ConfigurationError, DataError
from allause.kinds.dirt import CLEAN, DIRT, TRUNCATED, recording, truncated
from allause.kinds.recordings import Case, Recording
from allause.models.market import DataQuality
from allause.system import System
from allause.workflows.answers import MOST_ROWS, columns, events, shaped
from allause.workflows.scene import Scene, StepFailed
from allause.workflows.workflow import Step

Table = Mapping[str, list[Any]]

_REFUSALS = (ConfigurationError, DataError)

#: The step that the door stands behind: what a component has must be in order before it is fed.
COUNTED = "count defects"


@attrs.frozen(kw_only=True)
class Fed:
    """Hold an instance that was given a recording, and what it serves of it.

    Attributes:
        recording: what it was given.
        component: the instance.
        table: every row it serves.
    """

    recording: Recording
    component: Component
    table: Table

    def rows(self, symbol: str) -> list[dict[str, Any]]:
        """Return the rows served of a symbol."""
        return [dict(zip(self.table, values, strict=True)) for values in zip(*self.table.values(), strict=True)
                if values[0] == symbol]  # fmt: skip # one list


@attrs.define(eq=False)
class Door:
    """Feed instances of the market data component and ask what they found.

    Attributes:
        scene: of the workflow.
        fed: the instances, by schema.
    """

    scene: Scene
    fed: dict[str, Fed] = attrs.field(factory=dict)

    def feed(self, schema: str) -> None:
        """Write a recording with dirt in it, have a fresh instance read it, and read what it serves."""
        given = recording(schema, self.scene.random)
        hurt = {case.name: case.hurt for case in given.cases}
        self.scene.note(rows=sum(len(case.rows) for case in given.cases), injected=hurt)
        component = self._opened(schema, given)
        call = f"get_symbols() on a recording of {schema}"
        symbols = self.scene.ask_component(component, "get_symbols")
        if not isinstance(symbols, tuple | list) or tuple(symbols) != given.symbols:
            raise StepFailed(f"{call} had to answer {', '.join(given.symbols)}, got {symbols!r:.200}")
        self.fed[schema] = Fed(recording=given, component=component, table=self._read(component, given))

    def stream(self, schema: str) -> None:
        """Hear what is served as events: the same rows in the same order."""
        fed = self.fed[schema]
        call = f"stream_market_data(<every symbol of the {schema} fed>)"
        stream = self.scene.ask_component(fed.component, "stream_market_data", symbols=list(fed.recording.symbols))
        heard = events(stream, call, MOST_ROWS + 1)
        rows = len(fed.table["symbol"])
        self.scene.note(events=len(heard), rows=rows)
        if len(heard) != rows:
            raise StepFailed(f"{call} gave {len(heard)} events; get_market_data gave {rows} rows")
        for index, event in enumerate(heard):
            for name, column in fed.table.items():
                if repr(getattr(event, name, None)) != repr(column[index]):  # repr: NaN is the same as NaN
                    found = f"{name} {getattr(event, name, None)!r}, the table has {column[index]!r}"
                    raise StepFailed(f"{call}: event {index} has {found}")

    def catch(self, schema: str, name: str) -> None:
        """Have what was put in counted under its name, every row accounted for, and nothing bad served."""
        fed = self.fed[schema]
        self._judge(fed, next(case for case in fed.recording.cases if case.name == name))

    def truncate(self, schema: str) -> None:
        """Have a file that breaks off refused, or its last row counted and not served."""
        given = truncated(schema, self.scene.random)
        try:
            component = self._opened(f"truncated_{schema}", given)
            fed = Fed(recording=given, component=component, table=self._read(component, given))
        except (*_REFUSALS, ComponentError) as error:
            refused = error.__cause__ if isinstance(error, ComponentError) else error
            if not isinstance(refused, _REFUSALS):
                raise
            self.scene.note(refused=str(refused))
        else:
            self._judge(fed, *given.cases)

    def _judge(self, fed: Fed, case: Case) -> None:
        call = f"get_data_quality({[case.symbol]!r})"
        answer = self.scene.ask_component(fed.component, "get_data_quality", symbols=[case.symbol])
        quality = shaped(answer, DataQuality, call)
        served = fed.rows(case.symbol)
        self.scene.note(injected=case.hurt, rows=quality.rows, good=quality.good, served=len(served),
                        defects={cause: count for cause, count in quality.defects.items() if count},
                        flagged=dict(quality.flagged))  # fmt: skip # one note
        if lost := case.unaccounted(quality.rows, quality.good, quality.defects, len(served)):
            raise StepFailed(f"{call}: {lost}")
        if missed := case.missed(quality.defects, quality.flagged):
            raise StepFailed(f"{call}: {missed}")
        if wrong := case.wrongly_served(served):
            raise StepFailed(f"get_market_data({[case.symbol]!r}): {wrong}")

    def store(self, schema: str, rows: Table) -> Table:
        """Store rows made of those served, have a fresh instance read them, and return what was served, no defect."""
        fed = self.fed[schema]
        kept = Recording(columns=fed.recording.columns, cases=tuple(_kept(fed.recording, rows)))
        component = self._opened(f"stored_{schema}", kept)
        table = self._read(component, kept)
        call = "get_data_quality() of what was served, enhanced, stored and read again"
        answer = self.scene.ask_component(component, "get_data_quality", symbols=list(kept.symbols))
        quality = shaped(answer, DataQuality, call)
        served = len(fed.table["symbol"])
        self.scene.note(rows=served, good=quality.good)
        if quality.good != served or quality.rows != served:
            raise StepFailed(f"{call}: {quality.good} of {quality.rows} rows are good; {served} good ones were served")
        if list(map(repr, table.items())) != list(map(repr, fed.table.items())):
            raise StepFailed(f"{call}: other rows came back than were served")
        return table

    def _opened(self, name: str, given: Recording) -> Component:
        folder = self.scene.directory(name)
        path = folder / f"{name}.csv"
        path.write_text(given.csv(), "utf-8")
        component = self.scene.watch(self.scene.rebuild("market_data", {"path": str(path)}))
        system = System({"market_data": component}, Path(folder))
        self.scene.started.append(system)
        system.start(seed=self.scene.seed, calling=self.scene.calling)
        return component

    def _read(self, component: Component, given: Recording) -> Table:
        call = "get_market_data(<every symbol fed>)"
        answer = self.scene.ask_component(component, "get_market_data", symbols=list(given.symbols))
        table = columns(answer, call)
        if tuple(table) != given.columns:
            raise StepFailed(f"{call} answered the columns {list(table)}; the recording has {list(given.columns)}")
        return table


def _kept(given: Recording, table: Table) -> Iterator[Case]:
    rows: dict[str, list[dict[str, Any]]] = {symbol: [] for symbol in given.symbols}
    for values in zip(*(table[name] for name in given.columns), strict=True):
        rows[values[0]].append(dict(zip(given.columns, values, strict=True)))
    for symbol, each in rows.items():
        yield Case(name=symbol, symbol=symbol, rows=tuple(each), good=tuple(each))


def _feed(schema: str) -> Callable[[Any], None]:
    return lambda script: script.door.feed(schema)


def _stream(schema: str) -> Callable[[Any], None]:
    return lambda script: script.door.stream(schema)


def _catch(schema: str, name: str) -> Callable[[Any], None]:
    return lambda script: script.door.catch(schema, name)


def _truncate(schema: str) -> Callable[[Any], None]:
    return lambda script: script.door.truncate(schema)


def steps() -> Iterator[Step]:
    """Yield the steps of the door: their script has it as ``door``."""
    for schema, dirt in DIRT.items():
        feed = f"feed {schema}"
        yield Step(feed, _feed(schema), (COUNTED,))
        yield Step(f"stream the {schema} fed", _stream(schema), (feed,))
        for name in [*dirt, CLEAN]:
            yield Step(f"{schema}: {name.replace('_', ' ')}", _catch(schema, name), (feed,))
        yield Step(f"{schema}: {TRUNCATED}", _truncate(schema), (feed,))
