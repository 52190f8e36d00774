"""Rates are settings; what cannot be meant is told with an example."""

from typing import Any

import pytest

from mn_notebook.domain.rates import Rate
from mn_notebook.errors import UsageError
from mn_notebook.settings import MnSettings


def test_rates_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As JSON, or not at all."""
    monkeypatch.setenv(
        "MN_RATES", '{"openai": {"requests": 60}, "*/m": {"tokens": 9, "per": "2s"}}'
    )
    assert MnSettings().declared_rates == (
        Rate("openai", requests=60),
        Rate("*/m", tokens=9, seconds=2.0),
    )
    monkeypatch.delenv("MN_RATES")
    assert MnSettings().declared_rates == ()


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"x": 60}, "60"),
        ({"x": {}}, "the keys none"),
        ({"x": {"per": "1m"}}, "the keys 'per'"),
        ({"x": {"calls": 1}}, "the keys 'calls'"),
        ({"x": {"requests": 0}}, "requests: 0, which is no whole number above 0"),
        ({"x": {"requests": True}}, "requests: True, which is no whole number above 0"),
        ({"x": {"tokens": 1.5}}, "tokens: 1.5, which is no whole number above 0"),
        ({"x": {"requests": 1, "per": "60"}}, "per: '60'"),
        ({"x": {"requests": 1, "per": "0s"}}, "per: '0s', which is no time"),
    ],
)
def test_rate_that_cannot_be_meant_is_refused(said: dict[str, Any], found: str) -> None:
    """What was expected, what was found, and what would be right."""
    settings = MnSettings(rates=said)
    with pytest.raises(UsageError) as refused:
        _ = settings.declared_rates
    assert "rates['x']: expected requests, tokens or both" in str(refused.value)
    assert '{"openai": {"requests": 60, "tokens": 90000}}' in str(refused.value)
    assert found in str(refused.value)


@pytest.mark.parametrize("said", ["openai=60", "[1]"])
def test_environment_that_is_no_object_is_refused(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message shows one that would be right."""
    monkeypatch.setenv("MN_RATES", said)
    with pytest.raises(UsageError, match="MN_RATES: expected"):
        _ = MnSettings().rates
