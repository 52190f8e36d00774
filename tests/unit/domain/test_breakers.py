"""Circuit breakers: one probe at a time, ever more seldom, until one succeeds."""

import json

from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain.breakers import (
    FIRST_COOLDOWN_SECONDS,
    LONGEST_COOLDOWN_SECONDS,
    PROBE_SECONDS,
    Breaker,
)

WHO = st.sampled_from("abc")
STEPS = st.lists(st.tuples(st.sampled_from(["ask", "fail", "stop"]), WHO, st.floats(0, 30)))


@given(STEPS)
def test_one_call_at_a_time_tries_what_is_broken(steps: list[tuple[str, str, float]]) -> None:
    """However many ask, fail late or are stopped; and each failed probe costs twice the time."""
    now, breaker, trying = 1e9, Breaker.opened(now=1e9), dict[str, float]()
    for what, who, seconds in steps:
        now += seconds
        trying = {one: since for one, since in trying.items() if now < since + PROBE_SECONDS}
        before = breaker = Breaker.read(json.loads(json.dumps(breaker.stored())))
        if what == "ask":
            wait = breaker.seconds_to_wait(who, now=now)
            breaker = breaker.asked(who, now=now)
            if wait > 0:
                assert breaker == before
                continue
            assert now >= before.until
            assert not set(trying) - {who}, "somebody else tries already"
            trying[who] = now
        elif what == "fail":
            breaker = breaker.failed(who, now=now)
            if who == before.probe:
                assert breaker.cooldown == min(before.cooldown * 2, LONGEST_COOLDOWN_SECONDS)
                assert breaker.seconds_to_wait(who, now=now) > 0
                trying.clear()
            else:
                assert breaker == before
        else:
            breaker = breaker.given_up(who)
            trying.pop(who, None)


@given(STEPS, st.floats(0, 1e6))
def test_nobody_is_kept_from_trying_for_ever(
    steps: list[tuple[str, str, float]], jump: float
) -> None:
    """Also when the clock is put back: a cool-down and a probe are the most."""
    now, breaker = 1e9, Breaker.opened(now=1e9)
    for what, who, seconds in steps:
        now += seconds
        if what == "ask":
            breaker = breaker.asked(who, now=now)
        elif what == "fail":
            breaker = breaker.failed(who, now=now)
    longest = max(LONGEST_COOLDOWN_SECONDS, PROBE_SECONDS)
    assert breaker.seconds_to_wait("z", now=now - jump) <= longest
    assert breaker.seconds_to_wait("z", now=now + longest) == 0


def test_an_open_breaker_waits_twice_as_long_each_time() -> None:
    """5, 10, 20, 40, 60, 60 seconds."""
    now, breaker, waits = 0.0, Breaker.opened(now=0.0), []
    for _ in range(6):
        waits.append(breaker.seconds_to_wait("a", now=now))
        now = breaker.until
        breaker = breaker.asked("a", now=now).failed("a", now=now)
    assert waits == [FIRST_COOLDOWN_SECONDS, 10, 20, 40, 60, 60]


def test_a_probe_that_was_stopped_leaves_its_turn_to_another() -> None:
    """At once."""
    breaker = Breaker.opened(now=0.0).asked("a", now=5.0)
    assert breaker.seconds_to_wait("b", now=5.0) == PROBE_SECONDS
    assert breaker.given_up("a").seconds_to_wait("b", now=5.0) == 0
