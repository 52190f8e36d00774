"""Writes what the command says as JSON: one object a line, which says by ``type`` what it is."""

import json
from typing import Any

from pydantic_core import to_jsonable_python

from mn_notebook.domain.events import Recorded
from mn_notebook.domain.previews import CostPreview
from mn_notebook.verbs.results import Result, RunList, RunLog


def result_lines(result: Result) -> list[str]:
    """Return what a verb answered."""
    if isinstance(result, RunLog):
        unread = [_json_line("unread", {"text": result.unread})] if result.unread else []
        return [*map(event_line, result.events), *unread]
    if isinstance(result, RunList):
        return [
            _json_line("result", {"runs": to_jsonable_python(result.lines), "more": result.more})
        ]
    answer: Any = to_jsonable_python(result)
    return [_json_line("result", answer)]


def preview_line(preview: CostPreview) -> str:
    """Return what a run is expected to cost."""
    return _json_line("preview", preview.model_dump(mode="json"))


def event_line(recorded: Recorded) -> str:
    """Return one fact of a journal."""
    return _json_line("event", recorded.model_dump(mode="json"))


def _json_line(kind: str, fields: dict[str, Any]) -> str:
    return json.dumps({"type": kind, **fields}, ensure_ascii=False)
