"""Every verb by its name, in the order in which a list shows them."""

from collections.abc import Callable, Mapping
from typing import Any

from mn_notebook.verbs.answer import answer
from mn_notebook.verbs.budget import budget
from mn_notebook.verbs.control import cancel, run
from mn_notebook.verbs.decide import approvals, approve, delegate, reject, revoke, settle
from mn_notebook.verbs.doctor import doctor
from mn_notebook.verbs.effects import effects
from mn_notebook.verbs.explain import why
from mn_notebook.verbs.hold import pause, resume
from mn_notebook.verbs.iterate import rerun, try_
from mn_notebook.verbs.keep import backup, prune, restore
from mn_notebook.verbs.look import check, log, runs, show
from mn_notebook.verbs.models import models
from mn_notebook.verbs.preview import preview
from mn_notebook.verbs.repair import retry, signal, skip
from mn_notebook.verbs.servers import servers, trust
from mn_notebook.verbs.share import export
from mn_notebook.verbs.undo import undo

GROUPS: Mapping[str, tuple[Callable[..., Any], ...]] = {
    "Start a workflow": (run, check, preview),
    "Work on it": (try_, rerun, export),
    "Look at runs": (runs, show, why, log, effects),
    "Decide what a run asks": (approvals, approve, reject, answer, settle, delegate, revoke),
    "Move a run on, or hold it": (resume, pause, cancel, retry, skip, signal, budget, undo),
    "Set up this machine": (doctor, models, servers, trust),
    "Keep the store": (backup, restore, prune),
}
"""What the verbs are for, in the order in which a user meets them."""

VERBS: Mapping[str, Callable[..., Any]] = {
    function.__name__.rstrip("_"): function for group in GROUPS.values() for function in group
}

LATER_VERBS = frozenset(
    [
        "fork",
        "diff",
        "load",
        "blueprints",
        "metrics",
        "eval",
        "schedule",
        "schedules",
    ]
)
LATER_OPTIONS = frozenset({"--on"})


def summary_of(verb: str) -> str:
    """Return what a verb does, in one line."""
    return (VERBS[verb].__doc__ or "").strip().splitlines()[0]
