"""What a view asks for reaches the client as a command, and a mistake as a sentence."""

from collections.abc import Mapping

import pytest
from pydantic import JsonValue

from mn_notebook.domain.events import ApprovalRequested
from mn_notebook.domain.ids import CommandId, RunId
from mn_notebook.errors import UsageError
from mn_notebook.notebook.controls import move

RUN = RunId("4k2f0000")


class RecordingControls:
    """Takes every command, and remembers it."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def _take(self, *asked: object) -> CommandId:
        self.asked.append(asked)
        return CommandId(f"c{len(self.asked)}")

    def pause(self, run_id: RunId, *, via: str) -> CommandId:
        return self._take("pause", run_id, via)

    def resume(self, run_id: RunId, *, via: str) -> CommandId:
        return self._take("resume", run_id, via)

    def retry(self, run_id: RunId, path: str | None, *, via: str) -> CommandId:
        return self._take("retry", run_id, path, via)

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
        return self._take("skip", run_id, path, value, has_value, because, via)

    def answer(
        self,
        run_id: RunId,
        request: ApprovalRequested,
        values: Mapping[str, JsonValue],
        *,
        via: str,
    ) -> CommandId:
        return self._take("answer", run_id, request, values, via)

    def signal(
        self, name: str, *, run_id: RunId | None, value: JsonValue, via: str
    ) -> tuple[RunId, ...]:
        self._take("signal", name, run_id, value, via)
        return (RUN,)


ASKED: list[tuple[dict[str, JsonValue], tuple[object, ...], str]] = [
    ({"verb": "pause"}, ("pause", RUN, "notebook"), "begins nothing new"),
    ({"verb": "resume"}, ("resume", RUN, "notebook"), "goes on"),
    ({"verb": "retry"}, ("retry", RUN, None, "notebook"), "its failed steps"),
    ({"verb": "retry", "path": "send[2]"}, ("retry", RUN, "send[2]", "notebook"), "send[2]"),
    (
        {"verb": "skip", "path": "send", "has_value": True, "value": None, "because": "known"},
        ("skip", RUN, "send", None, True, "known", "notebook"),
        "the value stands for its output",
    ),
    (
        {"verb": "skip", "path": "send", "has_value": False, "value": 3},
        ("skip", RUN, "send", None, False, "", "notebook"),
        "it counts as skipped",
    ),
    (
        {"verb": "signal", "signal": "replies_in", "value": {"n": 1}},
        ("signal", "replies_in", RUN, {"n": 1}, "notebook"),
        "Signal replies_in was sent",
    ),
]


@pytest.mark.parametrize(("action", "asked", "said"), ASKED)
def test_an_action_of_a_view_becomes_one_command(
    action: dict[str, JsonValue], asked: tuple[object, ...], said: str
) -> None:
    """The client is asked for exactly what the person asked for, and by way of the notebook."""
    client = RecordingControls()
    command, text = move(client, RUN, action)
    assert client.asked == [asked]
    assert command == (None if action["verb"] == "signal" else "c1")
    assert said in text


@pytest.mark.parametrize(
    "action",
    [
        {},
        {"verb": "explode"},
        {"verb": "skip"},
        {"verb": "skip", "path": 3},
        {"verb": "signal", "signal": ""},
        {"verb": "retry", "path": ["send"]},
    ],
)
def test_an_action_that_says_too_little_asks_for_nothing(action: dict[str, JsonValue]) -> None:
    """A message that is not understood is refused, and no command is made of it."""
    client = RecordingControls()
    with pytest.raises(UsageError, match="expected"):
        move(client, RUN, action)
    assert not client.asked
