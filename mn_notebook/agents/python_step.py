"""Steps of kind ``python`` that do not write: a function is called, and may be called again."""

from collections.abc import Callable

from pydantic import JsonValue

from mn_notebook.agents.calling import (
    Caller,
    Returned,
    call_now,
    printed_before,
    user_fault,
)
from mn_notebook.agents.calling import call as call_in_thread
from mn_notebook.agents.capture import held_by, identity_of
from mn_notebook.agents.code import Functions
from mn_notebook.agents.isolation import call_isolated
from mn_notebook.agents.notes import note
from mn_notebook.agents.output import output_fault
from mn_notebook.agents.threads import in_thread
from mn_notebook.agents.tool_step import CallHandler
from mn_notebook.domain.events import AttemptEvent
from mn_notebook.domain.workflow import Effect, PythonStep, Step
from mn_notebook.errors import PermanentError
from mn_notebook.ports import FailedWith, Job, Outcome, Recorder, Succeeded, Work

Start = Callable[[Callable[[], None]], None]
"""Does a job elsewhere, and returns at once."""


class PythonHandler:
    """Calls a function of the notebook, or ``package.module:function``.

    After a crash in its middle it is called again, unless the step says ``effect: write``: then it
    is journaled and, if need be, in doubt like a tool.
    """

    def __init__(
        self,
        functions: Functions,
        writes: CallHandler,
        *,
        missing: Callable[[Step], str | None],
        call: Caller = call_in_thread,
        isolated: Caller = call_isolated,
        start: Start | None = None,
    ) -> None:
        """Find functions in ``functions``; steps that write go to ``writes``.

        ``start`` does a job elsewhere; None: threads do, unless functions are called as ``call``
        says.
        """
        self._start = start or (in_thread if call is call_in_thread else None)
        self._missing = missing
        self._call = call
        self._isolated = isolated
        self._functions = functions
        self._writes = writes

    def missing(self, step: Step) -> str | None:
        """Say which function is not there."""
        return self._missing(_python(step))

    def effect(self, step: Step) -> Effect:
        """Return what the step says of itself."""
        return _python(step).effect

    def identity(self, step: Step) -> JsonValue:
        """Return the hashes of the function's source, and of what it holds."""
        function = self._functions.get(_python(step).function)
        if function is None:
            return {"code": ""}
        return {"code": identity_of(function), **held_by(function)}

    def opening(self, work: Work, recorder: Recorder) -> tuple[AttemptEvent, ...]:
        """Return the intent of a step that writes; others need none beyond their start."""
        if _python(work.step).effect == "write":
            return self._writes.opening(work, recorder)
        return ()

    def job(self, work: Work, /) -> Job | None:
        """Return the call of a function that merely blocks, in a thread of its own."""
        step = _python(work.step)
        start, function = self._start, self._functions.get(step.function)
        if start is None or function is None:
            return None
        if step.effect == "write" or step.isolation != "thread":
            return None

        def call_it() -> Outcome | Exception:
            try:
                return _outcome(work, call_now(function, _arguments(work)))
            except Exception as fault:  # noqa: BLE001 - the analyst's code may raise anything
                return _failure(work, fault)

        return lambda ended: start(lambda: ended(call_it()))

    async def run(self, work: Work, recorder: Recorder) -> Outcome:
        """Call the function."""
        step = _python(work.step)
        if step.effect == "write":
            return await self._writes.run(work, recorder)
        function = self._functions.get(step.function)
        if function is None:
            message = f"the function {step.function!r} is not there any more"
            raise PermanentError(message)
        try:
            caller = self._isolated if step.isolation == "process" else self._call
            returned = await caller(function, _arguments(work))
        except Exception as fault:  # noqa: BLE001 - the analyst's code may raise anything
            return _failure(work, fault)
        return _outcome(work, returned)


def _outcome(work: Work, returned: Returned) -> Outcome:
    events = note(work.path, returned.printed)
    fault = output_fault(returned.value, _python(work.step).output)
    return Succeeded(returned.value, events) if fault is None else FailedWith(fault, events)


def _failure(work: Work, fault: Exception) -> Outcome:
    error = user_fault(fault, retry_all=work.step.retry is not None)
    return FailedWith(error, note(work.path, printed_before(fault)))


def _arguments(work: Work) -> dict[str, JsonValue]:
    args = work.input.get("args")
    return args if isinstance(args, dict) else {}


def _python(step: Step) -> PythonStep:
    if not isinstance(step, PythonStep):
        message = f"expected a python step, found {step.kind}"
        raise PermanentError(message)
    return step
