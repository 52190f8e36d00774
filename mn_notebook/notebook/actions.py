"""Does what a person asked for in a view, and lets views follow runs."""

from collections.abc import Callable, Mapping
from typing import Any

from mn_notebook.domain.ids import CommandId, RunId
from mn_notebook.errors import AlreadyDecided, MnError, UnknownRun, UsageError
from mn_notebook.notebook.bundle import picture_json
from mn_notebook.notebook.controls import VIA, move, text_of
from mn_notebook.notebook.publisher import Publisher
from mn_notebook.verbs.control import cancel
from mn_notebook.verbs.decide import decide
from mn_notebook.verbs.follow import taken_up
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
            return {"ok": True, "message": self._do(action)}
        except MnError as fault:
            return {"ok": False, "message": str(fault)}

    def _do(self, action: dict[str, Any]) -> str:
        run_id = self._session.client.run(text_of(action, "run_id")).run_id
        match action.get("verb"):
            case "cancel":
                return cancel(self._session, run_id, because=_because(action)).text
            case "answer":
                return self._answer(run_id, action)
            case "approve" | "reject" | "settle":
                return self._decide(run_id, action)
            case _:
                return self._told(run_id, *move(self._session.client, run_id, action))

    def _decide(self, run_id: RunId, action: Mapping[str, Any]) -> str:
        asked = self._session.client.open_approval(run_id, text_of(action, "approval_id"))
        decision = _decision(action.get("verb"), action.get("outcome"))
        edits = action.get("edits")
        return decide(
            self._session,
            run_id,
            asked.request,
            decision,
            edits=edits if isinstance(edits, dict) and decision == "approve" else None,
            because=_because(action),
            value=action.get("value") if decision == "happened" else None,
        ).text

    def _answer(self, run_id: RunId, action: Mapping[str, Any]) -> str:
        asked = self._session.client.open_approval(run_id, text_of(action, "approval_id"))
        values = action.get("values")
        if not isinstance(values, dict):
            message = f"expected the values of a form by name, found {values!r}"
            raise UsageError(message)
        try:
            command = self._session.client.answer(run_id, asked.request, values, via=VIA)
        except AlreadyDecided as known:
            return f"Nothing was changed: {known}."
        return self._told(run_id, command, f"Answered: {asked.request.path} of run {run_id[:4]}.")

    def _told(self, run_id: RunId, command: CommandId | None, text: str) -> str:
        """Say what comes of a command, and whether somebody is there to take it up."""
        if command is None or taken_up(self._session, run_id, command):
            return text
        return (
            f"Recorded, and no process advances run {run_id[:4]} now: it is applied when its "
            f"notebook is open again, or with `{self._session.program} resume {run_id[:4]}`."
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


def _because(action: Mapping[str, Any]) -> str:
    return text_of(action, "because", required=False)


def _decision(verb: object, outcome: object) -> str:
    match verb, outcome:
        case (("approve" | "reject"), _):
            return str(verb)
        case "settle", ("happened" | "not_happened"):
            return str(outcome)
        case _:
            message = f"expected happened or not_happened, found {outcome!r}"
            raise UsageError(message)
