"""Kind ``monitoring``: what is asked of a component, and how the answers are judged."""

from collections.abc import Iterator, Mapping
from random import Random

from allause import models
from allause.hookspecs import MonitoringSpec
from allause.kinds.kind import Ask, Kind, Problem, asked, refusal


def _interview(ask: Ask, random: Random) -> Iterator[Problem]:
    alerts = ask("get_alerts").value
    states = [alert.get("state") for alert in alerts if isinstance(alert, Mapping)] if isinstance(alerts, list) else []
    if not states or any(state not in set(models.AlertState) for state in states):
        yield Problem(call="get_alerts()", expected="the state of at least one rule", found=f"{alerts!r:.120}")
    name = f"examined_{random.randrange(10**9)}_total"
    increments = [random.randint(1, 99) for _ in range(random.randint(3, 6))]
    asked(ask, *[("record_metric", {"name": name, "value": float(increment)}) for increment in increments])
    labels = {"venue": f"examined_{random.randrange(10**9)}"}
    ask("record_metric", name=name, value=1.0, labels=labels)
    call = f"record_metric(name={name!r}, value=...) for {increments}, then get_metrics()"
    samples = ask("get_metrics").value
    own = [s for s in samples if s["name"] == name] if isinstance(samples, list) else []
    labelled = [s for s in own if labels.items() <= (s.get("labels") or {}).items()]
    values = [s["value"] for s in own if s not in labelled]
    if values != [float(sum(increments))]:
        yield Problem(call=call, expected=f"one sample of it with value {sum(increments)}", found=f"{values}")
    elif [s["value"] for s in labelled] != [1.0]:
        call = f"record_metric(name={name!r}, value=1.0, labels={labels!r}), then get_metrics()"
        yield Problem(call=call, expected="a sample of its own, with these labels", found=f"{own!r:.120}")
    text = ask("render_metrics").value
    wanted = f"{name} {float(sum(increments))}"
    if not isinstance(text, str) or wanted not in text.splitlines():
        yield Problem(call="render_metrics() after that", expected=f"a line {wanted!r}", found=f"{text!r:.120}")
    heard = ask("record_metric", name="not a name", value=1.0)
    yield from refusal("record_metric(name='not a name', value=1.0)", heard, "ValueError", "a name has no blanks")


def _work(ask: Ask, random: Random) -> int:
    calls = random.randint(2, 4)
    asked(ask, *[("record_metric", {"name": "examined_work_total", "value": 1.0})] * calls)
    return calls


MONITORING = Kind(
    name="monitoring",
    class_name="AdvancedMonitoringFramework",
    spec=MonitoringSpec,
    main_method="record_metric",
    provider="allause-monitoring",
    interview=_interview,
    work=_work,
    budget=100,
    background=("start_monitoring", "stop_monitoring"),
    volatile=frozenset({"get_metrics", "render_metrics", "ts", "since", "value", "state", "summary"}),
)
