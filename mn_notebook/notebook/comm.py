"""The kernel's end of the channel to the views that JupyterLab draws."""

import contextlib
import contextvars
import logging
from collections.abc import Callable
from typing import Any, Protocol

from mn_notebook.notebook.widget import ActionHandler, reply_to

TARGET = "mn_notebook"

Push = Callable[[dict[str, Any]], None]
"""Takes a message for a view: ``verb`` is ``picture`` or ``text``."""
Subscribe = Callable[[str, Push], Callable[[], None]]

_logger = logging.getLogger(__name__)


class _Comm(Protocol):
    """What is used of a comm."""

    def send(self, data: dict[str, Any]) -> None: ...
    def close(self) -> None: ...
    def on_msg(self, callback: Callable[[dict[str, Any]], None]) -> None: ...
    def on_close(self, callback: Callable[[dict[str, Any]], None]) -> None: ...


def register_comm(ip: object, subscribe: Subscribe, on_action: ActionHandler) -> None:
    """Let the views of this kernel's notebook follow runs and act on them.

    A view opens a comm that names its run. It is sent pictures, and the texts that are being
    written, until it closes the comm; its actions are answered one by one. Registering again
    replaces the former registration, so loading the extension twice is harmless. Outside a kernel
    nothing happens.

    Args:
        ip: The interactive shell.
        subscribe: Called with a run's id and a function that takes messages, from any thread;
            pushes the present picture at once, and returns how to stop. It raises ``LookupError``
            for a run that the store does not have: the view then keeps the saved picture.
        on_action: Takes what a person asked for, and answers with a reply. It may be called on any
            thread.
    """
    kernel = getattr(ip, "kernel", None)
    if kernel is None:
        return

    def opened(comm: _Comm, message: dict[str, Any]) -> None:
        _serve(comm, message, subscribe, on_action)

    kernel.comm_manager.register_target(TARGET, opened)


def _serve(
    comm: _Comm, message: dict[str, Any], subscribe: Subscribe, on_action: ActionHandler
) -> None:
    # A kernel routes the answers of a page to the shell that sent the last message. A picture sent
    # from a thread would count as sent by the running cell, and a click would wait for the end of
    # that cell. So everything is sent as part of the message that opened the comm.
    context = contextvars.copy_context()

    def send(data: dict[str, Any]) -> None:
        context.copy().run(comm.send, data)

    def received(request: dict[str, Any]) -> None:
        send(reply_to(_content(request), on_action))

    run_id = _content(message).get("run_id")
    try:
        unsubscribe = subscribe(str(run_id), send)
    except LookupError:
        comm.close()
        return
    except Exception as error:
        _logger.warning(
            "A view could not follow its run",
            exc_info=error,
            extra={"run_id": run_id, "step_id": None},
        )
        comm.close()
        return

    def closed(_message: dict[str, Any]) -> None:
        with contextlib.suppress(Exception):
            unsubscribe()

    comm.on_msg(received)
    comm.on_close(closed)


def _content(message: dict[str, Any]) -> dict[str, Any]:
    data = message.get("content", {}).get("data", {})
    return data if isinstance(data, dict) else {}
