"""The models that a user's settings name."""

from pathlib import Path
from typing import TYPE_CHECKING

from mn_notebook.ports import Clock, Loads, ModelClient
from mn_notebook.settings import MnSettings

if TYPE_CHECKING:
    from mn_notebook.agents.local import LocalModels


def local_models(settings: MnSettings) -> "LocalModels":
    """Return the embedded models of this user; none is started."""
    from mn_notebook.agents.local import LocalModels

    path = Path(settings.model_path).expanduser() if settings.model_path else None
    return LocalModels(model_path=path, threads=settings.model_threads or None)


def configured_models(
    settings: MnSettings, local: "LocalModels", clock: Clock, loads: Loads | None = None
) -> ModelClient:
    """Return a client of whatever model is configured; nothing is asked of it yet."""
    from mn_notebook.agents.endpoints import ConfiguredEndpoints
    from mn_notebook.agents.local.choice import EmbeddedChoice
    from mn_notebook.agents.model import OpenAIModels
    from mn_notebook.agents.retry_budget import BudgetedModels

    endpoints = ConfiguredEndpoints(
        base_url=settings.base_url or None,
        api_key=settings.api_key,
        default_model=settings.model or None,
        local=EmbeddedChoice(local),
        streams=settings.model_streams,
        tool_mode=settings.tool_mode,
    )
    return BudgetedModels(OpenAIModels(endpoints, clock), clock, loads)
