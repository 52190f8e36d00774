"""Permissions: the last word about a tool holds, and a word about another one changes nothing."""

from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain import events as e
from mn_notebook.domain.fold import apply_event, beginning
from tests.unit.domain.journals import NOON, RUN, python, workflow

WORDS = st.lists(
    st.tuples(st.sampled_from(["pay", "post", "send"]), st.none() | st.sampled_from(["ann", "bob"]))
)


@given(WORDS)
def test_what_was_taken_back_is_not_permitted_until_it_is_given_again(
    words: list[tuple[str, str | None]],
) -> None:
    """None stands for taking it back."""
    state = apply_event(beginning(workflow(python("a")), RUN), e.RunStarted(), 1, NOON)
    last: dict[str, str | None] = {}
    for tool, by in words:
        event = (
            e.PermissionRevoked(tool=tool, by="eve")
            if by is None
            else e.PermissionGranted(tool=tool, by=by)
        )
        state = apply_event(state, event, state.head + 1, NOON)
        last[tool] = by
        assert dict(state.permissions) == {tool: by for tool, by in last.items() if by is not None}
