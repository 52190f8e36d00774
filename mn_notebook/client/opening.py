"""Opens the user's store for looking, starting and deciding."""

from mn_notebook.client.asking import RunClient
from mn_notebook.clock import RandomIds, SystemClock
from mn_notebook.domain.budgets import filled
from mn_notebook.ports import Clock, IdSource
from mn_notebook.secrecy.logs import redact_logs
from mn_notebook.secrecy.sources import know_what_is_declared
from mn_notebook.settings import MnSettings
from mn_notebook.store.store import open_store


def open_client(
    settings: MnSettings | None = None,
    *,
    threaded: bool = False,
    clock: Clock | None = None,
    ids: IdSource | None = None,
) -> RunClient:
    """Open the user's store for looking, starting and deciding.

    Raises:
        StoreError: it cannot be opened; the message says why and what to do.
    """
    know_what_is_declared()
    redact_logs()
    settings = settings or MnSettings()
    clock = clock or SystemClock()
    ids = ids or RandomIds()
    store = open_store(
        settings.store,
        clock=clock,
        ids=ids,
        threaded=threaded,
        durability=settings.durability,
    )
    return RunClient(
        store,
        user=settings.user,
        clock=clock,
        ids=ids,
        granted=filled(settings.granted),
        cheaper=settings.cheaper_model,
    )
