"""A component in a child of its own: imported, constructed and called by the host.

A child that dies, hangs or answers garbage is replaced, so that one fatal method does not hide the others.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self

import attrs

from allause.discovery import ComponentRecord
from allause.evidence.asker import Asker
from allause.evidence.exchange import Call, Exchange, exchanged, literal
from allause.evidence.member import Member, member
from allause.evidence.patience import Patience
from allause.isolation import Answer, Helper, Outcome, Session
from allause.isolation.directories import contents
from allause.isolation.encoding import encode
from allause.kinds import QUESTIONS, Ask

_GRACE_S = 5.0
#: Operations that, asked before the import, are asked again right after it.
_LOOKS = ("audit", "settings")
#: Parts of the standard API, which is synchronous.
_NOT_AWAITED = frozenset({*QUESTIONS, "start"})
_PROPER = frozenset({Outcome.RETURNED, Outcome.RAISED})
_CONSTRUCTING = frozenset({"construct", "live", "thaw"})


class Examinee:
    """Hold a component in a child and replace the child when it is lost.

    ``names`` are the members looked at; none for one that is known, which the next request constructs.

    Attributes:
        importing: the import; None before the context is entered.
        constructing: the first construction; None when the import failed.
        target_type: ``class``, ``function``, ``module`` or ``instance``; empty before the import.
        members: attributes of the class, as the child found them.
        prepared: what was answered to each operation before the import.
        imported: what those of them that look at the process answered again right after it.
        lost: the request by which the last child was lost that was; None while the first one lives.
        output: what all of them printed, as far as it was kept.
    """

    def __init__(
        self, record: ComponentRecord, helper: Helper, names: Iterable[str], patience: Patience | None = None
    ) -> None:
        self._record = record
        self._helper = helper
        self._names = sorted(names)
        self._patience = patience or Patience(helper.limits.wall_s)
        self._session: Session | None = None
        self._anew = False
        self._emptied = False
        self.importing: Exchange | None = None
        self.constructing: Exchange | None = None
        self.target_type = ""
        self.members: Mapping[str, Member] = {}
        self.prepared: dict[str, Mapping[str, Any]] = {}
        self.imported: dict[str, Mapping[str, Any]] = {}
        self.lost: Exchange | None = None
        self.output = ""

    def __enter__(self) -> Self:
        self._load()
        if not self._names:
            self._anew = True
        elif self.target_type in {"class", "function"}:
            self._construct()
        return self

    def _load(self) -> None:
        answer = self._import(self._names)
        self.importing = self._taken("import", answer)
        self.imported = {operation: self.observe(operation) for operation in _LOOKS if operation in self.prepared}
        if self.importing.returned:
            self.target_type = answer.data["target"]["type"]
            self._learn(answer)
        else:
            self._give_up(self.importing)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._session is not None:
            self._session.close()

    @property
    def alive(self) -> bool:
        """Tell whether there is an instance to put questions to."""
        return self.constructing is not None and self.constructing.returned

    def has(self, method: str) -> bool:
        """Tell whether the class has a method of that name that can be called."""
        member = self.members.get(method)
        return member is not None and member.found_as in {"function", "staticmethod", "classmethod"}

    def asker(self, exchanges: list[Exchange], **options: Any) -> Ask:
        """Return the function with which an interview puts its questions; each exchange is added to ``exchanges``.

        It raises ``EndedError`` when the child gives no proper answer. ``options`` go with every call.
        """
        return Asker(partial(self.calls, options=options), exchanges)

    def call(
        self, method: str, *, consume: int | None = None, options: Mapping[str, Any] | None = None, **arguments: Any
    ) -> Exchange:
        """Call one method and record what was seen.

        :param options: of the child's operation ``call``: ``kept``, ``traced`` (the one method that is),
            ``manner``; also ``deadline_s``. A method that hung is not called again; the answer is what it was then.
        """
        manner = str((options or {}).get("manner", ""))
        if (before := self._patience.hung(method, manner)) is not None:
            return before
        if (lost := self._revived()) is not None:
            call, message = literal(method, arguments), f"{lost.message} (at {lost.call}, in a new process)"
            return attrs.evolve(lost, call=call, method=method, arguments=arguments, message=message)
        fields = self._fields((method, arguments, consume))
        return self._heard(self._request("call", **fields, **(options or {})), arguments, fields, manner)

    def calls(
        self, calls: Sequence[Call], *, options: Mapping[str, Any] | None = None, marker: str = ""
    ) -> list[Exchange]:
        """Call one method after the other; up to the first that gives no proper answer.

        Those that were all called before go by one request. If it comes to no good end they are made again, one by
        one, to learn which it was; where none is it, the last is told as what became of all of them.

        :param options: as for ``call``.
        :param marker: put into each answer before it is asked for again; the second answer is told, or the first where
            nothing could be put into it. Made one by one, no answer is edited.
        """
        lost: Exchange | None = None
        deadline_s = self._patience.series(method for method, _, _ in calls) if len(calls) > 1 else None
        if deadline_s is not None and self._revived() is None:
            asked = [{**self._fields(call), **(options or {})} for call in calls]
            series = {"calls": asked, "deadline_s": deadline_s}
            answer = self._request("spoil", marker=marker, **series) if marker else self._request("series", **series)
            manner = str((options or {}).get("manner", ""))
            answers: Sequence[Answer] = answer.data.get("answers", ())
            if answers and all(each.outcome in _PROPER for each in answers) and len(answers) == len(calls):
                return [
                    self._heard(each, call[1], fields, manner)
                    for each, call, fields in zip(answers, calls, asked, strict=True)
                ]
            lost = exchanged(f"{len(calls)} calls", calls[-1][0], answer)
        made: list[Exchange] = []
        for method, arguments, consume in calls:
            made.append(self.call(method, consume=consume, options=options, **arguments))
            if made[-1].ended_badly:
                return made
        return [*made[:-1], lost] if lost is not None and lost.ended_badly else made

    def _heard(self, answer: Answer, arguments: Mapping[str, Any], fields: Mapping[str, Any], manner: str) -> Exchange:
        method, sent = fields["method"], fields["arguments"]
        mutated = answer.data.get("arguments", sent) != sent
        exchange = exchanged(literal(method, arguments), method, answer, arguments=arguments, mutated=mutated)
        if not self._emptied:  # what waits for the answer of an emptied function waits nowhere else
            self._patience.remember(exchange, manner)
        return exchange

    def start(self, *, seed: int, folder: str) -> Exchange:
        """Start the instance with a context of its own folder below the child's directory."""
        return self.call("start", seed=seed, folder=folder)

    def live(self, lives: Sequence[Sequence[Call]], *, patience_s: float) -> Exchange | None:
        """Put new instances to the calls of one life each, all by one request; what they answer is not told.

        None when it was not tried, because one of the methods hung before.

        :param patience_s: what all of it may take beyond the deadline of one call.
        """
        if any(self._patience.hung(method, "") for life in lives for method, *_ in life):
            return None
        if (lost := self._revived()) is not None:
            return lost
        led = [[self._fields(call) for call in life] for life in lives]
        answer = self._request("live", lives=led, deadline_s=self._patience.deadline_s + patience_s)
        return exchanged(f"{len(lives)} lives from start(context) to close()", "close", answer)

    def rebuild(self) -> None:
        """Have a new instance constructed by the next request, so that it does not depend on what came before."""
        if self._session is None:
            self._revived()  # else the next call tries again
        else:
            self._anew = True

    def feed(self, name: str, text: str) -> Exchange:
        """Construct a new instance on a file, by ``path`` in its configuration.

        ``ConfigurationError`` when it takes none.
        """
        if (lost := self._revived()) is not None:
            return lost
        assert self._session is not None
        answer = self._request("construct", configuration={"path": str(self._session.give(name, text))})
        return exchanged(f"{self._record.attribute}(config=<path={name!r}>)", "construct", answer)

    def observe(self, operation: str, **fields: Any) -> Mapping[str, Any]:
        """Look at the process of the child.

        Empty when it was lost before, gave no proper answer, or would call a method that hung.
        """
        if self._session is None and self.importing is not None:
            return {}
        called = [fields.get("method", ""), *(name for name, _ in fields.get("calls", ()))]
        if any(self._patience.hung(name, "") for name in called):
            return {}
        answer = self._request(operation, **fields)
        seen = answer.data if answer.outcome is Outcome.RETURNED else {}
        if self.importing is None:
            self.prepared[operation] = seen
        return seen

    @property
    def directory(self) -> str:
        """Return the child's directory, which is its home and holds its temporary one; the root when it was lost."""
        return "/" if self._session is None else str(self._session.directory)

    def files(self) -> tuple[str, ...]:
        """Return the names of what lies in the child's directory."""
        return () if self._session is None else contents(self._session.directory)

    def unawaited(self) -> tuple[tuple[str, str, int], ...]:
        """Return qualified name, file and line of the coroutines that were created and never awaited."""
        coroutines = self.observe("unawaited").get("coroutines", ()) if self._session is not None else ()
        return tuple((each["qualname"], each["file"], each["line"]) for each in coroutines)

    def leave(self) -> tuple[tuple[str, ...], Exchange | None]:
        """Return the threads alive, and how the process ended; None when it was lost before."""
        if self._session is None:
            return (), None
        answer = self._session.leave(_GRACE_S)
        threads = tuple(t["name"] for t in answer.data.get("threads", ()) if not t["daemon"])
        return threads, exchanged("end of the process", "leave", answer)

    def _fields(self, call: Call) -> dict[str, Any]:
        """Return the fields of the child's operation ``call``; a context is made there."""
        method, arguments, consume = call
        if method == "start":
            sent: Any = {"context": {"$context": {**arguments, "name": self._record.name}}}
        else:
            sent = encode({name: value for name, value in arguments.items() if name != "fed"})
        fed = {"fed": encode(arguments["fed"])} if "fed" in arguments else {}
        awaited = method not in _NOT_AWAITED
        return {"method": method, "arguments": sent, "awaited": awaited, "consume": consume, **fed}

    def _construct(self) -> None:
        self.constructing = self._built()
        if self.constructing.returned and self.target_type == "function":
            answer = self._request("facts", names=self._names)
            if answer.outcome is Outcome.RETURNED:
                self._learn(answer)

    def _revived(self) -> Exchange | None:
        """Have an instance in a new child if the one before was lost; return what has kept it from being made."""
        last = self._built() if self._session is None else None
        return None if last is None or last.returned else last

    def _built(self) -> Exchange:
        """Construct, after an import if the child was lost, and return the last exchange; what hung is not repeated."""
        last = self._patience.hung("import", "") or self._patience.hung("construct", "")
        if last is None and self._session is None:
            last = self._taken("import", self._import())
        if last is None or last.returned:
            last = self._taken("construct", self._request("construct"))
        if not last.returned:
            self._give_up(last)
        return last

    def _taken(self, step: str, answer: Answer) -> Exchange:
        """Record a step on the way to an instance."""
        module, attribute = self._record.module, self._record.attribute
        exchange = exchanged(
            f"from {module} import {attribute}" if step == "import" else f"{attribute}()", step, answer
        )
        self._patience.remember(exchange, "")
        return exchange

    def _give_up(self, exchange: Exchange) -> None:
        """End the child: where there is no instance, no answer is one of the component's."""
        self.lost, self._anew = exchange, False
        if self._session is not None:
            self._session.close()
            self._session = None

    def _import(self, names: Sequence[str] = ()) -> Answer:
        module, attribute = self._record.module, self._record.attribute
        return self._request("import", module=module, attribute=attribute, names=[*names])

    def _learn(self, answer: Answer) -> None:
        self.members = {name: member(name, facts) for name, facts in answer.data["attributes"].items()}

    def _request(self, operation: str, **fields: Any) -> Answer:
        if self._session is None:
            self._session = self._helper.session()
            self._emptied = False
        fields.setdefault("deadline_s", self._patience.deadline_s)
        if self._anew and operation not in _CONSTRUCTING:
            fields["anew"] = True
        self._anew = False
        answer = self._session.request(operation, **fields)
        if not self._emptied:
            self._patience.note(answer.outcome)
        self.output += answer.output
        if answer.outcome not in _PROPER:
            called = f"{fields['method']}()" if "method" in fields else f"the host's request {operation!r}"
            lost = exchanged(called, fields.get("method", operation), answer)
            if not self._emptied:  # what one does whose functions do nothing any more is no fault of its own
                self._patience.lost.append(lost)
            self._give_up(lost)
        self._emptied |= operation == "sabotage"
        return answer
