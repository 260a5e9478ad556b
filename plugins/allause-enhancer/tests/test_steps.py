import polars as pl
import pytest

from allause.exceptions import DataError
from allause_enhancer.steps import apply

ROWS = (("A", 1, 10.0), ("A", 2, 11.0))


def doubled(frame):
    nw = pytest.importorskip("narwhals", reason="narwhals is not installed")
    return frame.with_columns((nw.col("close") * 2).alias("twice"))


@pytest.mark.parametrize("library", ["polars", "pandas", "pyarrow"])
def test_step_runs_in_the_callers_own_type(library, bars):
    pytest.importorskip("narwhals", reason="narwhals is not installed")
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    table = bars(*ROWS)
    kinds = {
        "polars": lambda: table,
        "pandas": lambda: module.DataFrame(table.to_dict(as_series=False)),
        "pyarrow": lambda: module.table(table),
    }
    given = kinds[library]()
    answer = apply(given, [doubled, doubled])
    assert type(answer) is type(given)
    assert pl.DataFrame(answer)["twice"].to_list() == [20.0, 22.0]


def test_step_that_returns_something_else_is_named(bars):
    pytest.importorskip("narwhals", reason="narwhals is not installed")

    def forgetful(frame):
        return None

    with pytest.raises(DataError, match=r"expected a narwhals frame of forgetful\(\), found NoneType"):
        apply(bars(*ROWS), [forgetful])
    with pytest.raises(DataError, match="expected a table narwhals knows, found int"):
        apply(5, [doubled])
