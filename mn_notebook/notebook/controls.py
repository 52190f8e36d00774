"""Moves a run as a view asks: pause, resume, retry, skip, answer, signal."""

from collections.abc import Mapping
from typing import Protocol

from pydantic import JsonValue

from mn_notebook.domain.events import ApprovalRequested
from mn_notebook.domain.ids import CommandId, RunId
from mn_notebook.domain.words import one_line
from mn_notebook.errors import UsageError

VIA = "notebook"
_LONGEST_NAME = 80


class Controls(Protocol):
    """What of a client moves runs; each command is durable on return."""

    def pause(self, run_id: RunId, *, via: str) -> CommandId:
        """Begin nothing new."""
        ...

    def resume(self, run_id: RunId, *, via: str) -> CommandId:
        """Go on."""
        ...

    def retry(self, run_id: RunId, path: str | None, *, via: str) -> CommandId:
        """Try a failed step afresh, or all of them."""
        ...

    def skip(
        self,
        run_id: RunId,
        path: str,
        *,
        value: JsonValue,
        has_value: bool,
        because: str,
        via: str,
    ) -> CommandId:
        """Go on without a step, or with a value in the place of its output."""
        ...

    def answer(
        self,
        run_id: RunId,
        request: ApprovalRequested,
        values: Mapping[str, JsonValue],
        *,
        via: str,
    ) -> CommandId:
        """Fill in a form."""
        ...

    def signal(
        self, name: str, *, run_id: RunId | None, value: JsonValue, via: str
    ) -> tuple[RunId, ...]:
        """Send a signal."""
        ...


def move(
    client: Controls, run_id: RunId, action: Mapping[str, JsonValue]
) -> tuple[CommandId | None, str]:
    """Ask for what an action of a view says; return the command and what will come of it.

    Without a command there is nothing to wait for: a signal is kept until a step takes it.

    Raises:
        UsageError: it cannot be done, or the action says too little.
    """
    short = run_id[:4]
    match action.get("verb"):
        case "pause":
            text = f"Run {short} finishes what is under way and begins nothing new."
            return client.pause(run_id, via=VIA), text
        case "resume":
            return client.resume(run_id, via=VIA), f"Run {short} goes on."
        case "retry":
            path = text_of(action, "path", required=False)
            what = one_line(path, _LONGEST_NAME) if path else "its failed steps"
            return client.retry(run_id, path or None, via=VIA), f"Run {short} tries {what} again."
        case "skip":
            return _skip(client, run_id, action)
        case "signal":
            name = text_of(action, "signal")
            client.signal(name, run_id=run_id, value=action.get("value"), via=VIA)
            return None, f"Signal {one_line(name, _LONGEST_NAME)} was sent to run {short}."
        case verb:
            message = f"expected a verb of a view such as pause or skip, found {verb!r}"
            raise UsageError(message)


def _skip(
    client: Controls, run_id: RunId, action: Mapping[str, JsonValue]
) -> tuple[CommandId, str]:
    path = text_of(action, "path")
    has_value = action.get("has_value") is True
    command = client.skip(
        run_id,
        path,
        value=action.get("value") if has_value else None,
        has_value=has_value,
        because=text_of(action, "because", required=False),
        via=VIA,
    )
    then = "the value stands for its output" if has_value else "it counts as skipped"
    return command, f"{one_line(path, _LONGEST_NAME)} of run {run_id[:4]} is skipped: {then}."


def text_of(action: Mapping[str, JsonValue], name: str, *, required: bool = True) -> str:
    """Return a text that an action carries; without one that is not required, an empty text.

    Raises:
        UsageError: it is missing, or no text.
    """
    value = action.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value):
        message = f"expected {name!r} as a text, found {value!r}"
        raise UsageError(message)
    return value
