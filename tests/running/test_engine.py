"""Whole runs with the real components."""

import hashlib
import json
from collections import Counter, defaultdict
from decimal import Decimal
from shutil import copytree

import pytest

from allause.exceptions import ComponentError, StrategyError, UsageError
from allause.kinds import KINDS, KINDS_USED
from allause.running import RunSettings, run
from allause.running.engine import chosen_records
from allause.running.record import digest


def _journalled_fills(directory):
    """Read the fills out of the journal, each trade once, without the component's code."""
    (journal,) = directory.glob("components/*/orders.journal")
    # of a run this short one segment: past its header of 64 bytes, records of 16 bytes, a body and padding to 8 bytes
    (segment,) = journal.glob("*.segment")
    content, offset, bodies = segment.read_bytes(), 64, []
    while any(content[offset : offset + 16]):
        length = int.from_bytes(content[offset : offset + 4], "little")
        bodies += [json.loads(content[offset + 16 : offset + 16 + length])] if length else []
        offset += 16 + length + -length % 8
    fills = {body["fill"]["trade_id"]: body["fill"] for body in bodies if body["kind"] == "fill"}
    opening = next(Decimal(body["cash"]) for body in bodies if body["kind"] == "opened")
    return opening, list(fills.values())


def _settled(cash, fills):
    held = defaultdict(Decimal)
    for fill in fills:
        sign = 1 if fill["side"] == "buy" else -1
        quantity, price = Decimal(fill["last_qty"]), Decimal(fill["last_px"])
        held[fill["symbol"]] += sign * quantity
        cash -= sign * quantity * price + Decimal(fill["fee"])
    return cash, {symbol: quantity for symbol, quantity in held.items() if quantity}


def assert_money_follows_from_the_journal(directory):
    record = json.loads((directory / "run.json").read_text())
    cash, held = _settled(*_journalled_fills(directory))
    assert Decimal(record["account"]["cash"]) == cash
    positions = {p["symbol"]: Decimal(p["quantity"]) for p in record["positions"]}
    assert {symbol: quantity for symbol, quantity in positions.items() if quantity} == held


def test_a_run_places_and_fills_orders(small_run):
    assert small_run.exit_code == 0
    assert small_run.record["orders_by_status"] == {"filled": len(small_run.record["orders"])}
    assert len(small_run.record["fills"]) >= 3


def test_final_cash_and_positions_follow_from_the_journalled_fills(small_run):
    assert_money_follows_from_the_journal(small_run.directory)


def test_a_changed_amount_would_not_follow_from_the_journal(small_run, tmp_path):
    copy = tmp_path / "copy"
    (journal,) = small_run.directory.glob("components/*/orders.journal")
    copytree(journal, copy / "components" / "x" / journal.name)
    record = json.loads((small_run.directory / "run.json").read_text())
    record["account"]["cash"] = str(Decimal(record["account"]["cash"]) + Decimal("0.01"))
    (copy / "run.json").write_text(json.dumps(record))
    with pytest.raises(AssertionError):
        assert_money_follows_from_the_journal(copy)


def test_the_directory_holds_record_summary_events_journal_and_metrics(small_run):
    assert {path.name for path in small_run.directory.iterdir()} == {
        *("run.json", "summary.txt", "events.jsonl", "components")
    }
    stores = {path.name for path in small_run.directory.glob("components/*/*")}
    assert stores == {"orders.journal", "metrics.sqlite3"}
    assert (small_run.directory / "summary.txt").read_text() == small_run.summary
    account = small_run.record["account"]
    assert f"{account['cash']} USD, of {account['starting_cash']} at the start\n" in small_run.summary
    assert json.loads((small_run.directory / "run.json").read_text()) == small_run.record


def test_every_fill_is_at_a_recorded_close_and_a_tick(small_run, tmp_path):
    closes = {}
    for line in (small_run.directory.parent / "waves.csv").read_text().splitlines()[1:]:
        closes[line.split(",")[4]] = line
    tick = Decimal("0.01")
    for fill in small_run.record["fills"]:
        away = -tick if fill["side"] == "buy" else tick
        assert str(Decimal(fill["last_px"]) + away) in {f"{Decimal(close):.2f}" for close in closes}


def test_latencies_are_counted_once_an_order_and_once_an_event(small_run):
    latency = small_run.record["latency"]
    assert latency["tick_to_order"]["n"] == latency["order"]["n"] == len(small_run.record["orders"])
    assert latency["market_data"]["n"] == small_run.record["events"]["traded"] == 200
    assert 0 < latency["tick_to_order"]["median"] <= latency["tick_to_order"]["p99"]


def test_monitoring_counted_the_orders_of_the_run(small_run):
    rules = {alert["rule"]: alert for alert in small_run.record["alerts"]}
    assert len(rules) == 6
    assert rules["trading_error_rate"]["samples"] == len(small_run.record["orders"])


def test_the_analysis_agrees_with_the_equity(small_run):
    figures = {figure["name"]: figure["value"] for figure in small_run.record["analytics"]["figures"]}
    profit, account = small_run.record["profit_and_loss"], small_run.record["account"]
    expected = float(Decimal(profit["final_equity"]) / Decimal(account["starting_cash"])) - 1
    assert figures["total_return"] == pytest.approx(expected, abs=1e-12)


def test_the_same_seed_gives_the_same_orders_byte_for_byte(small_run, settings):
    again = run(settings(data=small_run.directory.parent / "waves.csv", seed=3))
    assert json.dumps(again.record["orders"]) == json.dumps(small_run.record["orders"])
    assert again.record["orders_digest"] == small_run.record["orders_digest"]
    assert (again.directory / "events.jsonl").read_bytes() == (small_run.directory / "events.jsonl").read_bytes()


def test_another_seed_gives_other_order_ids(small_run, settings):
    other = run(settings(data=small_run.directory.parent / "waves.csv", seed=4))
    assert not {o["client_order_id"] for o in other.record["orders"]} & {
        o["client_order_id"] for o in small_run.record["orders"]
    }
    assert other.record["orders_digest"] != small_run.record["orders_digest"]


def test_the_digest_depends_on_what_was_ordered(small_run):
    orders = [dict(order) for order in small_run.record["orders"]]
    assert digest(orders) == small_run.record["orders_digest"]
    orders[0]["quantity"] = "1"
    assert digest(orders) != small_run.record["orders_digest"]
    assert len(digest([])) == len(hashlib.sha256().hexdigest())


def test_the_packaged_sample_is_traded_by_default(tmp_path):
    result = run(RunSettings(symbols=("FB",), out=tmp_path / "out"))
    assert result.record["events"]["traded"] == 196
    assert result.record["fills"]


def test_the_real_index_is_traded_and_its_money_follows_from_the_journal(real_index, tmp_path):
    result = run(RunSettings(data=real_index, out=tmp_path / "out"))
    assert result.exit_code == 0
    assert result.record["events"]["traded"] == 5031
    assert Counter(order["status"] for order in result.record["orders"])["filled"] > 50
    assert_money_follows_from_the_journal(result.directory)


def test_a_folder_is_traded_and_a_store_gives_the_same_orders(small_run, settings, tmp_path):
    convert = pytest.importorskip("allause_market_data.converting").convert
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "waves.csv").write_text((small_run.directory.parent / "waves.csv").read_text())
    convert(tmp_path / "folder", tmp_path / "store", pytest.importorskip("allause_market_data").MarketDataConfig())
    for name in ("folder", "store"):
        assert run(settings(data=tmp_path / name, seed=3)).record["orders_digest"] == small_run.record["orders_digest"]


@pytest.mark.parametrize(("data", "found"), [("nonsuch", "nothing"), ("/dev/null", "a device, pipe or socket")])
def test_data_that_is_neither_file_nor_folder_is_refused(data, found, settings, tmp_path):
    with pytest.raises(UsageError, match=f"expected a file, folder or store of market data, found {found} there"):
        run(settings(data=tmp_path / data))


def test_progress_is_told_and_ends_complete(settings):
    told = []
    run(settings(), told.append)
    assert told[-1].done == told[-1].total
    assert [p.done for p in told] == sorted(p.done for p in told)


def test_limit_orders_rest_and_end_with_the_data(settings, strategy):
    name = strategy(
        "from allause.strategies import OrderRequest\n"
        "def decide(event, portfolio):\n"
        "    if not portfolio.working:\n"
        "        yield OrderRequest(symbol='waves', quantity=1, side='buy', order_type='limit', price=1.5)\n"
    )
    result = run(settings(strategy=name))
    assert result.record["orders_by_status"] == {"expired": 1}
    assert result.exit_code == 0


def test_an_order_over_a_limit_of_the_component_is_counted_as_denied(settings, strategy):
    name = strategy(
        "from allause.strategies import OrderRequest\n"
        "def decide(event, portfolio):\n"
        "    return [OrderRequest(symbol='waves', quantity=10**12, side='buy')]\n"
    )
    result = run(settings(strategy=name))
    assert result.record["orders_by_status"] == {"denied": 200}
    assert sum(result.record["risk"]["denied"].values()) == 200
    assert result.record["risk"]["received_by_venue"] == 0


def test_a_strategy_without_orders_is_said_so(settings, strategy):
    result = run(settings(strategy=strategy("def decide(event, portfolio):\n    return None\n")))
    assert result.record["orders"] == []
    assert "the strategy wanted no order" in result.record["notices"]


def test_a_class_is_a_strategy_with_a_memory(settings, strategy):
    name = strategy(
        "from allause.strategies import OrderRequest\n"
        "class decide:\n"
        "    seen = 0\n"
        "    def __call__(self, event, portfolio):\n"
        "        self.seen += 1\n"
        "        return [OrderRequest(symbol='waves', quantity=self.seen, side='buy')] if self.seen < 3 else []\n"
    )
    assert [order["quantity"] for order in run(settings(strategy=name)).record["orders"]] == ["1", "2"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("raise KeyError('lost')", "raised KeyError: 'lost' ({module}.py:3) at the bar of waves"),
        ("import json; json.loads('x')", "(char 0) ({module}.py:3) at the bar of waves"),
        ("yield 1 / 0", "division by zero ({module}.py:3) at the bar of waves"),
        ("raise SystemExit(0)", "raised SystemExit: 0"),
        ("return [1]", "returned int, expected OrderRequest"),
        ("return 7", "the strategy returned int, expected orders or None, at the bar of waves"),
        ("return iter(lambda: 1, 2)", "more than 100 orders"),
        ("return [OrderRequest(symbol='ELSE', quantity=1, side='buy')]", "wants ELSE, not traded here"),
        ("return [OrderRequest(symbol='waves', quantity=-1, side='buy')]", "expected a positive quantity"),
        ("return [OrderRequest(symbol='waves', quantity=float('nan'), side='buy')]", "expected a finite number"),
        ("return [OrderRequest(symbol='waves', quantity=1, side='hold')]", "'hold' is not a valid Side"),
    ],
)
def test_a_strategy_that_fails_ends_the_run_and_leaves_nothing(body, expected, settings, strategy):
    name = strategy(f"from allause.strategies import OrderRequest\ndef decide(event, portfolio):\n    {body}\n")
    wanted = settings(strategy=name)
    with pytest.raises(StrategyError) as caught:
        run(wanted)
    assert expected.replace("{module}", name.partition(":")[0]) in str(caught.value)
    assert sorted(path.name for path in wanted.out.parent.iterdir()) == ["cwd", "waves.csv"]


_INVENTS = """
from allause_execution import TradingExecutionEngine
from allause.models import Fill
from decimal import Decimal
from shutil import copytree
class Part(TradingExecutionEngine):
    def get_fills(self):
        invented = Fill(trade_id="never", client_order_id="x", venue_order_id="y", symbol="waves", side="buy",
                        last_qty=Decimal(1), last_px=Decimal(1))
        return (*super().get_fills(), invented)
"""


def test_a_component_that_invents_a_fill_is_found_out(component, settings):
    result = run(settings(components=(component("execution", _INVENTS),)))
    assert result.exit_code == 1
    assert any("never" in problem and "unknown to the venue" in problem for problem in result.record["problems"])
    assert "differs from the venue's log" in result.summary.splitlines()[-1]


_SENDS_TWICE = """
from allause.exceptions import VenueError
from allause_execution import TradingExecutionEngine
class Part(TradingExecutionEngine):
    def start(self, context):
        self.session = context.venue
        super().start(context)
    def place_order(self, **order):
        report = super().place_order(**order)
        try:
            self.session.submit(report.intent)
        except VenueError:
            pass
        return report
"""


def test_a_component_that_sends_an_order_twice_is_found_out(component, settings):
    result = run(settings(components=(component("execution", _SENDS_TWICE),)))
    assert result.exit_code == 1
    placed = len(result.record["orders"])
    expected = f"asked to send {placed} orders, and the venue received {2 * placed}"
    assert any(expected in problem for problem in result.record["problems"])


def _execution(method, body):
    return (
        "from allause_execution import TradingExecutionEngine\n"
        f"class Part(TradingExecutionEngine):\n    {method}:\n        {body}\n"
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (_execution("def place_order(self, **_)", "raise RuntimeError('broken')"), "place_order() raised RuntimeError"),
        (_execution("def place_order(self, **_)", "raise SystemExit(0)"), "place_order() raised SystemExit"),
        (_execution("def place_order(self, **_)", "return 'ok'"), "place_order() returned str; expected OrderReport"),
        (_execution("async def place_order(self, **_)", "return None"), "place_order() returned NoneType"),
        (_execution("def get_positions(self)", "return [1]"), "get_positions() returned int; expected Position"),
        (_execution("def start(self, context)", "raise OSError('no')"), "start() raised OSError"),
    ],
)
def test_a_failing_component_ends_the_run_with_its_name_and_leaves_nothing(source, expected, component, settings):
    wanted = settings(components=(component("execution", source),))
    with pytest.raises(ComponentError) as caught:
        run(wanted)
    assert expected in str(caught.value)
    assert caught.value.component == "acme-execution:throw-away"
    assert sorted(path.name for path in wanted.out.parent.iterdir()) == ["site", "waves.csv"]


def test_an_asynchronous_method_is_awaited_on_the_hot_path_too(component, settings):
    source = (
        "from allause_execution import TradingExecutionEngine\n"
        "class Part(TradingExecutionEngine):\n"
        "    async def place_order(self, **order):\n"
        "        return TradingExecutionEngine.place_order(self, **order)\n"
    )
    result = run(settings(components=(component("execution", source),)))
    assert result.exit_code == 0
    assert result.record["fills"]


def test_two_components_of_a_kind_ask_for_a_choice(component, settings):
    component("execution", _INVENTS)
    with pytest.raises(
        UsageError, match=r"several components of kind 'execution' .*, as in 'allause run --component \S+'$"
    ):
        run(settings())


def test_every_missing_kind_is_named_with_what_brings_it(settings, tmp_path):
    with pytest.raises(UsageError) as caught:
        run(settings(search_path=(str(tmp_path),)))
    message = str(caught.value)
    assert f"kind {', '.join(map(repr, KINDS_USED))} is installed" in message
    assert [each for each in (KINDS[kind].provider for kind in KINDS_USED) if each not in message] == []
    assert "'pip install ./plugins/*/'" in message


def test_a_component_of_a_kind_that_a_run_does_not_use_is_refused(settings):
    with pytest.raises(UsageError, match="uses no component of kind 'optimizer'"):
        run(settings(components=("allause-optimizer:optimizer",)))


def test_a_broken_component_is_refused_with_what_is_wrong_with_it(tmp_path):
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text("[allause.execution]\nengine = nowhere\n")
    with pytest.raises(UsageError, match=r"acme:engine cannot be used: line 2 .* expected NAME = MODULE:CLASS"):
        chosen_records(RunSettings(components=("acme",), search_path=(str(tmp_path),)))
