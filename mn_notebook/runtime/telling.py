"""How a user's settings say that people are told what waits."""

import json
from dataclasses import replace

from mn_notebook.client import RunClient
from mn_notebook.domain.notices import QuietHours, Waits
from mn_notebook.domain.tables import as_sketches
from mn_notebook.engine.hooks import hook_of
from mn_notebook.engine.notifying import Telling
from mn_notebook.settings import MnSettings


def telling_of(settings: MnSettings) -> Telling:
    """Return how people are told what waits, where anything is said of it.

    Raises:
        UsageError: a setting says neither a command nor an address, or no hours.
    """
    return Telling(
        hook_of(settings.notify),
        quiet=QuietHours.read(settings.notify_quiet),
        every_seconds=settings.notify_every,
    )


def with_details(telling: Telling, client: RunClient) -> Telling:
    """Let people be told, of calls that wait, the arguments too."""
    return replace(telling, details=lambda waits: _details(client, waits))


def _details(client: RunClient, waits: Waits) -> tuple[str, ...]:
    """Return the calls that wait, with their arguments."""
    request = client.open_approval(waits.run_id, waits.approval_id).request
    return tuple(
        f"{call.tool}({json.dumps(as_sketches(client.values.load(call.args)))})"
        for call in request.calls
    )
