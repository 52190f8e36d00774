"""Circles among steps are found, each once."""

from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.language.graph import ancestors, cycles

NAMES = "abcdef"
graphs = st.fixed_dictionaries({name: st.lists(st.sampled_from(NAMES)) for name in NAMES})


@given(graphs)
def test_a_step_that_waits_for_itself_is_in_a_cycle(needs: dict[str, list[str]]) -> None:
    """There is a cycle exactly when some step is its own ancestor; each that is told is one."""
    found = cycles(needs)
    assert bool(found) == any(name in ancestors(name, needs) for name in needs)
    for cycle in found:
        onward = (*cycle[1:], cycle[0])
        assert all(after in needs[before] for before, after in zip(cycle, onward, strict=True))
