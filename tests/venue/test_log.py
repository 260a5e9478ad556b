"""The log's bytes."""

import os
import subprocess
import sys

import msgspec

_RUN = """
from decimal import Decimal
from random import Random
from allause.models import OrderIntent, OrderType, Side, TimeInForce
from allause.venue import Venue

venue, random = Venue(seed=3), Random(3)
symbols = sorted({"AAA", "BBB", "CCC"})
for number in range(300):
    symbol = random.choice(symbols)
    middle = random.randint(95, 105)
    venue.quote(symbol, middle - 1, middle + 1, 5, 5, ts=number)
    venue.submit(
        OrderIntent(
            client_order_id=f"c{number}", symbol=symbol, side=random.choice(list(Side)),
            quantity=Decimal(random.randint(1, 9)), order_type=OrderType.LIMIT,
            price=Decimal(random.randint(95, 105)), time_in_force=random.choice(list(TimeInForce)),
        ),
        random.choice(sorted({"one", "two"})),
    )
venue.end_session()
print(venue.log_bytes().decode())
"""


def _log_under(hash_seed):
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run([sys.executable, "-c", _RUN], env=environment, capture_output=True, check=True).stdout


def test_log_is_the_same_whatever_the_hash_seed():
    first = _log_under("1")
    assert first.count(b'"filled"') > 100
    assert _log_under("2") == first


def test_every_line_of_the_log_is_one_json_record_in_order(venue, order):
    venue.submit(order("buy 5"))
    records = [msgspec.json.decode(line) for line in venue.log_bytes().splitlines()]
    assert [record["seq"] for record in records] == list(range(len(records)))
    assert [record["event"] for record in records] == ["quoted", "quoted", "accepted", "filled", "filled"]


def test_amounts_in_the_log_are_decimal_text(venue, order):
    venue.submit(order("buy 0.10 @ 100.010", "a"))
    accepted = msgspec.json.decode(venue.log_bytes().splitlines()[2])
    assert (accepted["quantity"], accepted["price"]) == ("0.10", "100.010")
