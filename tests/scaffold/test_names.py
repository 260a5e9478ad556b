import pytest

from allause.exceptions import UsageError
from allause.scaffold import Names


def test_every_name_follows_from_the_distributions():
    assert Names.of("acme-fast-prices") == Names(
        distribution="acme-fast-prices",
        package="acme_fast_prices",
        component="acme-fast-prices",
        class_name="AcmeFastPrices",
    )


def test_the_component_does_not_repeat_whose_it_is():
    assert Names.of("allause-hi").component == "hi"


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("Acme_Prices", "acme-prices"),
        ("acme prices", "acme-prices"),
        ("../../etc/acme", "etc-acme"),
        ("1acme", "acme"),
        ("-acme-", "acme"),
        ("a--b", "a-b"),
        ("json", "acme-json"),
        ("class", "acme-class"),
        ("match", "acme-match"),
        ("allause", "acme-allause"),
        ("tests", "acme-tests"),
        ("pytest", "acme-pytest"),
        ("allause-2", "acme-allause-2"),
        ("acme" * 11, "acme" * 10),
        ("acme\n[bold]", "acme-bold"),
        ("acmé", "acm"),
        ("", "acme-prices"),
        ("日本", "acme-prices"),
        (".", "acme-prices"),
    ],
)
def test_a_name_that_will_not_do_is_refused_with_one_that_would(name, suggestion):
    with pytest.raises(UsageError) as refused:
        Names.of(name)
    assert f"'{suggestion}'" in str(refused.value)
    Names.of(suggestion)


def test_a_refused_name_reaches_no_terminal():
    with pytest.raises(UsageError) as refused:
        Names.of("acme\x1b[31m")
    assert "\x1b" not in str(refused.value)
