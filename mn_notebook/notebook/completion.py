"""What TAB offers after ``%mn``: verbs, workflows, runs, steps and options."""

import re
from collections.abc import Callable
from typing import Any

from IPython.core.completer import SimpleCompletion, context_matcher

from mn_notebook.errors import MnError
from mn_notebook.notebook.session import Notebook
from mn_notebook.verbs.completing import offers
from mn_notebook.verbs.session import Session

IDENTIFIER = "mn_notebook.completion"
_LINE = re.compile(r"^\s*(?P<sign>%%?)mn[ \t]+(?P<words>.*)$")


def make_matcher(find: Callable[[], Notebook]) -> Any:
    """Return a matcher for IPython's completer."""

    @context_matcher(  # type: ignore[untyped-decorator]  # IPython's is untyped
        identifier=IDENTIFIER, priority=200
    )
    def complete(context: Any) -> Any:
        matched = _LINE.match(context.text_until_cursor.rpartition("\n")[2])
        if matched is None:
            return {"completions": []}
        *before, last = re.split(r"\s+", matched["words"])
        try:
            found = _offers(find().session, matched["sign"], before, last)
        except MnError:
            found = []
        return {
            "completions": [SimpleCompletion(text=word, type="mn") for word in found],
            "matched_fragment": last,
            "suppress": True,
        }

    return complete


def _offers(session: Session, sign: str, before: list[str], last: str) -> list[str]:
    if sign == "%%":
        return ["workflow"] if not before and "workflow".startswith(last) else []
    return offers(session, before, last)
