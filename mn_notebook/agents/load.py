"""What this process knows and tells of the servers that it calls: rates, paces and breakers.

What is known of model servers lies in rows that all processes of a store share, and that outlive
them (`mn_notebook.domain.admission` says what they mean). A call costs nothing here while no limit
is declared for its model and nothing is wrong with its server: then only a view of the rows is
looked at, which is read once a second at most.

A tool is code of this process, and another notebook's tool of the same name is another one; so the
breakers of tools are this process's own.
"""

import logging
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mn_notebook.agents.loads import SharedRows
from mn_notebook.domain.admission import (
    Answer,
    Ask,
    Limit,
    Place,
    admit,
    breaker_key,
    given_up,
    is_about_trouble,
    opened,
    pace_key,
    returned,
    settled,
    slowed,
)
from mn_notebook.domain.breakers import FAILURES_TO_OPEN, Breaker
from mn_notebook.domain.events import ErrorInfo
from mn_notebook.domain.messages import ModelProfile, ModelRequest, Usage
from mn_notebook.domain.rates import MINUTE, Rate
from mn_notebook.domain.words import duration, plural
from mn_notebook.domain.workflow import Workflow
from mn_notebook.errors import PermanentError, StoreError, TransientError
from mn_notebook.ports import Clock, LoadRow, LoadRows, Loads, Work

_log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""So old may be what a process knows of trouble that another one has met."""
_MOST_REMEMBERED = 1_000
_CHARACTERS_A_TOKEN = 4
_ANSWER_TOKENS = 500
"""What an answer is reckoned with that has no bound."""
_UNREACHABLE = re.compile(
    r"Transient|Timeout|timed?_?out|Connect|Unavailable|Unreachable|TooMany|RateLimit|Throttl",
    re.IGNORECASE,
)
"""In the name of an exception: what a tool talks to is not there for the moment."""


@dataclass(slots=True)
class _Call:
    """A model call that has begun, or is about to."""

    server: str
    model: str
    began_at: float
    limits: tuple[Limit, ...] = ()
    place: Place | None = None


class Load:
    """The calls of one process, as far as others have to know of them. Lives in one loop."""

    def __init__(
        self, clock: Clock, loads: Loads, rates: Iterable[Rate] = (), *, minute: float = MINUTE
    ) -> None:
        """Share rows through ``loads``; ``minute`` is how long one is for a server's pace."""
        self._clock = clock
        self._loads = loads
        self._rows = SharedRows(loads, self._notice)
        self._rates = tuple(rates)
        self._minute = minute
        self._known: dict[tuple[str, str], tuple[Limit, ...]] = {}
        self._troubles: dict[str, LoadRow] = {}
        self._looked_at = float("-inf")
        self._in_a_row: dict[str, int] = {}
        """Failures of a server since something last went well."""
        self._calls: dict[str, _Call] = {}
        """By who makes them."""
        self._begun: dict[str, deque[float]] = {}
        """When calls of a model began lately."""

    def now(self) -> float:
        """Return the time that the rows are about, in seconds since 1970."""
        return self._clock.now().timestamp()

    # --- before a call -------------------------------------------------------------------------

    def limits_of(self, profile: ModelProfile, work: Work) -> tuple[Limit, ...]:
        """Return the declared limits that a call is under."""
        which = (profile.provider, profile.name)
        limits = self._known.get(which)
        if limits is None:
            limits = tuple(limit_of(rate) for rate in self._rates if rate.fits(*which))
            self._known[which] = limits
        bounded = _bounded(work)
        return (*limits, *(_of_run(work, one) for one in bounded)) if bounded else limits

    def is_free(self, profile: ModelProfile, server: str, work: Work) -> bool:
        """Tell whether a call may begin without asking: no limit, and no trouble known."""
        limited = self._rates or _bounded(work)
        if limited and self.limits_of(profile, work):
            return False
        troubles = self._look()
        if not troubles:
            return True
        return pace_key(model_of(profile)) not in troubles and breaker_key(server) not in troubles

    def is_probing(self, server: str) -> bool:
        """Tell whether a call is known to be under way that tries a server for all others."""
        row = self._look().get(breaker_key(server))
        return row is not None and Breaker.read(row).is_probing(now=self.now())

    def ask(
        self,
        profile: ModelProfile,
        server: str,
        work: Work,
        request: ModelRequest,
        who: str,
        place: Place | None,
    ) -> Ask:
        """Return what has to be asked before a call may begin."""
        limits = self.limits_of(profile, work)
        counted = any(limit.tokens is not None for limit in limits)
        tokens = float(tokens_of(request)) if counted else 0.0
        return Ask(who, server, model_of(profile), limits, tokens, place)

    async def admit(self, ask: Ask) -> Answer:
        """Ask whether a call may begin; its place is durable on return.

        A crash between that and the call loses the place: then less than is allowed is called.
        """
        found: list[Answer] = []

        def change(rows: LoadRows) -> LoadRows:
            changed, answer = admit(rows, ask, self.now(), minute=self._minute)
            found[:] = [answer]
            return changed

        await self._rows.change(ask.keys, change)
        if found[0].behind_a_probe:
            self._suspect(breaker_key(ask.server))
        return found[0]

    def began(self, who: str, profile: ModelProfile, server: str, ask: Ask | None) -> None:
        """Know that a call begins now."""
        now, model = self.now(), model_of(profile)
        limits, place = ((), None) if ask is None else (ask.limits, ask.place)
        self._calls[who] = _Call(server, model, now, limits, place)
        begun = self._begun.setdefault(model, deque(maxlen=_MOST_REMEMBERED))
        begun.append(now)

    # --- after it ------------------------------------------------------------------------------

    def answered(self, who: str, usage: Usage | None) -> None:
        """Know that a call was answered: its server is there."""
        call = self._calls.pop(who, None)
        if call is None:
            return
        self._is_there(call.server)
        counted = any(limit.tokens is not None for limit in call.limits)
        if counted and usage is not None and call.place is not None:
            used, place = float(usage.input_tokens + usage.output_tokens), call.place
            self._rows.change_later(
                [limit.key for limit in call.limits],
                lambda rows: settled(rows, call.limits, place, used, self.now()),
            )

    def failed(self, who: str, fault: TransientError | PermanentError) -> None:
        """Know that a call failed; one that was refused for good shows that its server is there."""
        call = self._calls.pop(who, None)
        if call is None:
            return
        if isinstance(fault, PermanentError):
            self._is_there(call.server)
        elif fault.too_fast:
            self._slow_down(call, fault.asked_to_wait_seconds)
            self._give_up(call.server, who)
        else:
            self._has_failed(call.server, who)

    def ended(self, who: str) -> None:
        """Know that nothing more is heard of a call: it was stopped, if it had begun at all."""
        call = self._calls.pop(who, None)
        if call is not None:
            self._give_up(call.server, who)

    def no_longer_wanted(self, ask: Ask) -> None:
        """Give a place back that nobody comes for."""
        place = ask.place
        if place is not None and ask.limits:
            self._rows.change_later(
                [limit.key for limit in ask.limits],
                lambda rows: returned(rows, ask.limits, place, self.now()),
            )

    def _slow_down(self, call: _Call, retry_after: float | None) -> None:
        begun = self._begun.get(call.model) or deque((call.began_at,))
        now = self.now()
        lately = [at for at in begun if at > now - MINUTE]
        # As fast as they really came: a burst of a second is not spread over a minute.
        span = max(now - lately[0], 1.0) if lately else 1.0
        seen = len(lately) / span * self._minute
        key = pace_key(call.model)
        self._suspect(key)
        self._rows.change_later(
            [key],
            lambda rows: {
                key: slowed(
                    rows.get(key),
                    self.now(),
                    began_at=call.began_at,
                    seen_per_minute=seen,
                    retry_after=retry_after,
                    minute=self._minute,
                )
            },
        )

    def _has_failed(self, server: str, who: str) -> None:
        count = self._in_a_row[server] = self._in_a_row.get(server, 0) + 1
        key = breaker_key(server)
        too_many = count >= FAILURES_TO_OPEN
        if too_many or key in self._troubles:
            self._suspect(key)
            self._rows.change_later(
                [key],
                lambda rows: {
                    key: opened(
                        rows.get(key), who, self.now(), too_many=too_many, minute=self._minute
                    )
                },
            )

    def _suspect(self, key: str) -> None:
        """Let further calls ask from now on, though the row is not durable yet."""
        self._troubles.setdefault(key, {})

    def _is_there(self, server: str) -> None:
        self._in_a_row.pop(server, None)
        key = breaker_key(server)
        if key in self._troubles:
            self._rows.change_later([key], lambda _rows: {key: None})

    def _give_up(self, server: str, who: str) -> None:
        key = breaker_key(server)
        if key in self._troubles:
            self._rows.change_later(
                [key], lambda rows: {key: given_up(rows.get(key), who, self.now())}
            )

    # --- rows ----------------------------------------------------------------------------------

    def _look(self) -> dict[str, LoadRow]:
        monotonic = self._clock.monotonic()
        if monotonic - self._looked_at >= LOOK_SECONDS:
            self._looked_at = monotonic
            try:
                self._troubles = {key: row for key, row in self._loads.troubles().items() if row}
            except StoreError as fault:  # It is met again where something has to be written.
                _log.debug("%s", fault, extra={"run_id": None, "step_id": None})
        return self._troubles

    def _notice(self, changed: LoadRows) -> None:
        for key, row in changed.items():
            if not is_about_trouble(key):
                continue
            if row is None:
                self._troubles.pop(key, None)
            else:
                self._troubles[key] = row


class ToolBreakers:
    """The breakers of this process's tools."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._in_a_row: dict[str, int] = {}
        self._open: dict[str, Breaker] = {}

    def is_closed(self, tool: str) -> bool:
        """Tell whether a tool may be called without asking."""
        return tool not in self._open

    def is_probing(self, tool: str) -> bool:
        """Tell whether a call is under way that tries a tool for all others."""
        breaker = self._open.get(tool)
        return breaker is not None and breaker.is_probing(now=self._clock.monotonic())

    def asked(self, tool: str, who: str) -> Answer | None:
        """Return what holds a call back; None: it may begin, as a probe where it has to be one."""
        breaker = self._open.get(tool)
        if breaker is None:
            return None
        now = self._clock.monotonic()
        wait = breaker.seconds_to_wait(who, now=now)
        if wait <= 0:
            self._open[tool] = breaker.asked(who, now=now)
            return None
        words = f"the breaker of tool {tool!r}, whose calls fail"
        at = self._clock.now().timestamp() + wait
        return Answer(at, words, behind_a_probe=breaker.is_probing(now=now))

    def used(self, tool: str, who: str, error: ErrorInfo | None) -> None:
        """Know how a call ended."""
        if error is None or error.permanent or not _UNREACHABLE.search(error.type):
            self._in_a_row.pop(tool, None)
            self._open.pop(tool, None)
            return
        now = self._clock.monotonic()
        count = self._in_a_row[tool] = self._in_a_row.get(tool, 0) + 1
        breaker = self._open.get(tool)
        if breaker is not None:
            self._open[tool] = breaker.failed(who, now=now)
        elif count >= FAILURES_TO_OPEN:
            self._open[tool] = Breaker.opened(now=now)

    def ended(self, tool: str, who: str) -> None:
        """Know that nothing more is heard of a call."""
        breaker = self._open.get(tool)
        if breaker is not None:
            self._open[tool] = breaker.given_up(who)


def model_of(profile: ModelProfile) -> str:
    """Name a model with its provider."""
    return f"{profile.provider}/{profile.name}"


def _bounded(work: Work) -> tuple[Workflow, ...]:
    """Return the workflow of an attempt, and those that call it, as far as they bound calls."""
    own = () if work.workflow.calls_per_minute is None else (work.workflow,)
    return (*own, *(one for one in work.callers if one.calls_per_minute is not None))


def _of_run(work: Work, workflow: Workflow) -> Limit:
    """Return the rate of a workflow for all its calls in a run, however often it runs there."""
    words = f"`calls_per_minute: {workflow.calls_per_minute}` of workflow {workflow.name!r}"
    key, at_most = f"run:{work.run_id}/{workflow.name}", workflow.calls_per_minute
    return Limit(key, words, at_most, None)


def limit_of(rate: Rate) -> Limit:
    """Return a declared rate as the limit that all calls share which it fits."""
    much = [plural(rate.requests, "request")] if rate.requests is not None else []
    much += [plural(rate.tokens, "token")] if rate.tokens is not None else []
    per = "a minute" if rate.seconds == MINUTE else f"in {duration(rate.seconds)}"
    words = f"the rate of {rate.pattern!r} ({' and '.join(much)} {per})"
    return Limit(f"rate:{rate.pattern}", words, rate.requests, rate.tokens, rate.seconds)


def tokens_of(request: ModelRequest) -> int:
    """Reckon how many tokens a call will use, before its server has counted them."""
    asked = len(request.model_dump_json()) // _CHARACTERS_A_TOKEN
    return asked + (request.max_tokens or _ANSWER_TOKENS)


def ticket_of(place: Place | None) -> str:
    """Write a place as a text that the journal can keep."""
    return "" if place is None else f"{place.at!r} {place.epoch} {place.tokens:g}"


def place_of(ticket: str) -> Place | None:
    """Read a place again; what is none is none."""
    try:
        at, epoch, tokens = ticket.split()
        return Place(float(at), int(epoch), float(tokens))
    except ValueError:
        return None


def with_place(ask: Ask, answer: Answer) -> Ask:
    """Return what to ask when an answer's time has come."""
    return replace(ask, place=answer.place)
