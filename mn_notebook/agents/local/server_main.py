"""The process that has the model in its memory and answers for it."""

import logging
import os
import secrets
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from mn_notebook.agents.local.health import context_tokens, is_healthy
from mn_notebook.agents.local.locks import FileLock
from mn_notebook.agents.local.order import EXIT_TAKEN, ServerOrder
from mn_notebook.agents.local.server_folder import ServerFolder, ServerState
from mn_notebook.agents.local.users import is_used

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5
_LINGER_SECONDS = 3.0
_LOG_BYTES = 1 << 20
_PROMPT_CACHE_MEGABYTES = 256
# A request that waits for its turn occupies one of these, and the health check needs one, too.
_HTTP_THREADS = 64
_ONLY_WARNINGS = 2  # Prompts are never written to the log.


def serve(order: ServerOrder) -> int:
    """Load the model, say where it is to be found, and answer until the last user is gone.

    A server that dies, however it dies, leaves nothing that a user could take for a living one.
    """
    os.umask(0o077)
    folder = ServerFolder(order.folder)
    lock = FileLock(folder.server_lock)
    if not lock.acquire(leave=threading.Event(), within_seconds=2):
        return EXIT_TAKEN
    lock.write(str(os.getpid()))
    _be_the_first_to_go()
    threading.Thread(target=_watch, args=(folder, lock), daemon=True).start()
    api_key = secrets.token_urlsafe(32)
    server, port = _load(order, api_key)
    while not is_healthy(port, within_seconds=5):
        _pause()
    folder.write_state(
        ServerState(
            pid=os.getpid(),
            port=port,
            api_key=api_key,
            model_name=order.model_name,
            model_digest=order.model_digest,
            context_tokens=context_tokens(port, api_key, within_seconds=5) or order.context_tokens,
        )
    )
    threading.Event().wait()  # The watch ends the process.
    del server
    return 0


def _load(order: ServerOrder, api_key: str) -> tuple[object, int]:
    """Load the model and begin to answer, on a free port of the loopback interface."""
    engine = _engine()
    params = engine.CommonParams()
    params.model.path = str(order.model_path)
    params.model_alias = {order.model_name}
    params.api_keys = [api_key]
    params.n_parallel = order.slots
    params.n_ctx = order.context_tokens * order.slots
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = order.threads
    params.n_threads_http = _HTTP_THREADS
    params.cache_ram_mib = _PROMPT_CACHE_MEGABYTES
    params.verbosity = _ONLY_WARNINGS
    params.port = 0
    params.ui = params.endpoint_slots = False
    params.offline = params.use_jinja = True
    server = engine.Server(params)
    return server, int(server.listening_address.rsplit(":", 1)[1])


def _engine() -> ModuleType:
    import xllamacpp  # type: ignore[import-untyped, unused-ignore]

    module: ModuleType = xllamacpp
    return module


def _be_the_first_to_go() -> None:
    """Ask Linux to end this process, not a notebook, when memory runs out."""
    try:
        Path("/proc/self/oom_score_adj").write_text("500")
    except OSError:  # Another system, or a stricter one.
        return


def _watch(folder: ServerFolder, lock: FileLock) -> None:
    """Keep the log small; end the process soon after its last user, or when its folder is gone."""
    try:
        _watch_until_unused(folder, lock)
    except OSError:
        _log.exception("the users of the model cannot be watched any more; it stops")
    finally:
        os._exit(0)


def _watch_until_unused(folder: ServerFolder, lock: FileLock) -> None:
    used_at = time.monotonic()
    while lock.is_held:
        _pause()
        _cut_log()
        if is_used(folder.users):
            used_at = time.monotonic()
        elif time.monotonic() - used_at > _LINGER_SECONDS:
            _end_if_unused(folder)


def _end_if_unused(folder: ServerFolder) -> None:
    # In its turn, so that nobody can join between the last look and the end.
    with FileLock(folder.turn_lock) as turn:
        if turn.try_acquire() and not is_used(folder.users):
            folder.forget_state()
            os._exit(0)


def _cut_log() -> None:
    output = sys.stdout.fileno()
    if os.fstat(output).st_size > _LOG_BYTES:
        os.ftruncate(output, 0)


def _pause() -> None:
    threading.Event().wait(_LOOK_SECONDS)


def main() -> NoReturn:
    """Serve what the command line orders."""
    status = serve(ServerOrder.model_validate_json(sys.argv[1]))
    sys.exit(status)


if __name__ == "__main__":
    main()
