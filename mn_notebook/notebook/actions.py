"""Does what a person asked for in a view, and lets views follow runs."""

from collections.abc import Callable
from typing import Any

from mn_notebook.domain.ids import RunId
from mn_notebook.errors import MnError, UnknownRun, UsageError
from mn_notebook.notebook.bundle import picture_json
from mn_notebook.notebook.publisher import Publisher
from mn_notebook.verbs.control import cancel
from mn_notebook.verbs.decide import decide
from mn_notebook.verbs.results import Decided
from mn_notebook.verbs.session import Session

Push = Callable[[dict[str, Any]], None]


class Actions:
    """The verbs, as views ask for them."""

    def __init__(self, session: Session, publisher: Publisher) -> None:
        """Act for ``session``."""
        self._session = session
        self._publisher = publisher

    def act(self, action: dict[str, Any]) -> dict[str, Any]:
        """Do it and say what came of it; a mistake is an answer, not an exception."""
        try:
            decided = self._do(action)
        except MnError as fault:
            return {"ok": False, "message": str(fault)}
        return {"ok": True, "message": decided.text}

    def _do(self, action: dict[str, Any]) -> Decided:
        run_id = self._session.client.run(str(action.get("run_id") or "")).run_id
        because = str(action.get("because") or "")
        verb = action.get("verb")
        if verb == "cancel":
            return cancel(self._session, run_id, because=because)
        asked = self._session.client.open_approval(run_id, str(action.get("approval_id") or ""))
        decision = _decision(verb, action.get("outcome"))
        edits = action.get("edits")
        return decide(
            self._session,
            run_id,
            asked.request,
            decision,
            edits=edits if isinstance(edits, dict) and decision == "approve" else None,
            because=because,
            value=action.get("value") if decision == "happened" else None,
        )

    def subscribe(self, run_id: str, push: Push) -> Callable[[], None]:
        """Give ``push`` the present picture of a run and every newer one; return how to stop.

        Raises:
            LookupError: the store does not have the run.
        """
        try:
            picture = self._session.client.picture(RunId(run_id))
        except UnknownRun as fault:
            raise LookupError(run_id) from fault
        push(picture_json(picture))
        return self._publisher.follow(RunId(run_id), lambda newer: push(picture_json(newer)))


def _decision(verb: object, outcome: object) -> str:
    match verb, outcome:
        case (("approve" | "reject"), _):
            return str(verb)
        case "settle", ("happened" | "not_happened"):
            return str(outcome)
        case _:
            message = f"expected approve, reject, settle or cancel, found {verb!r}"
            raise UsageError(message)
