"""Models that run on this machine, without a key and without a network."""

from mn_notebook.agents.local.catalog import LocalProfile
from mn_notebook.agents.local.local_models import LocalModels
from mn_notebook.agents.local.model import Endpoint, LocalModel, LocalModelStatus
from mn_notebook.agents.local.progress import OnProgress, Progress

__all__ = [
    "Endpoint",
    "LocalModel",
    "LocalModelStatus",
    "LocalModels",
    "LocalProfile",
    "OnProgress",
    "Progress",
]
