"""The local models of one account: what is there, what comes and goes, where one answers."""

import asyncio
import importlib.util
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from platformdirs import user_cache_path

from mn_notebook.agents.local.catalog import LocalProfile
from mn_notebook.agents.local.cores import default_threads, slots_for
from mn_notebook.agents.local.install import Shelf
from mn_notebook.agents.local.model import Endpoint, LocalModel, LocalModelStatus, own_model
from mn_notebook.agents.local.order import ServerOrder
from mn_notebook.agents.local.progress import OnProgress, Progress, ignore
from mn_notebook.agents.local.server_folder import server_folder
from mn_notebook.agents.local.server_process import Patience, ServerProcess
from mn_notebook.errors import ModelMissing, TransientError

_APPLICATION = "mn_notebook"


class LocalModels:
    """The local models of one account, and this process's share in the servers that run them.

    Nothing is started, made or downloaded before it is asked for.
    """

    def __init__(
        self,
        *,
        cache_dir: Path | None = None,
        runtime_dir: Path | None = None,
        model_path: Path | None = None,
        threads: int | None = None,
        patience: Patience | None = None,
    ) -> None:
        cache = user_cache_path(_APPLICATION)
        self._shelf = Shelf(cache_dir or cache / "models")
        # Not the session's runtime folder: a terminal, a hub and a desktop have different ones, and
        # each would load the model anew.
        self._runtime = runtime_dir or cache / "servers"
        self._model_path = model_path
        self._threads = threads or default_threads()
        self._patience = patience or Patience()
        self._servers: dict[str, ServerProcess] = {}
        # One thread: it protects the servers, and a model that loads does not hold up others' work.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="mn-local-model")
        self._is_closed = False

    @property
    def parallel_calls(self) -> int:
        """How many answers a server generates side by side; further calls would wait there."""
        return slots_for(self._threads)

    def list(self) -> tuple[LocalModelStatus, ...]:
        """List what could be used here: the user's own file first, then the catalogue.

        Raises:
            PermanentError: The user's own file cannot be read.
        """
        installed = self._shelf.installed()
        return (
            *(_status_of(model) for model in self._own()),
            *(
                LocalModelStatus(
                    profile=profile,
                    path=self._shelf.path(profile),
                    installed=profile in installed,
                    bytes_here=self._shelf.bytes_here(profile),
                )
                for profile in self._shelf.catalog
            ),
        )

    def install(self, name: str, progress: OnProgress = ignore) -> LocalModel:
        """Download, verify and assemble a model; blocking, resumable, safe for several at once.

        The first report states licence and origin. After a crash at any instant the next
        installation goes on with what had arrived.

        Raises:
            UsageError: There is no such model.
            TransientError: The download failed; try again.
            PermanentError: A file was not the pinned one, or the disk is full.
        """
        self._shelf.install(name, progress=progress)
        return self._shelved(self._shelf.profile(name))

    def remove(self, name: str) -> int:
        """Remove a model, finished or not; return how many bytes are free again, 0: there was none.

        Raises:
            UsageError: There is no such model.
        """
        return self._shelf.remove(name)

    def choose(self, name: str | None = None) -> LocalModel | None:
        """Find a model that can be started; None if there is none of that name, or none at all.

        Without a name: the user's own file, else the most useful one that is installed.

        Raises:
            PermanentError: The user's own file cannot be read.
        """
        models = (*self._own(), *(self._shelved(profile) for profile in self._shelf.installed()))
        return next((model for model in models if name in {None, model.name}), None)

    def missing(self, name: str | None = None) -> ModelMissing:
        """Say, as an error to be raised, what a user can do who has no model, or not this one."""
        wanted = name if name in {profile.name for profile in self._shelf.catalog} else None
        found = f"{wanted} is not installed" if wanted else "no model is configured"
        return ModelMissing(
            f"This step needs a model, and {found}: run `%mn models install "
            f"{wanted or self._shelf.catalog[0].name}`, or let MN_MODEL_PATH name a GGUF file, or "
            "set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own."
        )

    async def endpoint(
        self, model: LocalModel, *, on_progress: OnProgress | None = None
    ) -> Endpoint:
        """Say where a model answers, after starting, joining or replacing its server if needed.

        Ask before every call: it costs a few milliseconds while all is well. From then on until
        `close` or the death of this process the server is kept running. Reports arrive in the
        calling loop.

        Raises:
            ModelMissing: The engine that runs models is not installed.
            TransientError: The server was not ready in time.
            PermanentError: The model cannot be loaded.
        """
        _require_engine()
        if self._is_closed:
            raise TransientError("The local models are closed; open them again.")
        loop = asyncio.get_running_loop()

        def report(progress: Progress) -> None:
            if on_progress is not None:
                loop.call_soon_threadsafe(on_progress, progress)

        return await loop.run_in_executor(self._starter, self._endpoint, model, report)

    def close(self) -> None:
        """Leave all servers; one that nobody else uses ends within a few seconds."""
        self._is_closed = True
        for server in tuple(self._servers.values()):
            server.leave()
        self._starter.shutdown(wait=True, cancel_futures=True)
        for server in self._servers.values():
            server.leave()  # One that was joined while we closed.

    def _own(self) -> tuple[LocalModel, ...]:
        return () if self._model_path is None else (own_model(self._model_path),)

    def _shelved(self, profile: LocalProfile) -> LocalModel:
        return LocalModel(profile, self._shelf.path(profile), profile.sha256)

    def _endpoint(self, model: LocalModel, report: OnProgress) -> Endpoint:
        server = self._servers.get(model.digest)
        if server is None:
            server = self._servers[model.digest] = self._server(model)
        state = server.join(report)
        base_url = f"http://127.0.0.1:{state.port}/v1"
        return Endpoint(base_url, state.api_key, state.model_name, state.context_tokens)

    def _server(self, model: LocalModel) -> ServerProcess:
        folder = server_folder(self._runtime, model_name=model.name, model_digest=model.digest)
        order = ServerOrder(
            folder=folder.path,
            model_path=model.path,
            model_name=model.name,
            model_digest=model.digest,
            context_tokens=model.profile.context_tokens,
            threads=self._threads,
            slots=self.parallel_calls,
        )
        return ServerProcess(model, folder, order, self._patience)


def _status_of(model: LocalModel) -> LocalModelStatus:
    return LocalModelStatus(
        profile=model.profile,
        path=model.path,
        installed=True,
        bytes_here=model.profile.content_bytes,
    )


def _require_engine() -> None:
    if importlib.util.find_spec("xllamacpp") is None:
        raise ModelMissing(
            "The engine that runs local models is not installed: run "
            '`pip install "mn-notebook[local]"`, or set OPENAI_API_KEY, '
            "or OPENAI_BASE_URL for a server of your own."
        )
