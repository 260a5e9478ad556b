"""Checks BEH: does the component do what its kind is for?"""

from collections.abc import Container, Iterator

from allause.checks.annotations import misfit
from allause.checks.asynchrony import never_awaited
from allause.checks.check import SEEN, Check, Finding, Tier
from allause.checks.contract import ANSWERABLE
from allause.evidence import Evidence, Hearing, probes
from allause.isolation import Outcome
from allause.kinds import Topic


def functionality_fails(evidence: Evidence) -> Iterator[Finding]:
    """Self-test that fails, or that tries nothing.

    What: ``test_functionality()`` reported a failed case or no case at all. Coroutines that nobody awaited are told
        before the cases, which may have failed by them.
    Why: the component itself says that it does not work here.
    Fails: ``FunctionalityReport(cases=())``
    Passes: a report of cases that were tried, all passed
    """
    cases = evidence.standard["test_functionality"].value["cases"]
    failed = [case for case in cases if case["passed"] is not True]
    if not cases:
        yield Finding(
            message="test_functionality() reported no case; expected at least one",
            location=evidence.place("test_functionality"),
            fix="try the main operation on small known input and report each case",
        )
    if failed:
        yield from never_awaited(evidence)
    for case in failed:
        yield Finding(
            message=f"test_functionality(): case {case['name']!r} failed: {case.get('detail') or 'no detail given'}",
            location=evidence.place("test_functionality"),
            fix="mend what the case tries, or the answer that it expects; it runs in an empty folder, without network",
        )


def vacuous_self_test(evidence: Evidence) -> Iterator[Finding]:
    """Self-test that succeeds although the main operation does nothing.

    What: the host traced real calls of the main operation, replaced every function of the component that ran in
        them by one that does nothing, and ``test_functionality()`` still reported success. Functions reached only
        through internals are replaced too, so a self-test need not go through the public method. Functions
        written in C cannot be replaced; when there are no others the check passes.
    Why: a self-test that cannot fail hides a broken component.
    Fails: ``return FunctionalityReport(cases=(FunctionalityCase(name="ok", passed=True),))``
    Passes: the main operation run on small known input, its answer compared
    """
    seen = evidence.of(probes.SelfTest)
    if seen.satisfied:
        taken = ", ".join(f"{name}()" for name in seen.functions[:3])
        yield Finding(
            message=f"{taken} did nothing any more, and test_functionality() reported success; expected a failed case",
            location=evidence.place("test_functionality"),
            fix=f"call {evidence.kind.main_method}() on small known input and compare what it answers",
        )


def self_validation_contradicted(evidence: Evidence) -> Iterator[Finding]:
    """Self-validation that contradicts itself, or what the host saw.

    What: ``valid`` and ``problems`` of ``validate_component()`` exclude each other, or it calls a default
        construction invalid whose answers the host found right. One that calls everything valid passes: the host knows
        no configuration that a component must refuse, so a pass says nothing of what ``valid`` is worth.
    Why: a reader believes either the flag or the list, and one of them is wrong.
    Fails: ``ComponentValidation(valid=True, problems=("no data",))``
    Passes: ``problems`` empty exactly when ``valid``
    """
    answer = evidence.standard["validate_component"].value
    valid, problems = answer["valid"], answer.get("problems", [])
    if valid and problems:
        found = f"valid with {len(problems)} problems: {problems[0]}"
    elif not valid:
        found = f"not valid, problems {problems!r:.120}, and every answer the host asked for was right"
    else:
        return
    yield Finding(
        message=f"validate_component(): {found}; expected problems exactly when it is not valid",
        location=evidence.place("validate_component"),
        fix="derive valid from the problems found",
    )


def wrong_output(evidence: Evidence) -> Iterator[Finding]:
    """Wrong answer to known input.

    What: the host put the questions of the component's kind, with fixed input, and judged the answers itself. Of a
        method that answers something of another type altogether, or raises what its hookspec does not name, that is
        all that is told, beside a call that ended the process or held it.
    Why: a component that keeps the contract's form and not its meaning loses money.
    Fails: a rolling figure that mixes two symbols
    Passes: the figure of the definition in the hookspec
    """
    ended = [] if evidence.golden.ended is None else list(wrong_answers(evidence, evidence.golden))
    yield from ended
    expected = {
        exchange.method: (exchange, words)
        for exchange in evidence.golden.exchanges
        if exchange.returned and exchange.method in evidence.kind.own_methods
        if (words := misfit(exchange.value, evidence.kind.answer(exchange.method), table=exchange.is_table))
    }
    for method, (exchange, words) in expected.items():
        yield Finding(
            message=f"{exchange.call} returned {exchange.type_name}; expected {words}",
            location=evidence.place(method),
            fix=f"return {words} from {method}(); see allause.hookspecs.{evidence.kind.spec.__name__}",
        )
    if not expected:
        told = [] if ended else list(wrong_answers(evidence, evidence.golden, (Topic.OUTPUT,)))
        yield from ((ended or told) and list(_raised(evidence))) or told


def _raised(evidence: Evidence) -> Iterator[Finding]:
    """Yield the first exchange of each method that raised what its hookspec does not name."""
    seen: set[str] = set()
    reach = evidence.probed.get(probes.Reach)
    alone = ""
    if isinstance(reach, probes.Reach) and reach.network:
        declared = evidence.info("capabilities")
        listed = isinstance(declared, list) and "network" in declared
        alone = f"; the examination has no network{'' if listed else ', and capabilities do not name it'}"
    for exchange in evidence.golden.exchanges:
        if exchange.method not in evidence.kind.methods:  # such as a stream: what it raised is among the wrong answers
            continue
        named = evidence.kind.raises(exchange.method)
        if exchange.outcome is Outcome.RAISED and exchange.error not in named and exchange.method not in seen:
            seen.add(exchange.method)
            yield Finding(
                message=f"{exchange.call} {exchange.story}; expected {' or '.join(('an answer', *named))}",
                location=evidence.raised_at(exchange, exchange.method),
                fix=f"mend what raised there{alone}; "
                f"help(allause.hookspecs.{evidence.kind.home(exchange.method).__name__}) tells the contract",
            )


def invalid_input_accepted(evidence: Evidence) -> Iterator[Finding]:
    """Answer to input that the contract calls invalid.

    What: the host passed input that the hookspec says is refused, and got an answer.
    Why: nonsense that is accepted becomes an order, a figure or a row that nobody questions.
    Fails: ``place_order(quantity=Decimal(-1), ...)`` returns a report
    Passes: it raises OrderDeniedError
    """
    yield from wrong_answers(evidence, evidence.golden, (Topic.INVALID_INPUT,))


def error_swallowed(evidence: Evidence) -> Iterator[Finding]:
    """Failure under another name, or not counted.

    What: invalid input raised another exception than the hookspec names, or calls raised to the host and
        ``errors`` of ``get_performance_stats()`` did not grow by as many.
    Why: a caller catches what the contract names, and an operator watches the counter.
    Fails: ``raise KeyError("bad")`` where ValueError is documented
    Passes: the documented exception, counted once
    """
    yield from wrong_answers(evidence, evidence.golden, (Topic.ERROR,))
    seen = evidence.of(probes.Conduct)
    if seen.errors is None or seen.errors < len(seen.raised):
        yield Finding(
            message=f"{len(seen.raised)} calls raised, the last was {seen.raised[-1] if seen.raised else 'none'}; "
            f"get_performance_stats().errors grew by {seen.errors}",
            location=evidence.place("get_performance_stats"),
            fix="count every call of the kind's own methods that raises",
        )


def conservation(evidence: Evidence) -> Iterator[Finding]:
    """Rows that are lost, doubled or reordered without a word.

    What: the rows that came out and those that were refused are not the rows that went in, or their order is
        another than the contract says. A market data component is also fed a recording with dirt in it, by ``path``
        in its configuration: of each symbol as many rows must be counted as were fed, and every row counted as good
        must be served. Of one that cannot be fed this says something of its own rows only: see TRD005 and TRD006.
    Why: a missing bar shifts every figure behind it.
    Fails: dropping a whole symbol because one row of it is bad
    Passes: leaving out the bad row, and counting it
    """
    yield from wrong_answers(evidence, evidence.golden, (Topic.CONSERVATION,))
    feeding = evidence.of(probes.Feeding)
    if feeding.failed is not None:
        yield Finding(
            message=f"fed a recording with bad rows in it, {feeding.failed.call} {feeding.found}; expected the "
            "good rows and the counts of the others, or DataError",
            location=evidence.raised_at(feeding.failed, feeding.failed.method),
            fix="judge row by row; a bad one is left out and counted",
        )
    for each in feeding.told:
        lost = each.case.unaccounted(each.rows, each.good, each.defects, len(each.served))
        if lost:
            yield Finding(
                message=f"{each.call} on a recording with bad rows in it: {lost}",
                location=evidence.place("get_data_quality"),
                fix="let every row that is read be served or counted under the first of its defects",
            )
            return


def batch_differs_from_stream(evidence: Evidence) -> Iterator[Finding]:
    """Figure of a bar that changes when later bars are known.

    What: bars were enhanced up to several times, one bar more among them, and all together; a column of the answer
        differs for an early bar. Or the same bars came cut into other Arrow batches, and ``log_return``,
        ``rolling_volatility``, ``vwap`` or ``is_outlier`` differ. Or the component names the capability ``stream``, and
        what its ``stream()`` answers to bars that are fed piece by piece differs from the answer to all of them.
    Why: a strategy tested on the whole table saw the future, and live, bar by bar, it will not.
    Fails: an outlier is what lies three standard deviations of the WHOLE column away
    Passes: three standard deviations of the rows before it
    """
    yield from wrong_answers(evidence, evidence.golden, (Topic.HINDSIGHT,))


def wrong_answers(
    evidence: Evidence, hearing: Hearing, topics: Container[Topic] = frozenset(Topic)
) -> Iterator[Finding]:
    """Yield a finding for each problem of an interview under ``topics``.

    The exchange that ended it early counts as wrong output.
    """
    if hearing.ended is not None:
        if Topic.OUTPUT not in topics:
            return
        yield Finding(
            message=f"{hearing.ended.call} {hearing.ended.story}; expected an answer",
            location=evidence.raised_at(hearing.ended, hearing.ended.method),
            fix="make the call return or raise; nothing may end or hold the process",
        )
        return
    for problem in (problem for problem in hearing.problems if problem.topic in topics):
        method = problem.call.partition("(")[0].rpartition(" ")[2]
        yield Finding(
            message=f"{problem.call}: expected {problem.expected}; found {problem.found}",
            location=evidence.place(method),
            fix=f"make {method}() answer what is expected; help(allause.hookspecs.{evidence.kind.spec.__name__}) tells "
            "its contract",
        )


_ASKED = (*ANSWERABLE, "ASY001", "ASY002", "ASY003")
#: What must have passed before the finer behaviour of a component can be judged.
SOUND = ("TYP001", "TYP002", "TYP003", "TYP004", "TYP005", "TYP007", "BEH001", "BEH004", "BEH005")

CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="BEH001", slug="functionality-fails", tier=Tier.BRONZE, how="X", function=functionality_fails,
        needs=("TYP001", "TYP002", "BEH004"), waivable=False,
    ),
    Check(
        code="BEH002", slug="vacuous-self-test", tier=Tier.SILVER, how="X", function=vacuous_self_test,
        needs=(*SOUND, "BEH011"), complete_with=SEEN, waivable=False,
    ),
    Check(
        code="BEH003", slug="self-validation-contradicted", tier=Tier.SILVER, how="X",
        function=self_validation_contradicted, needs=SOUND,
    ),
    Check(
        code="BEH004", slug="wrong-output", tier=Tier.BRONZE, how="X", function=wrong_output,
        needs=(*_ASKED, "TYP003"), waivable=False,
    ),
    Check(
        code="BEH005", slug="invalid-input-accepted", tier=Tier.SILVER, how="X", function=invalid_input_accepted,
        needs=(*_ASKED, "BEH004"),
    ),
    Check(
        code="BEH006", slug="error-swallowed", tier=Tier.SILVER, how="X", function=error_swallowed,
        needs=(*SOUND, "PRF002", "BEH011"),
    ),
    Check(
        code="BEH013", slug="conservation", tier=Tier.SILVER, how="X", function=conservation,
        needs=(*_ASKED, "BEH004"), kinds=("market_data", "market_data_enhancer"),
    ),
    Check(
        code="BEH014", slug="batch-differs-from-stream", tier=Tier.SILVER, how="X", function=batch_differs_from_stream,
        needs=(*_ASKED, "BEH004"), kinds=("market_data_enhancer",),
    ),
)  # fmt: skip # one row a check
