"""The verb about models that run on this machine."""

from collections.abc import Callable
from typing import Literal

from mn_notebook.agents.endpoints import ConfiguredEndpoints
from mn_notebook.agents.local import LocalModels, LocalModelStatus, Progress
from mn_notebook.agents.local.catalog import LocalProfile
from mn_notebook.agents.local.choice import EmbeddedChoice
from mn_notebook.agents.local.progress import megabytes
from mn_notebook.domain.messages import ModelProfile
from mn_notebook.errors import MnError, UsageError
from mn_notebook.runtime.models import local_models
from mn_notebook.settings import MnSettings
from mn_notebook.verbs.results import ModelLine, Models
from mn_notebook.verbs.session import Session


def models(
    session: Session,
    action: Literal["list", "install", "remove"] = "list",
    name: str | None = None,
    /,
) -> Models:
    """List, install or remove models that run on this machine, without a key.

    An installation that was interrupted goes on where it stopped.

    Args:
        session: Whose store it is.
        action: What to do.
        name: The model to install or remove.
    """
    mn = session.program
    if action != "list" and name is None:
        message = f"which one? `{mn} models {action} NAME`; `{mn} models` lists them"
        raise UsageError(message)
    if action == "list" and name is not None:
        message = f"`{mn} models list` takes no name; did you mean `{mn} models install {name}`?"
        raise UsageError(message)
    local = local_models(session.settings)
    try:
        note = _act(session, local, action, name or "")
        lines = tuple(_line(status) for status in local.list())
        return Models(lines, who_answers(session.settings, local), note)
    finally:
        local.close()


def _act(session: Session, local: LocalModels, action: str, name: str) -> str:
    if action == "install":
        installed = local.install(name, _reporter(session.face.progress))
        return f"{name} is installed: {installed.path}"
    if action == "remove":
        freed = local.remove(name)
        if not freed:
            return f"{name} was not installed: nothing was removed"
        return f"{name} is removed: {megabytes(freed)} are free again"
    return ""


def _reporter(progress: Callable[[int, int, str], None] | None) -> Callable[[Progress], None]:
    def report(told: Progress) -> None:
        if progress is not None:
            progress(told.done_bytes, told.total_bytes, told.text)

    return report


def _line(status: LocalModelStatus) -> ModelLine:
    return ModelLine(
        name=status.profile.name,
        installed=status.installed,
        size_bytes=status.profile.content_bytes,
        bytes_here=status.bytes_here,
        licence=status.profile.licence,
        about=status.profile.about,
        origin=status.profile.origin,
        spoken_to=_spoken_to(status.profile),
        path=str(status.path) if status.installed else "",
    )


def _spoken_to(profile: LocalProfile) -> str:
    how = "as native calls" if profile.tool_mode == "native" else "as a choice in a JSON Schema"
    return f"{profile.context_tokens:,} tokens of context; tools are asked for {how}"


def default_profile(settings: MnSettings, local: LocalModels) -> ModelProfile:
    """Return the model that a step without a model's name gets; nothing is started or asked.

    Raises:
        ModelMissing: there is none.
    """
    endpoints = ConfiguredEndpoints(
        base_url=settings.base_url or None,
        api_key=settings.api_key,
        default_model=settings.model or None,
        local=EmbeddedChoice(local),
        streams=settings.model_streams,
        tool_mode=settings.tool_mode,
    )
    return endpoints.profile(None)


def who_answers(settings: MnSettings, local: LocalModels) -> str:
    """Say in a few words which model answers, never with a key."""
    try:
        profile = default_profile(settings, local)
    except MnError:
        return "no model is configured"
    name = "the server's own choice" if profile.name == "default" else profile.name
    return f"{name} ({profile.provider})"
