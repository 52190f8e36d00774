"""Admission: what several processes ask of the same rows, one after the other."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain.admission import (
    Ask,
    Limit,
    Row,
    admit,
    breaker_key,
    given_up,
    opened,
    pace_key,
    returned,
    settled,
    slowed,
)

CALLS = Limit("rate:x", "the rate of 'x'", 3, None, 60.0)
TOKENS = Limit("rate:y", "the rate of 'y'", None, 1_000, 60.0)
NOW = 1e9


class Table:
    """The rows, as a store has them."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}

    def get(self, key: str) -> Row | None:
        found = self.rows.get(key)
        return None if found is None else json.loads(found)

    def put(self, rows: Any) -> None:
        for key, row in rows.items():
            self.rows.pop(key, None)
            if row is not None:
                self.rows[key] = json.dumps(row)

    def ask(self, ask: Ask, now: float) -> Any:
        changed, answer = admit({key: self.get(key) for key in ask.keys}, ask, now)
        self.put(changed)
        return answer


def asked(who: str = "a", *limits: Limit, **more: Any) -> Ask:
    return Ask(who, "s", "s/m", limits, **more)


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 3)), min_size=1, max_size=40))
def test_calls_that_wait_for_their_places_keep_the_limit(steps: list[tuple[float, float]]) -> None:
    """Each comes when it was told to, or a little late, and asks again then."""
    table, now, began = Table(), NOW, []
    waiting = list[tuple[float, Ask]]()
    for number, (gap, late) in enumerate(steps):
        now += gap
        waiting.sort(key=lambda one: one[0])
        while waiting and waiting[0][0] + late <= now:
            at, ask = waiting.pop(0)
            answer = table.ask(ask, at + late)
            if answer.begins:
                began.append(at if late <= 1.0 else at + late)
            else:
                waiting.append((answer.at, replace(ask, place=answer.place)))
                waiting.sort(key=lambda one: one[0])
        ask = asked(str(number), CALLS)
        answer = table.ask(ask, now)
        if answer.begins:
            began.append(now)
        else:
            waiting.append((answer.at, replace(ask, place=answer.place)))
    began.sort()
    for first, last in zip(began, began[3:], strict=False):
        assert last - first >= 60 - 1e-3


def test_who_comes_in_time_has_its_place() -> None:
    """It does not ask for another one, and nobody took it."""
    table = Table()
    assert [table.ask(asked(who, CALLS), NOW).begins for who in "abc"] == [True] * 3
    answer = table.ask(asked("d", CALLS), NOW + 1)
    assert (answer.begins, answer.at, answer.limit) == (False, NOW + 60, "the rate of 'x'")
    after = table.ask(asked("d", CALLS, place=answer.place), NOW + 60)
    assert after.begins
    row: Any = table.get("rate:x")
    assert sum(much for _, much in row["requests"]) == 4, "three, and its own place once"


def test_who_comes_late_gives_its_place_back_for_another_one() -> None:
    """So that what really begins is counted when it begins."""
    table = Table()
    first = table.ask(asked("a", CALLS), NOW)
    again = table.ask(asked("a", CALLS, place=first.place), NOW + 30)
    assert again.begins
    row: Any = table.get("rate:x")
    assert row["requests"] == [[NOW + 30, 1.0]]


def test_places_are_void_when_the_pace_was_lowered() -> None:
    """Who waits asks again, at the new pace."""
    table, key = Table(), pace_key("s/m")
    table.put({key: slowed(None, NOW, began_at=NOW, seen_per_minute=120, retry_after=None)})
    first = table.ask(asked("a"), NOW)
    assert first.at == pytest.approx(NOW + 1)
    row = slowed(table.get(key), NOW + 1, began_at=NOW + 0.5, seen_per_minute=0, retry_after=9)
    table.put({key: row})
    again = table.ask(asked("a", place=first.place), NOW + 1)
    assert not again.begins
    assert again.at == pytest.approx(NOW + 10)
    assert "calls come too fast" in again.limit


def test_a_pace_that_is_over_is_forgotten() -> None:
    """Then a call costs nothing again."""
    table, key = Table(), pace_key("s/m")
    table.put({key: slowed(None, NOW, began_at=NOW, seen_per_minute=120, retry_after=None)})
    assert table.ask(asked("a"), NOW + 599).begins
    assert key not in table.rows


def test_an_open_breaker_takes_nobodys_place() -> None:
    """One probe goes through when its time has come; the others wait for its end."""
    table, key = Table(), breaker_key("s")
    table.put({key: opened(None, "z", NOW, too_many=True)})
    held = table.ask(asked("a", CALLS), NOW)
    assert (held.begins, held.at, held.place) == (False, NOW + 5, None)
    assert "rate:x" not in table.rows
    assert table.ask(asked("a", CALLS), NOW + 5).begins
    behind = table.ask(asked("b", CALLS), NOW + 5)
    assert (behind.begins, behind.behind_a_probe) == (False, True)
    table.put({key: given_up(table.get(key), "a", NOW + 6)})
    assert table.ask(asked("b", CALLS), NOW + 6).begins
    table.put({key: opened(table.get(key), "b", NOW + 7, too_many=False)})
    assert table.ask(asked("c", CALLS), NOW + 7).at == NOW + 17


def test_tokens_are_corrected_when_they_are_known() -> None:
    """An estimate that was too high lets others begin sooner."""
    table = Table()
    first = table.ask(asked("a", TOKENS, tokens=900.0), NOW)
    assert not table.ask(asked("b", TOKENS, tokens=200.0), NOW + 1).begins
    table = Table()
    first = table.ask(asked("a", TOKENS, tokens=900.0), NOW)
    table.put(settled({"rate:y": table.get("rate:y")}, (TOKENS,), first.place, 100.0, NOW + 1))
    assert table.ask(asked("b", TOKENS, tokens=200.0), NOW + 1).begins


def test_a_place_that_nobody_comes_for_is_given_back() -> None:
    """A call that was cancelled in the queue holds up nobody."""
    table = Table()
    for who in "abc":
        table.ask(asked(who, CALLS), NOW)
    lost = table.ask(asked("d", CALLS), NOW)
    table.put(returned({"rate:x": table.get("rate:x")}, (CALLS,), lost.place, NOW))
    assert table.ask(asked("e", CALLS), NOW).at == NOW + 60


@pytest.mark.parametrize("hours", [1, 24 * 365])
def test_a_clock_that_is_put_back_holds_up_nobody(hours: int) -> None:
    """What a row says of times is moved with it."""
    table, back = Table(), NOW - hours * 3600
    for who in "abcd":
        table.ask(asked(who, CALLS), NOW)
    table.put({pace_key("s/m"): slowed(None, NOW, began_at=NOW, seen_per_minute=60, retry_after=3)})
    answer = table.ask(asked("e", CALLS), back)
    assert back <= answer.at <= back + 61


# --- limits within limits ----------------------------------------------------------------------

OUTER = Limit("run:1/outer", "of outer", 3, None, 60.0)
INNER = Limit("run:1/inner", "of inner", 1, None, 60.0)


def test_who_waits_for_an_inner_limit_keeps_nobody_from_beginning() -> None:
    """What is bounded further waits for itself; the others have the rest of the outer limit."""
    table = Table()
    inner = [table.ask(asked(str(number), INNER, OUTER), NOW).at - NOW for number in range(4)]
    outer = [table.ask(asked(f"o{number}", OUTER), NOW + 1).at - NOW for number in range(4)]
    assert inner == [0, 60, 120, 180]
    assert outer[:2] == [1, 1]
    assert 60 <= outer[2] <= outer[3] <= 62


@given(st.lists(st.tuples(st.floats(0, 20), st.booleans()), min_size=1, max_size=30))
def test_both_of_two_limits_hold(asks: list[tuple[float, bool]]) -> None:
    """The inner one for its own calls, the outer one for all."""
    table, now, begun = Table(), NOW, list[tuple[float, bool]]()
    for number, (gap, within) in enumerate(asks):
        now += gap
        limits = (INNER, OUTER) if within else (OUTER,)
        begun.append((table.ask(asked(str(number), *limits), now).at, within))
    for at, _ in begun:
        stretch = [within for one, within in begun if at <= one < at + 60.0 - 1e-3]
        assert len(stretch) <= 3
        assert sum(stretch) <= 1


SLOW = Limit("run:2/slow", "of slow", 1, None, 60.0)


def test_a_run_with_a_low_limit_of_its_own_holds_nobody_up() -> None:
    """Its places lie far ahead; what is free before them is for those who can use it."""
    table = Table()
    slow = [table.ask(asked(f"s{number}", SLOW, CALLS), NOW).at - NOW for number in range(5)]
    assert slow == [0, 60, 120, 180, 240]
    quick = [table.ask(asked(f"q{number}", CALLS), NOW + 1).at - NOW for number in range(6)]
    assert quick == [1, 1, 61, 61, 121, 121]


def test_tokens_are_not_held_up_by_places_far_ahead() -> None:
    """As little as calls are."""
    table = Table()
    slow = [
        table.ask(asked(f"s{number}", SLOW, TOKENS, tokens=400.0), NOW).at - NOW
        for number in range(3)
    ]
    assert slow == [0, 60, 120]
    quick = [table.ask(asked(f"q{one}", TOKENS, tokens=600.0), NOW + 1).at - NOW for one in "ab"]
    assert quick[0] == 1
    assert 61 <= quick[1] <= 62


def test_a_pace_is_not_held_up_by_places_far_ahead() -> None:
    """After a 429 as well: calls have their distance, and the line is no longer than its calls."""
    table, key = Table(), pace_key("s/m")
    table.put({key: slowed(None, NOW, began_at=NOW, seen_per_minute=120, retry_after=None)})
    slow = [table.ask(asked(f"s{number}", SLOW), NOW).at - NOW for number in range(4)]
    assert slow[0] == pytest.approx(1)
    assert slow[1:] == pytest.approx([61, 121, 181])
    quick = [table.ask(asked(f"q{number}"), NOW).at - NOW for number in range(3)]
    assert quick == pytest.approx([2, 3, 4], abs=0.1)


SHARED = st.sampled_from([(), (INNER,), (SLOW,), (INNER, OUTER)])


@given(st.lists(st.tuples(st.floats(0, 20), SHARED), min_size=1, max_size=30))
def test_a_shared_limit_holds_whatever_runs_have_limits_of_their_own(asks: Any) -> None:
    """In any stretch of time; and who has none of its own begins at once where there is room."""
    table, now, begun = Table(), NOW, list[float]()
    for number, (gap, own) in enumerate(asks):
        now += gap
        at = table.ask(asked(str(number), *own, CALLS), now).at
        if not own:
            together = [one for one in begun if now - 62 < one < now + 62]
            assert at == now or len(together) >= 3
        begun.append(at)
    for at in begun:
        assert sum(at <= one < at + 60.0 - 1e-3 for one in begun) <= 3
