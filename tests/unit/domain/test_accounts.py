"""Accounts: in whatever order calls begin and end, what may be owed is counted."""

from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain.accounts import Account
from mn_notebook.domain.messages import Estimate

MONEY = st.decimals(0, 10, places=4)
ESTIMATES = st.none() | st.builds(Estimate, usd=st.none() | MONEY, tokens=st.integers(0, 5000))


USED = st.tuples(MONEY, st.integers(0, 9000))


@given(st.lists(st.tuples(ESTIMATES, st.none() | USED), max_size=12), st.randoms())
def test_an_account_counts_what_ended_calls_used_and_what_open_ones_may(
    calls: list[tuple[Estimate | None, tuple[Decimal, int] | None]], chance: Random
) -> None:
    """A call without an outcome keeps its estimate, wherever others end meanwhile."""
    account = Account()
    for estimate, _ in calls:
        account = account.reserve(estimate)
    ended = [(estimate, used) for estimate, used in calls if used is not None]
    chance.shuffle(ended)
    for estimate, (usd, tokens) in ended:
        before = account
        account = account.settle(estimate, usd, tokens)
        assert account.calls == before.calls
    lost = [estimate for estimate, used in calls if used is None and estimate is not None]
    assert account.calls == len(calls)
    assert account.open_usd == sum(one.usd or 0 for one in lost)
    assert account.open_tokens == sum(one.tokens for one in lost)
    assert account.counted_usd == account.open_usd + sum(used[0] for _, used in ended)
    assert account.counted_tokens == account.open_tokens + sum(used[1] for _, used in ended)
