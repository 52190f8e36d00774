"""What the parts need from outside and from each other, as small protocols.

Each module holds what belongs to one of them; this is the door to them all.
"""

from mn_notebook.ports.clock import Clock, IdSource
from mn_notebook.ports.expressions import Expressions
from mn_notebook.ports.inbox import Bell, CommandKind, Inbox, InboxCommand
from mn_notebook.ports.journal import Appended, Artifacts, Ceiling, Group, Journal
from mn_notebook.ports.leases import Leases
from mn_notebook.ports.lines import RunLine, Summary
from mn_notebook.ports.loads import LoadRow, LoadRows, Loads
from mn_notebook.ports.memory import Memory, Remembered
from mn_notebook.ports.models import ModelClient, OnText, TextPiece
from mn_notebook.ports.notices import Notices
from mn_notebook.ports.outcomes import FailedWith, Held, NotYet, Outcome, Succeeded, WaitsFor
from mn_notebook.ports.undoing import Undoer, Undone
from mn_notebook.ports.work import (
    Job,
    Mistaken,
    Recorder,
    Situation,
    StepHandler,
    Work,
    never_mistaken,
)

__all__ = [
    "Appended",
    "Artifacts",
    "Bell",
    "Ceiling",
    "Clock",
    "CommandKind",
    "Expressions",
    "FailedWith",
    "Group",
    "Held",
    "IdSource",
    "Inbox",
    "InboxCommand",
    "Job",
    "Journal",
    "Leases",
    "LoadRow",
    "LoadRows",
    "Loads",
    "Memory",
    "Mistaken",
    "ModelClient",
    "NotYet",
    "Notices",
    "OnText",
    "Outcome",
    "Recorder",
    "Remembered",
    "RunLine",
    "Situation",
    "StepHandler",
    "Succeeded",
    "Summary",
    "TextPiece",
    "Undoer",
    "Undone",
    "WaitsFor",
    "Work",
    "never_mistaken",
]
