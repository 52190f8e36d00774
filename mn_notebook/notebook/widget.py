"""The widget that shows one run, for front ends that draw no MIME type of ours."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

ActionHandler = Callable[[dict[str, Any]], dict[str, Any]]

_logger = logging.getLogger(__name__)
_BUNDLE = Path(__file__).parent.parent / "static" / "widget.js"


class RunWidget(anywidget.AnyWidget):
    """A live view of a run.

    Set ``picture`` from any thread, at most a few times a second. What a person does in the view is
    handed to ``on_action``; its answer goes back to the view. ``on_action`` may be called on any
    thread, and should only record what it was told.
    """

    _esm: ClassVar[Path] = _BUNDLE

    picture = traitlets.Dict().tag(sync=True)
    """A ``RunPicture`` as JSON values; empty until there is one."""

    def __init__(self, on_action: ActionHandler, **traits: object) -> None:
        super().__init__(**traits)
        self._on_action = on_action
        self.on_msg(self._answer)

    def _answer(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict):
            return
        self.send(reply_to(content, self._on_action))


def reply_to(message: dict[str, Any], on_action: ActionHandler) -> dict[str, Any]:
    """Answer one message of a view, whatever the handler does.

    A view that gets no answer would wait for ever, so a failing handler becomes a refusal, and its
    exception goes to the log.
    """
    refusal = {"verb": "reply", "id": message.get("id", ""), "ok": False, "message": ""}
    try:
        return {**refusal, **on_action(message)}
    except Exception as error:
        _logger.warning(
            "An action of a view failed",
            exc_info=error,
            extra={"run_id": message.get("run_id"), "step_id": None},
        )
        return {**refusal, "message": f"This could not be done: {error}"}
