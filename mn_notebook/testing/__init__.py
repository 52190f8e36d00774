"""Public doubles: stand-ins for what lies outside, for tests of workflows and of this package."""

from mn_notebook.testing.model_server import ScriptedModelServer, SeenRequest
from mn_notebook.testing.script import (
    Asked,
    FaultKind,
    ModelFault,
    Reply,
    Rule,
    Script,
    ScriptedCall,
)
from mn_notebook.testing.scripted import MadeCall, ScriptedModel

__all__ = [
    "Asked",
    "FaultKind",
    "MadeCall",
    "ModelFault",
    "Reply",
    "Rule",
    "Script",
    "ScriptedCall",
    "ScriptedModel",
    "ScriptedModelServer",
    "SeenRequest",
]
