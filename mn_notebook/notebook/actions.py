"""Does what a person asked for in a view, and lets views follow runs."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Literal

from mn_notebook.domain.ids import RunId
from mn_notebook.errors import MnError, UnknownRun, UsageError
from mn_notebook.notebook.bundle import picture_json, run_bundle
from mn_notebook.notebook.publisher import Publisher
from mn_notebook.verbs.answer import answer_with
from mn_notebook.verbs.asking import asked
from mn_notebook.verbs.budget import budget_with
from mn_notebook.verbs.control import stop
from mn_notebook.verbs.decide import decide, delegate, revoke
from mn_notebook.verbs.follow import taken_up
from mn_notebook.verbs.hold import pause
from mn_notebook.verbs.repair import retry, signal_with, skip_with
from mn_notebook.verbs.results import Asked, Decided, Undoing
from mn_notebook.verbs.session import Session
from mn_notebook.verbs.undo import kept, undo_seen
from mn_notebook.verbs.undo_plan import doer, plan_of

Push = Callable[[dict[str, Any]], None]
Action = Mapping[str, Any]


class Actions:
    """The verbs, as views ask for them."""

    def __init__(self, session: Session, publisher: Publisher) -> None:
        """Act for ``session``."""
        self._session = session
        self._publisher = publisher

    def act(self, action: dict[str, Any]) -> dict[str, Any]:
        """Do it and say what came of it; a mistake is an answer, not an exception."""
        try:
            run_id = self._session.client.run(_text(action, "run_id")).run_id
            if action.get("verb") == "look_undo":
                return {"ok": True, "message": "", "plan": plan_json(self._session, run_id)}
            if action.get("verb") == "look_saved":
                bundle = run_bundle(self._session.client.picture(run_id))
                return {"ok": True, "message": "", "bundle": bundle}
            told = self._do(run_id, action)
        except MnError as fault:
            return {"ok": False, "message": str(fault)}
        return {"ok": True, "message": _said(told)}

    def _do(self, run_id: RunId, action: Action) -> Decided | Asked | Undoing:
        session = self._session
        match action.get("verb"):
            case "approve" | "reject" | "settle" | "answer":
                return self._decide(run_id, action)
            case "delegate":
                approval_id, to = _text(action, "approval_id"), _text(action, "to")
                return delegate(session, run_id, approval_id, to=to, because=_because(action))
            case "revoke":
                return revoke(session, run_id, _text(action, "tool"))
            case "pause":
                return pause(session, run_id, because=_because(action))
            case "resume":
                return self._resume(run_id)
            case "cancel" | "undo" | "keep" as verb:
                return self._end(run_id, verb, action)
            case "retry":
                return retry(session, run_id, _text(action, "path", required=False) or None)
            case "skip":
                return self._skip(run_id, action)
            case "signal":
                return signal_with(session, _text(action, "signal"), run_id, action.get("value"))
            case verb:
                message = f"expected a verb of a view such as approve or pause, found {verb!r}"
                raise UsageError(message)

    def _end(
        self, run_id: RunId, verb: Literal["cancel", "undo", "keep"], action: Action
    ) -> Decided | Undoing:
        """Stop a run, undo what was shown and nothing else, or leave all as it is."""
        session, because = self._session, _because(action)
        if verb == "cancel":
            return stop(session, run_id, undo=action.get("undo") is True, because=because)
        if verb == "keep":
            return kept(session, run_id, because=because)
        return undo_seen(
            session,
            run_id,
            _texts(action, "calls"),
            leave=_texts(action, "leave"),
            again=action.get("again") is True,
            because=because,
        )

    def _decide(self, run_id: RunId, action: Action) -> Decided:
        asked = self._session.client.open_approval(run_id, _text(action, "approval_id"))
        if action.get("verb") == "answer" and asked.request.subject != "call":
            return answer_with(self._session, run_id, asked.request, _named(action, "values"))
        if asked.request.subject == "budget" and action.get("model"):
            line, model = self._session.client.run(run_id), _text(action, "model")
            return budget_with(self._session, line, {}, model=model, because=_because(action))
        decision = _decision(action.get("verb"), action.get("outcome"))
        edits = action.get("edits")
        return decide(
            self._session,
            run_id,
            asked.request,
            decision,
            edits=edits if isinstance(edits, dict) and decision == "approve" else None,
            because=_because(action),
            value=action.get("value") if decision in ("happened", "answer") else None,
            always=action.get("always") is True and decision == "approve",
        )

    def _resume(self, run_id: RunId) -> Decided:
        """Let a paused run go on; it is shown where the person clicked, and nowhere else."""
        command_id = self._session.client.resume(run_id, via=self._session.via)
        applied = taken_up(self._session, run_id, command_id)
        if not applied:
            self._session.engine().resume(run_id)
            applied = taken_up(self._session, run_id, command_id)
        done = f"Run {run_id[:4]} goes on."
        return asked(
            self._session, run_id, "", "resume", applied=applied, done=done, later="It goes on"
        )

    def _skip(self, run_id: RunId, action: Action) -> Decided:
        has_value = action.get("has_value") is True
        return skip_with(
            self._session,
            self._session.client.run(run_id),
            _text(action, "path"),
            action.get("value") if has_value else None,
            has_value=has_value,
            because=_text(action, "because"),
        )

    def subscribe(self, run_id: str, push: Push) -> Callable[[], None]:
        """Give ``push`` the present picture of a run, every newer one, and what is being written.

        Returns how to stop.

        Raises:
            LookupError: the store does not have the run.
        """
        try:
            picture = self._session.client.picture(RunId(run_id))
        except UnknownRun as fault:
            raise LookupError(run_id) from fault

        def show(newer: Any) -> None:
            push({"verb": "picture", "picture": picture_json(newer)})

        show(picture)
        return self._publisher.follow(RunId(run_id), show, lambda message: push(dict(message)))


def plan_json(session: Session, run_id: RunId) -> dict[str, Any]:
    """Return what an undo of a run would do, as a view shows it before anybody says yes."""
    plan = plan_of(session, run_id)
    return {
        "ended": plan.ended,
        "so_far": list(plan.so_far),
        "calls": [asdict(call) for call in plan.calls],
        "stays": list(plan.stays),
        "inherited": list(plan.inherited),
        "by": doer(session, run_id),
    }


def _said(told: Decided | Asked | Undoing) -> str:
    if isinstance(told, Asked):
        return " ".join(filter(None, (told.text, *(one.text for one in told.decided))))
    return told.text


def _because(action: Action) -> str:
    return _text(action, "because", required=False)


def _text(action: Action, name: str, *, required: bool = True) -> str:
    """Return a text that an action carries; without one that is not required, an empty text.

    Raises:
        UsageError: it is missing, or no text.
    """
    value = action.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value):
        message = f"expected {name!r} as a text, found {value!r}"
        raise UsageError(message)
    return value


def _texts(action: Action, name: str) -> tuple[str, ...]:
    value = action.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        message = f"expected {name!r} as a list of texts, found {value!r}"
        raise UsageError(message)
    return tuple(value)


def _named(action: Action, name: str) -> dict[str, Any]:
    value = action.get(name)
    if not isinstance(value, dict):
        message = f"expected {name!r} by name, found {value!r}"
        raise UsageError(message)
    return value


def _decision(verb: object, outcome: object) -> str:
    match verb, outcome:
        case (("reject" | "settle"), "stop"):
            return "stop"
        case (("approve" | "reject" | "answer"), _):
            return str(verb)
        case "settle", ("happened" | "not_happened"):
            return str(outcome)
        case "settle", "skip":
            return "reject"
        case _:
            message = f"expected happened, not_happened, skip or stop, found {outcome!r}"
            raise UsageError(message)
