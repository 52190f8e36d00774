"""Every verb by its name, in the order in which a list shows them."""

from collections.abc import Callable, Mapping
from typing import Any

from mn_notebook.verbs.answer import answer
from mn_notebook.verbs.control import cancel, run
from mn_notebook.verbs.decide import approvals, approve, reject, settle
from mn_notebook.verbs.doctor import doctor
from mn_notebook.verbs.explain import why
from mn_notebook.verbs.hold import pause, resume
from mn_notebook.verbs.iterate import rerun, try_
from mn_notebook.verbs.look import check, log, runs, show
from mn_notebook.verbs.models import models
from mn_notebook.verbs.preview import preview
from mn_notebook.verbs.repair import retry, signal, skip
from mn_notebook.verbs.share import export

VERBS: Mapping[str, Callable[..., Any]] = {
    function.__name__.rstrip("_"): function
    for function in (
        run,
        preview,
        try_,
        rerun,
        runs,
        show,
        why,
        log,
        approvals,
        approve,
        reject,
        answer,
        settle,
        pause,
        resume,
        cancel,
        retry,
        skip,
        signal,
        export,
        check,
        models,
        doctor,
    )
}

LATER_VERBS = frozenset(
    [
        "budget",
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
LATER_OPTIONS = frozenset({"--budget", "--on"})

RUN_VERBS = frozenset(
    [
        "rerun",
        "show",
        "why",
        "log",
        "approve",
        "reject",
        "answer",
        "settle",
        "pause",
        "resume",
        "cancel",
        "retry",
        "skip",
        "export",
    ]
)
"""Verbs whose first argument is a run."""


def summary_of(verb: str) -> str:
    """Return what a verb does, in one line."""
    return (VERBS[verb].__doc__ or "").strip().splitlines()[0]
