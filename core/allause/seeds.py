"""Which seeds there are."""

#: What every generator takes, the older ones of numpy too; a longer one would leave no room in the id of an order.
SEEDS = range(2**32)
EXPECTED = f"a whole number from {SEEDS[0]} to {SEEDS[-1]}"
