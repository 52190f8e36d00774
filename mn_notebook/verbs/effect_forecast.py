"""Says what will become of the effects of a run before it is retried, or run once more."""

from collections.abc import Callable, Iterable
from typing import Literal

from mn_notebook.domain.effect_fates import Foretold, of_rerun, of_retry
from mn_notebook.domain.ids import RunId, StepName, StepPath
from mn_notebook.domain.ledger import Entry
from mn_notebook.verbs.effect_words import call_text
from mn_notebook.verbs.effects import entries
from mn_notebook.verbs.forecast import Forecast
from mn_notebook.verbs.session import Session


def retry_forecast(session: Session, run_id: RunId, step: str | None) -> str:
    """Say what becomes of the effects of the steps that a retry tries afresh; '' for none."""
    paths = None if step is None else (StepPath(step),)
    state, now = session.client.state(run_id), session.client.clock.now()
    if state.phase != "failed":
        return ""
    foretold = of_retry(state, _calls(session, run_id), paths, now, _checks(session))
    return _said(session, foretold)


def rerun_forecast(session: Session, run_id: RunId, forecast: Forecast) -> str:
    """Say what becomes of the effects of a run whose workflow is run once more; '' for none."""
    fates: dict[StepName, Literal["reused", "anew", "open"]] = {
        **{StepName(name): "reused" for name in forecast.reused},
        **{StepName(name): "anew" for name in forecast.anew},
        **{StepName(name): "open" for name in forecast.open},
    }
    return _said(session, of_rerun(_calls(session, run_id), fates))


def _calls(session: Session, run_id: RunId) -> Iterable[Entry]:
    """Return the calls of the ledger: a python step that may be repeated simply is."""
    return (entry for entry in entries(session, run_id)[0] if entry.call_id)


def _checks(session: Session) -> Callable[[Entry], bool]:
    """Tell whether a tool brings a ``check``: as it is now where it is here, else as it was."""
    code = None if session.runtime is None else session.runtime.code

    def checks(entry: Entry) -> bool:
        tool = None if code is None else code.tool(entry.tool)
        return entry.checks if tool is None else tool.check is not None

    return checks


def _said(session: Session, foretold: Foretold) -> str:
    text = foretold.text(lambda entry: call_text(session.client.values, entry))
    return f"Effects: {text[:1].lower()}{text[1:]}" if text else ""
