"""Names for the calls of a step."""

from mn_notebook.domain.ids import CallId
from mn_notebook.ports import Recorder, Work


def next_call_id(work: Work, recorder: Recorder) -> CallId:
    """Number calls over all attempts: the journal's count, and what is new in this one."""
    known = len(recorder.calls()) - len(work.calls)
    return CallId(f"{work.path}!{work.call_count + known + 1}")
