"""Brings the code that a run was started with."""

from contextlib import suppress

from mn_notebook.agents.declared import bring_code
from mn_notebook.agents.handlers import Code
from mn_notebook.agents.tools import ToolRegistry
from mn_notebook.domain.served_names import MODULE
from mn_notebook.domain.state import RunState
from mn_notebook.errors import MnError


def prepare(state: RunState, code: Code, registry: ToolRegistry) -> None:
    """Bring the code of a run: from its file's folder, its modules, or its own journal."""
    with suppress(MnError):  # The step that needs the code says what is wrong with it.
        bring_code(state.origin, state.workflow, registry)
    offer(state, code)


def offer(state: RunState, code: Code) -> None:
    """Make known which code, and which servers of tools, a run was started with."""
    if state.created_at is not None and state.code:
        code.recorded.offer(state.run_id, state.origin, state.created_at, state.code)
        if code.servers is not None and any(ref.module == MODULE for ref in state.code):
            code.servers.get().offer(state.code, code.recorded.signatures)
