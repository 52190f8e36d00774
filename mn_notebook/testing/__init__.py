"""Public doubles: stand-ins for what lies outside, for tests of workflows and of this package."""

from mn_notebook.testing.doubles import (
    FakeClock,
    NothingWillHappen,
    SequentialIds,
    VirtualTimeLoop,
)
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
from mn_notebook.testing.simulation import Crash, CrashAt, SimulatedWriter

__all__ = [
    "Asked",
    "Crash",
    "CrashAt",
    "FakeClock",
    "FaultKind",
    "MadeCall",
    "ModelFault",
    "NothingWillHappen",
    "Reply",
    "Rule",
    "Script",
    "ScriptedCall",
    "ScriptedModel",
    "ScriptedModelServer",
    "SeenRequest",
    "SequentialIds",
    "SimulatedWriter",
    "VirtualTimeLoop",
]
