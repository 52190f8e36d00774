"""What a run takes over from another one."""

from mn_notebook.domain.ids import NodePath, RunId, StepPath
from mn_notebook.domain.state import RunState
from mn_notebook.engine.reuse import Reusable
from mn_notebook.errors import UnknownRun
from tests.unit.domain.journals import Journal, each, python, workflow

RUN = RunId("old")


def two_items_alike() -> RunState:
    journal = Journal(workflow(python("a", for_each=each()))).begun()
    journal.expanded("a", "z", "y").started("a[z]", item=0).started("a[y]", item=1)
    return journal.succeeded("a[z]", "of z").succeeded("a[y]", "of y").state


def test_of_items_with_one_key_every_process_chooses_the_same():
    """The order of a hash table decides nothing."""
    state = two_items_alike()
    key = next(iter(state.instances.values())).step_key
    found = Reusable(lambda _run: state).find(RUN, NodePath("a"), key, StepPath("a[x]"))
    assert found is not None
    assert (found[0], found[1].value) == ("a[y]", "of y")


def test_of_items_with_one_key_each_takes_its_own():
    """What a person said of one, by editing its call, is not what was said of the other."""
    state = two_items_alike()
    key = next(iter(state.instances.values())).step_key
    reusable = Reusable(lambda _run: state)
    for path in (StepPath("a[y]"), StepPath("a[z]")):
        found = reusable.find(RUN, NodePath("a"), key, path)
        assert found is not None
        assert (found[0], found[1].value) == (path, f"of {path[2]}")


def test_what_was_done_once_is_taken_over_once():
    """Of two items alike that want it, the second is done: a write that never was is made."""
    state = two_items_alike()
    key = next(iter(state.instances.values())).step_key
    reusable = Reusable(lambda _run: state)
    own, other = StepPath("a[z]"), StepPath("a[y]")
    found = reusable.find(RUN, NodePath("a"), key, own, (own,))
    assert found is not None
    assert found[0] == other
    assert reusable.find(RUN, NodePath("a"), key, StepPath("a[x]"), (own, other)) is None


def test_what_has_another_key_or_stands_elsewhere_is_not_taken():
    """A changed step is done."""
    state = two_items_alike()
    key = next(iter(state.instances.values())).step_key
    reusable = Reusable(lambda _run: state)
    assert reusable.find(RUN, NodePath("a"), "another", StepPath("a[y]")) is None
    assert reusable.find(RUN, NodePath("b"), key, StepPath("b")) is None


def test_a_run_that_is_gone_is_no_use_and_no_harm():
    """Everything is done anew."""

    def gone(run_id: RunId) -> RunState:
        raise UnknownRun(run_id)

    assert Reusable(gone).find(RUN, NodePath("a"), "k", StepPath("a")) is None
