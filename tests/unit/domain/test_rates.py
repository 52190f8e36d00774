"""Rates and paces: never more than is allowed, and nobody is forgotten."""

import json
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain.rates import (
    FIRST_PACE,
    LEAST_PACE,
    LONGEST_RETRY_AFTER_SECONDS,
    MINUTE,
    PACE_MINUTES,
    Pace,
    Window,
)

_NOTHING = 1e-4
GAPS = st.lists(st.floats(0, 40, allow_nan=False), min_size=1, max_size=60)


def again(window: Window) -> Window:
    """Through the store and back."""
    return Window.read(json.loads(json.dumps(window.stored())))


@given(at_most=st.integers(1, 8), gaps=GAPS, seconds=st.sampled_from([0.5, 3.0, 60.0]))
def test_no_stretch_of_time_has_more_calls_than_it_may(
    at_most: int, gaps: list[float], seconds: float
) -> None:
    """Whenever calls are wanted; and places come in the order of asking."""
    window, now, places = Window(), 1e9, []
    for gap in gaps:
        now += gap
        window, at = again(window).booked(1, now=now, at_most=at_most, seconds=seconds)
        assert at >= now
        places.append(at)
    assert places == sorted(places)
    for first, last in zip(places, places[at_most:], strict=False):
        assert last - first >= seconds - _NOTHING


@given(at_most=st.integers(1, 8), gaps=GAPS)
def test_no_place_is_wasted(at_most: int, gaps: list[float]) -> None:
    """Nobody waits longer than a window of its own makes it: what is lost is a part of sixty."""
    window, now, exact = Window(), 1e9, list[float]()
    for gap in gaps:
        now += gap
        window, at = window.booked(1, now=now, at_most=at_most, seconds=60)
        least = max(now, exact[-at_most] + 60) if len(exact) >= at_most else now
        exact.append(max(least, exact[-1] if exact else 0.0))
        assert at <= exact[-1] + (len(exact) // at_most + 1) * 1.0 + _NOTHING


@given(
    limit=st.integers(50, 200),
    wanted=st.lists(st.tuples(st.floats(0, 20), st.integers(1, 120)), min_size=1, max_size=40),
)
def test_tokens_are_limited_like_calls(limit: int, wanted: list[tuple[float, int]]) -> None:
    """What alone is more than is allowed has a stretch of time for itself."""
    window, now, taken = Window(), 1e9, list[tuple[float, int]]()
    for gap, tokens in wanted:
        now += gap
        window, at = again(window).booked(tokens, now=now, at_most=limit, seconds=60)
        taken.append((at, tokens))
    for start, _ in taken:
        inside = [much for at, much in taken if start <= at < start + 60 - _NOTHING]
        assert len(inside) == 1 or sum(inside) <= limit


@given(amounts=st.lists(st.integers(1, 9), min_size=1, max_size=9), which=st.integers(0, 8))
def test_a_place_that_is_given_back_is_free_again(amounts: list[int], which: int) -> None:
    """And only that one."""
    window, places = Window(), []
    for number, amount in enumerate(amounts):
        window, at = window.booked(amount, now=1e9 + 5 * number, at_most=100, seconds=60)
        places.append(at)
    chosen = which % len(amounts)
    left = window.corrected(-amounts[chosen], places[chosen], seconds=60)
    assert sum(much for _, much in left.entries) == sum(amounts) - amounts[chosen]
    assert window.corrected(5, 2e9, seconds=60) == window
    assert window.corrected(-1, 1e9 - 60, seconds=60) == window, "it has passed"


def test_a_window_remembers_no_more_than_its_parts() -> None:
    """A thousand calls a minute do not make a row of a thousand numbers."""
    window = Window()
    for number in range(3_000):
        window, _ = window.booked(1, now=1e9 + number * 0.05, at_most=1_200, seconds=60)
    assert len(window.entries) <= 62


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 300)), max_size=60), st.floats(0, 5_000))
def test_a_pace_stays_within_its_bounds(steps: list[tuple[bool, float]], seen: float) -> None:
    """Whatever is refused and whenever: never below what is tried, and over at its peak."""
    now = 1e9
    pace = Pace.first(now=now, seen_per_minute=seen, retry_after=None)
    assert pace.per_minute == max(seen, FIRST_PACE) / 2
    for refused, seconds in steps:
        now += seconds + 0.001
        before = pace.now_per_minute(now)
        if refused and before < pace.peak:
            pace = pace.lowered(now=now, began_at=now, retry_after=None)
            assert pace.now_per_minute(now) == max(LEAST_PACE, before / 2)
        elif not pace.is_over(now):
            at = pace.earliest(now)
            pace = pace.with_entry(at, now=now)
            assert pace.earliest(at) > at
        assert pace.now_per_minute(now) >= LEAST_PACE
    assert pace.is_over(max(now, pace.closed_until) + PACE_MINUTES * 60)


def test_calls_under_way_together_halve_a_pace_once() -> None:
    """What had begun before the pace was lowered says nothing new."""
    pace = Pace.first(now=100.0, seen_per_minute=480, retry_after=None)
    for _ in range(15):
        pace = pace.lowered(now=100.1, began_at=99.0, retry_after=None)
    assert pace.per_minute == 240
    slower = pace.lowered(now=101.0, began_at=100.5, retry_after=None)
    assert 120 <= slower.per_minute < 122


def test_what_a_server_asks_for_is_waited_for_by_everybody() -> None:
    """Also when it says so to a late one; and not for days."""
    pace = Pace.first(now=100.0, seen_per_minute=480, retry_after=7.0)
    assert pace.earliest(100.0) == 107.0
    later = pace.lowered(now=101.0, began_at=99.0, retry_after=20.0)
    assert later.earliest(101.0) == 121.0
    assert later.epoch > pace.epoch
    forever = Pace.first(now=100.0, seen_per_minute=1, retry_after=1e12)
    assert forever.closed_until == 100.0 + LONGEST_RETRY_AFTER_SECONDS


@given(st.floats(1, 1e4), st.one_of(st.none(), st.floats(0, 100)), st.floats(-9, 9))
def test_a_pace_is_kept_as_it_is(seen: float, retry: float | None, back: float) -> None:
    """Through the store, and when a clock is put back."""
    pace = Pace.first(now=1e9, seen_per_minute=seen, retry_after=retry)
    kept = Pace.read(json.loads(json.dumps(pace.stored())))
    assert abs(kept.per_minute - pace.per_minute) < _NOTHING
    moved = pace.shifted(back)
    assert abs(moved.earliest(1e9 - back) - (pace.earliest(1e9) - back)) < _NOTHING


Booking = tuple[float, int]
ASKS = st.lists(
    st.tuples(st.floats(0, 20), st.floats(0, 400) | st.just(0.0), st.integers(1, 3)),
    min_size=1,
    max_size=30,
)
"""After how long, how much later for the sake of another limit, and how much."""


def most_begun(booked: list[Booking], at: float, amount: int, seconds: float) -> int:
    """Return how much begins in the fullest stretch of time that a call at ``at`` is in."""
    together = [*booked, (at, amount)]
    begins = [one for one, _ in together if at - seconds < one <= at]
    return max(
        sum(much for one, much in together if begin <= one < begin + seconds) for begin in begins
    )


@given(at_most=st.integers(1, 8), asks=ASKS, seconds=st.sampled_from([3.0, 60.0]))
def test_places_far_ahead_neither_break_a_limit_nor_take_what_is_free_now(
    at_most: int, asks: list[tuple[float, float, int]], seconds: float
) -> None:
    """Calls that wait for something else have places that were taken early and lie late."""
    window, booked, now = Window(), list[Booking](), 1e9
    for gap, later, amount in asks:
        now += gap
        wanted = now + later
        limits: Any = {"at_most": at_most, "seconds": seconds}
        at = again(window).earliest(amount, now=wanted, **limits)
        assert at >= wanted
        window = again(window).with_entry(amount, at, now=now, seconds=seconds)
        assert most_begun(booked, at, amount, seconds - _NOTHING) <= max(at_most, amount)
        # What is remembered together is known to a part of sixty, and no longer stretch is asked.
        part = seconds / 60
        for free in (wanted, *(one + seconds + 2 * part for one, _ in booked)):
            longer = seconds + 2 * part
            if wanted <= free and most_begun(booked, free, amount, longer) <= at_most:
                assert at <= free
        booked.append((at, amount))
    for at, _ in booked:
        inside = [much for one, much in booked if at <= one < at + seconds - _NOTHING]
        assert sum(inside) <= at_most or len(inside) == 1


@given(far=st.lists(st.floats(1, 1_000), max_size=20), seen=st.floats(1, 600))
def test_a_pace_has_places_before_those_that_lie_far_ahead(far: list[float], seen: float) -> None:
    """Calls keep their distance from all others, whenever these were given their places."""
    now = 1e9
    pace = Pace.first(now=now, seen_per_minute=seen, retry_after=None)
    taken = list[float]()
    for later in far:
        at = pace.earliest(now + later)
        pace = again_pace(pace.with_entry(at, now=now))
        taken.append(at)
    apart = MINUTE / pace.now_per_minute(now)
    crowded = [one for one in taken if one < now + 3 * apart]
    at = pace.earliest(now)
    if not crowded:
        assert at <= now + apart + _NOTHING
    taken.append(at)
    taken.sort()
    for one, other in pairwise(taken):
        assert other - one >= MINUTE / pace.now_per_minute(other) - _NOTHING


def again_pace(pace: Pace) -> Pace:
    """Through the store and back."""
    return Pace.read(json.loads(json.dumps(pace.stored())))


def test_a_line_of_a_thousand_is_looked_through_at_once() -> None:
    """Many wait far ahead; the row stays as small as their time has parts."""
    window = Window()
    for _ in range(1_000):
        window, _ = window.booked(1, now=1e9, at_most=100, seconds=60)
    assert len(window.entries) <= 10
    assert window.earliest(1, now=1e9, at_most=101, seconds=60) == 1e9
