"""One grammar for `mn` and `%mn`, derived from the verbs."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.errors import UsageError
from mn_notebook.verbs.catalogue import LATER_VERBS, VERBS
from mn_notebook.verbs.parser import (
    Help,
    Typed,
    help_of,
    options_of,
    parse,
    split,
    usage_of,
)
from mn_notebook.verbs.shells import completion_script


def typed(line: str) -> Typed:
    found = parse(split(line), program="mn")
    assert isinstance(found, Typed)
    return found


def test_arguments_and_options_are_understood() -> None:
    """Positions, repeated options and flags arrive as the verb takes them."""
    found = typed("approve 4k2f review --edit a=1 --edit 'b=2 3' --because 'as agreed'")
    assert found.verb == "approve"
    assert found.arguments.args == ("4k2f", "review")
    assert found.arguments.kwargs == {"edit": ("a=1", "b=2 3"), "because": "as agreed"}
    run = typed("run brief who=x --wait 'note=a b'")
    assert run.arguments.args == ("brief", "who=x", "note=a b")
    assert run.arguments.kwargs == {"wait": True}
    assert typed("run brief -- --odd=1").arguments.args == ("brief", "--odd=1")


@pytest.mark.parametrize("line", ["", "--help", "help", "-h"])
def test_nothing_typed_lists_the_verbs(line: str) -> None:
    """Without a verb, every verb is listed with what it does."""
    found = parse(split(line), program="%mn")
    assert isinstance(found, Help)
    assert all(f"%mn {verb} " in found.text for verb in VERBS)
    assert "%%mn workflow NAME" in found.text


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str) -> None:
    """Each verb has a usage and a word about each argument."""
    text = help_of(verb, "mn")
    assert text.startswith(f"Usage: mn {verb}")
    for option in options_of(verb):
        assert f"{option}" in text
    for name in list(inspect.signature(VERBS[verb]).parameters)[1:]:
        documented = f"    {name}: " in (VERBS[verb].__doc__ or "")
        assert documented, f"{verb} says nothing about {name}"
    assert parse([verb, "--help"], program="mn") == Help(text)
    assert parse([f"{verb}?"], program="mn") == Help(text)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("aprove x", "there is no verb 'aprove'; did you mean 'approve'?"),
        ("zzzz", "there is no verb 'zzzz'; `mn` alone lists them"),
        ("fork x", "`mn fork` is not available yet"),
        ("show", "show: RUN requires an argument"),
        ("show a b", "show: unused tokens"),
        ("run w --on dask", "--on is not available yet for `run`"),
        ("runs --most many", "runs: invalid value for --most"),
        ("approve x --becuse y", "did you mean --because?"),
    ],
)
def test_mistake_is_a_sentence_with_the_usage(line: str, said: str) -> None:
    """A mistake says what is wrong; below it stands the verb's usage."""
    with pytest.raises(UsageError) as caught:
        parse(split(line), program="mn")
    first, *usage = str(caught.value).splitlines()
    assert said.lower() in first.lower()
    verb = line.split()[0]
    assert usage == ([f"Usage: {usage_of(verb, 'mn')}"] if verb in VERBS else [])


@given(st.lists(st.text(max_size=12), max_size=4), st.sampled_from(list(VERBS)))
def test_anything_typed_is_understood_or_a_mistake(tokens: list[str], verb: str) -> None:
    """No line ends in a crash, an exit or a traceback."""
    try:
        found = parse([verb, *tokens], program="mn")
    except UsageError:
        return
    assert isinstance(found, Typed | Help)


def test_verbs_of_later_do_not_exist_yet() -> None:
    """A verb is announced or there, never both."""
    assert not LATER_VERBS & set(VERBS)


@pytest.mark.parametrize("program", ["mn", "%mn"])
def test_verbs_are_listed_in_groups(program: str) -> None:
    """Alone, `mn` lists every verb once, under what it is for."""
    listed = parse([], program=program)
    assert isinstance(listed, Help)
    heads = [line for line in listed.text.splitlines() if line.istitle() or line == "Set up"]
    assert heads == ["Start", "Iterate", "Look", "Decide", "Control", "Share", "Set up", "Keep"]
    for verb in VERBS:
        assert listed.text.count(f"  {program} {verb} ") == 1


def test_unknown_shell_is_told_which_there_are() -> None:
    """Completion is there for some shells, which the message names."""
    for shell in ("", "tcsh"):
        with pytest.raises(UsageError, match="bash, zsh, fish, powershell"):
            completion_script(shell, "mn")
