"""One attempt at a step: a task that ends with an outcome, whatever happens in it."""

import asyncio
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from pydantic import JsonValue

from mn_notebook.domain.events import AttemptEvent, ErrorInfo, ToolInDoubt
from mn_notebook.domain.ids import AttemptToken, StepPath
from mn_notebook.domain.state import Call, RunState
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import PythonStep, ToolStep
from mn_notebook.engine.drafts import situation_of
from mn_notebook.engine.faults import error_info, timed_out
from mn_notebook.engine.services import TROUBLE_SECONDS, Services, Spawn
from mn_notebook.engine.starts import work_of
from mn_notebook.errors import Fenced, StoreBusy, StoreError, StoreUnwritable
from mn_notebook.ports import FailedWith, NotYet, Outcome, Situation, WaitsFor

Post = Callable[[Callable[[], None]], None]


class Driver(Protocol):
    """What an attempt needs of whoever drives its run."""

    @property
    def state(self) -> RunState:
        """Return how the run stands."""
        ...

    def append(
        self,
        path: StepPath,
        token: AttemptToken,
        events: tuple[AttemptEvent, ...],
        appended: Callable[[Exception | None], None],
    ) -> None:
        """Write an attempt's own events; ``appended`` is told when they are durable."""
        ...

    def end(
        self, path: StepPath, attempt: int, outcome: Outcome | None, because: str | None = None
    ) -> None:
        """Take the outcome of an attempt; None: it was stopped without one.

        ``because`` says what stopped it where the step is not to blame.
        """
        ...

    def step_aside(self, path: StepPath) -> None:
        """Let others have an attempt's slot while it stands in a queue."""
        ...

    def step_back(self, path: StepPath) -> None:
        """Count an attempt again that has stood in a queue; it does not wait for a slot."""
        ...


class Attempt:
    """Makes an attempt and is its pen."""

    def __init__(self, driver: Driver, path: StepPath, services: Services) -> None:
        """Prepare the attempt that the run's state says is under way at ``path``."""
        instance = driver.state.instances[path]
        rendered = services.values.load(instance.input)
        self._driver = driver
        self._services = services
        self._path = path
        self.token = driver.state.active[path]
        self._step = driver.state.step_at(instance.node)
        self._work = work_of(
            driver.state,
            instance.node,
            path,
            rendered if isinstance(rendered, dict) else {},
            attempt=instance.attempt,
            known=instance,
            iteration=instance.iteration,
        )
        self._handler = services.handlers[self._step.kind]
        self._job = self._handler.job(self._work)
        self._task: Any = None
        self._stopped = False
        """It is to end without an outcome; the loop has not come to it yet."""
        self._over = False
        self._timer: asyncio.TimerHandle | None = None
        self._deadline: asyncio.Timeout | None = None
        """Ends the attempt when its time is over."""
        self._because: str | None = None
        """What stopped it, where the step is not to blame."""

    def begin(self, post: Post) -> None:
        """Begin what is done elsewhere; what the attempt announced is durable. From any thread."""
        if self._job is None or self._stopped or self._over:
            return
        try:
            self._job(lambda ended: post(lambda: self._finish(ended)))
        except Exception as fault:  # noqa: BLE001 - whatever a handler raises is the attempt's outcome
            post(functools.partial(self._finish, fault))

    def go_on(self, spawn: Spawn) -> None:
        """Watch the time of what has begun elsewhere, or begin in the loop."""
        if self._job is None:
            self._task = spawn(self._run())
        elif self._step.timeout_seconds is not None and not self._over:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._step.timeout_seconds, self._time_out)

    def cancel(self, post: Post) -> None:
        """Stop without an outcome; what has not begun never does."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
        elif self._job is not None and not self._over:
            post(lambda: self._finish(None))

    def _time_out(self) -> None:
        self._finish(self._ran_out_of_time(self._step.timeout_seconds))

    def _finish(self, ended: Outcome | Exception | None) -> None:
        """Take what work elsewhere came to; whatever it comes to later is nobody's business."""
        if self._over:
            return
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        outcome = FailedWith(error_info(ended)) if isinstance(ended, Exception) else ended
        self._driver.end(self._path, self._work.attempt, outcome)

    async def _run(self) -> None:
        outcome: Outcome | None = None
        try:
            outcome = await self._outcome()
        finally:
            self._driver.end(self._path, self._work.attempt, outcome, self._because)

    async def _outcome(self) -> Outcome | None:
        seconds = self._step.timeout_seconds
        try:
            async with asyncio.timeout(seconds) as self._deadline:
                return await self._handler.run(self._work, self)
        except TimeoutError:
            return self._ran_out_of_time(seconds)
        except Fenced:
            return None
        except NotYet as wait:
            return wait.held
        except (StoreBusy, StoreUnwritable) as fault:
            doubt = self._in_doubt(str(fault))
            if doubt is None:
                await self._hold_up(fault)
            return doubt
        except Exception as fault:  # noqa: BLE001 - whatever a handler raises is the attempt's outcome
            return self._in_doubt(str(fault)) or FailedWith(error_info(fault))

    async def _hold_up(self, fault: StoreError) -> None:
        """Let another attempt go on in a while: what was to be done next was not begun."""
        self._because = str(fault)
        await self._services.clock.sleep(TROUBLE_SECONDS)

    def _ran_out_of_time(self, seconds: float | None) -> Outcome:
        seconds = seconds or 0.0
        evidence = f"the call had not returned after {seconds:g} s"
        return self._in_doubt(evidence) or FailedWith(self._time_is_up(seconds))

    def _time_is_up(self, seconds: float) -> ErrorInfo:
        step = self._step
        in_a_thread = isinstance(step, ToolStep) or (
            isinstance(step, PythonStep) and step.isolation == "thread"
        )
        return timed_out(seconds, still_running=in_a_thread)

    def _in_doubt(self, evidence: str) -> WaitsFor | None:
        """A ``write`` that was begun and has no outcome is in doubt, not failed."""
        doubtful = [
            call
            for call in self.calls()
            if call.kind == "tool" and call.effect == "write" and call.status == "open"
        ]
        if not doubtful:
            return None
        return WaitsFor(
            "in_doubt",
            tuple(call.id for call in doubtful),
            prompt=f"Did this call of {doubtful[0].name!r} happen?",
            evidence=evidence,
            events=tuple(
                ToolInDoubt(path=self._path, call_id=call.id, evidence=evidence)
                for call in doubtful
            ),
        )

    # --- the pen -------------------------------------------------------------------------------

    async def record(self, *events: AttemptEvent) -> None:
        """Make events durable; see `mn_notebook.ports.Recorder.record`."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def appended(fault: Exception | None) -> None:
            if waiting.done():
                return
            if fault is None:
                waiting.set_result(None)
            else:
                waiting.set_exception(fault)

        self._driver.append(self._path, self.token, events, appended)
        await waiting

    @contextmanager
    def untimed(self) -> Iterator[None]:
        """Let the time inside not count; see `mn_notebook.ports.Recorder.untimed`."""
        self._driver.step_aside(self._path)
        try:
            with self._without_deadline():
                yield
        finally:
            self._driver.step_back(self._path)

    @contextmanager
    def _without_deadline(self) -> Iterator[None]:
        deadline = self._deadline
        ends_at = None if deadline is None or deadline.expired() else deadline.when()
        if deadline is None or ends_at is None:
            yield  # It has no deadline, or one that has just passed.
            return
        loop = asyncio.get_running_loop()
        began = loop.time()
        deadline.reschedule(None)
        try:
            yield
        finally:
            deadline.reschedule(ends_at + loop.time() - began)

    def calls(self) -> tuple[Call, ...]:
        """Return the attempt's transcript as it stands."""
        return self._driver.state.instances[self._path].calls

    def situation(self) -> Situation:
        """Return what of the run counts for its policy."""
        return situation_of(self._driver.state)

    def keep(self, value: JsonValue) -> Stored:
        """Turn a value into its stored form."""
        return self._services.values.keep(value)

    def load(self, stored: Stored) -> JsonValue:
        """Return a stored value."""
        return self._services.values.load(stored)
