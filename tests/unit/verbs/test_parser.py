"""One grammar for `mn` and `%mn`, derived from the verbs."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.errors import UsageError
from mn_notebook.verbs.catalogue import GROUPS, LATER_VERBS, VERBS
from mn_notebook.verbs.examples import EXAMPLES, examples_of
from mn_notebook.verbs.mistakes import SYNONYMS
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
        ("aprove.yaml", "`mn run aprove.yaml` runs the workflow of a file"),
        ("ls", "there is no verb 'ls'; did you mean `mn runs`?"),
        ("--verison", "there is no option '--verison'; did you mean '--version'?"),
        ("run", "run: WORKFLOW is missing"),
        ("show", "show: RUN is missing: `mn runs` lists them"),
        ("delegate a", "delegate: --to … is missing"),
        ("show a b", "show: nothing more is expected, found 'b'"),
        ("run w --who x", "there is no option --who; values are typed as name=value: who=…"),
        ("run w -w", "there is no option -w; did you mean --wait?"),
        ("cancel a --all", "cancel: there is no option --all"),
        ("run w --on dask", "--on is not available yet for `run`"),
        ("runs --most many", "runs: expected a whole number for --most, found 'many'"),
        ("approve x --becuse y", "did you mean --because?"),
    ],
)
def test_mistake_is_a_sentence_with_the_usage(line: str, said: str) -> None:
    """A mistake says what is wrong; below it stands the verb's usage."""
    with pytest.raises(UsageError) as caught:
        parse(split(line), program="mn")
    first, *usage = str(caught.value).splitlines()
    assert said in first
    verb = line.split()[0]
    if verb not in VERBS:
        assert usage == []
        return
    example = f"For example: {examples_of(verb, 'mn')[0]}"
    assert usage == [f"Usage: {usage_of(verb, 'mn')}", example]


def test_what_other_programs_call_it_is_a_verb_here() -> None:
    """A word that somebody brings along leads to a verb, and is none itself."""
    assert not set(SYNONYMS) & {*VERBS, *LATER_VERBS}
    assert {said.split()[0] for said in SYNONYMS.values()} <= set(VERBS)


@pytest.mark.parametrize("program", ["mn", "%mn"])
def test_help_of_a_verb_has_examples(program: str) -> None:
    """`help VERB` explains it as well; each example is understood."""
    assert list(EXAMPLES) == list(VERBS)
    for verb in VERBS:
        explained = parse(["help", verb], program=program)
        assert explained == Help(help_of(verb, program))
        for line in examples_of(verb, program):
            assert f"\n  {line}" in help_of(verb, program)
            understood = parse(split(line)[1:], program=program)
            assert isinstance(understood, Typed)
            assert understood.verb == verb
        assert "[default: False]" not in help_of(verb, program)


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
    heads = [block.splitlines()[0] for block in listed.text.split("\n\n") if "\n" in block]
    assert heads == list(GROUPS)
    for verb in VERBS:
        assert listed.text.count(f"  {program} {verb} ") == 1


def test_unknown_shell_is_told_which_there_are() -> None:
    """Completion is there for some shells, which the message names."""
    for shell in ("", "tcsh"):
        with pytest.raises(UsageError, match="bash, zsh, fish, powershell"):
            completion_script(shell, "mn")
