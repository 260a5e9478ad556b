"""The README says what the code does."""

import re
from pathlib import Path

import attrs

from allause_monitoring import RULES, MonitoringConfig
from allause_monitoring.catalogue import CATALOGUE

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def table(heading):
    """Return the cells of the first table under a heading, without its two head lines."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in row] for row in rows]


def test_the_metrics_table_is_the_catalogue():
    assert table("Metrics") == [[f"`{d.name}`", d.type, d.unit, d.help, d.source] for d in CATALOGUE]


def test_the_rules_table_is_the_rules():
    expected = []
    for rule in RULES:
        made = f"{rule.measure} of `{rule.metric}`" + (f" / `{rule.per}`" if rule.per else "")
        made += f", quantile {rule.quantile}" if rule.quantile else ""
        limit = f"{rule.comparison} {rule.threshold:g} {rule.unit}"
        times = [f"{rule.window_s} s", str(rule.minimum_samples), f"{rule.hold_s} s", f"{rule.keep_firing_s} s"]
        expected.append([f"`{rule.name}`", made, limit, *times, rule.severity])
    assert table("Alert rules") == expected


def test_the_configuration_table_has_every_key_and_its_default():
    defaults = {
        name: str(value) if value or value == 0 else "none" for name, value in attrs.asdict(MonitoringConfig()).items()
    }
    assert {row[0].strip("`"): row[1] for row in table("Configuration")} == defaults


def test_the_example_runs_and_prints_what_it_promises(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert "trading_error_rate pending trading_errors_total over trading_orders_total in 60 s is 0.02 ratio" in out
    assert 'trading_errors_total{reason="max_quantity"} 2.0' in out
