"""Forms, subworkflows, waits and repetitions in what a notebook keeps."""

import re

import pytest

from mn_notebook.display import run_html, run_markdown, run_text
from mn_notebook.display.asks import MAX_WAITS
from mn_notebook.display.controls import MAX_COMMANDS
from mn_notebook.display.facts import MAX_STEPS
from mn_notebook.display.scopes import MAX_SCOPES
from mn_notebook.domain.picture import PictureWait, RunPicture
from tests.unit.display import constructs, pictures
from tests.unit.display.hostile import HOSTILE, tainted
from tests.unit.display.test_html import SAFE_ATTRIBUTES, TAGS, Reader
from tests.unit.display.test_markdown import outside_code

NESTED = """\
earnings_brief · ACME · run 4k2f
▶ running · 2 of 4 steps · 3 min 8 s of work · started 2026-07-03 14:02 UTC ·
  version 3f9ac1
cost $0.0712 of a budget of $0.50 · 6 calls · tokens 3,912 in, 611 out

✓ succeeded  plan            $0.031  agent · 12 s · iteration 2 of at most 4 ·
                                     gpt-5.4-mini
▶ running    second_opinion          1 of 4, 1 failed · 1 skipped · runs
                                     workflow deep_check · after plan
✗ failed     send            $0.031  agent · 41 s · after second_opinion ·
                                     gpt-5.4-mini
✓ succeeded  report          $0.031  agent · 3 s · its fallback plain_report
                                     stands in · after send · gpt-5.4-mini
✗ send: The mail server refused: 550 no such user.

  inside second_opinion[acme] · workflow deep_check · ▶ running
  ✓ succeeded  read   $0.031  agent · 4 s · gpt-5.4-mini
  ▶ running    dig            workflow · runs workflow dig · after read
  ○ pending    judge          after dig

    inside second_opinion[acme]/dig · workflow dig · ▶ running
    ▶ running  find     agent
    ○ pending  weigh    after find

  inside second_opinion[globex] · workflow deep_check · ✗ failed
  ✗ failed   read   $0.031  agent · 41 s · gpt-5.4-mini
  ○ pending  dig            after read
  ○ pending  judge          after dig
  ✗ read: No filing was found.

2 more subworkflows: %mn show 4k2f

As it stood at event 31 of its journal.

You could:
  %mn retry 4k2f send
  %mn skip 4k2f send --because "…"
  %mn pause 4k2f
  %mn cancel 4k2f
  %mn retry 4k2f

Next: second_opinion goes on with 1 of 4 items.
%mn show 4k2f"""

ALL = [
    pytest.param(constructs.an_asking_run(), id="asking"),
    pytest.param(constructs.a_nested_run(), id="nested"),
    pytest.param(constructs.a_paused_run(), id="paused"),
    pytest.param(constructs.a_crowded_run(), id="crowded"),
]


def told(picture: RunPicture) -> list[str]:
    """Read the three displays as a person does: words, without marks."""
    markdown = re.sub(r"[\\`*]", "", run_markdown(picture))
    text = " ".join(run_text(picture).split())
    return [" ".join(Reader(run_html(picture)).words.split()), " ".join(markdown.split()), text]


def test_a_nested_run_reads_like_this() -> None:
    """The whole text of a run with subworkflows in subworkflows."""
    assert run_text(constructs.a_nested_run()) == NESTED


@pytest.mark.parametrize("picture", ALL)
def test_html_is_well_formed_and_known_markup(picture: RunPicture) -> None:
    """Only harmless tags and attributes are written, each one closed."""
    reader = Reader(run_html(picture))
    assert not reader.open
    assert set(reader.tags) <= TAGS
    assert reader.attributes <= SAFE_ATTRIBUTES


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("picture", [constructs.a_nested_run(), constructs.a_paused_run()])
def test_text_keeps_to_the_width(picture: RunPicture, width: int) -> None:
    """However deep a subworkflow lies, its lines fit."""
    assert max(map(len, run_text(picture, width=width).splitlines())) <= width


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_stay_text(hostile: str) -> None:
    """No name of a field, a signal, a scope or a fallback becomes markup."""
    for picture in (constructs.an_asking_run(), constructs.a_nested_run()):
        bad = tainted(picture, hostile)
        reader = Reader(run_html(bad))
        assert not reader.open
        assert set(reader.tags) <= TAGS
        assert reader.attributes <= SAFE_ATTRIBUTES
        markdown = outside_code(run_markdown(bad))
        assert not re.search(r"[<>]|(?<!\\)[\[\]$]", markdown)
        assert not set(run_text(bad)) & {"\x1b", "\x00", "\x9b", "\u202e", "\r"}


def test_a_form_says_what_it_asks_for_and_how_to_answer() -> None:
    """Fields, types and the line to type are all there, without a script."""
    for words in told(constructs.an_asking_run()):
        assert "asks for: email (str), notes (str?, optional), copies (int)" in words
        assert "cc (list[str])" in words
        assert "%mn answer 4k2f contact email=… cc=…" in words
        assert "expires 2026-07-10 14:02 UTC, then: skip" in words


def test_an_overdue_approval_looks_urgent_in_words() -> None:
    """Urgency is not said by colour alone, and what a rejection does is said."""
    for words in told(constructs.an_asking_run()):
        assert "◆! Publish this brief?" in words
        assert "overdue, nobody answered in time; escalated to legal@example.org" in words
        assert "A rejection sends the work back to plan." in words


def test_waits_say_when_they_end_and_what_ends_them() -> None:
    """A moment stays true in a saved notebook; a signal comes with its line."""
    for words in told(constructs.an_asking_run()):
        assert "cool_down goes on at 2027-08-07 14:02 UTC" in words
        assert (
            "replies waits for the signal replies_in, until 2027-08-08 14:02 UTC at the latest"
            in words
        )
        assert "%mn signal replies_in --run 4k2f" in words


def test_what_was_taken_over_is_marked_as_unpaid() -> None:
    """Nobody takes an output of an earlier run for one that was paid now."""
    for words in told(constructs.an_asking_run()):
        assert "taken over from run ab12, unpaid" in words
        assert "takes over what is unchanged from run ab12" in words
    assert "taken over, unpaid" in run_html(constructs.an_asking_run())


def test_subworkflows_follow_the_one_that_they_lie_in() -> None:
    """Order tells nesting where indentation is lost; what is left out is counted."""
    for words in told(constructs.a_nested_run()):
        places = [
            words.index(f"inside {path} ·")
            for path in (
                "second_opinion[acme]",
                "second_opinion[acme]/dig",
                "second_opinion[globex]",
            )
        ]
        assert places == sorted(places)
        assert "iteration 2 of at most 4" in words
        assert "its fallback plain_report stands in" in words
        assert "1 of 4, 1 failed · 1 skipped" in words
        assert "2 more subworkflows: %mn show 4k2f" in words
    assert run_html(constructs.a_nested_run()).count("<svg") == 4


def test_very_many_subworkflows_and_waits_are_counted() -> None:
    """A thousand items of a subworkflow do not make a notebook heavy."""
    chain = constructs.a_chain(("read", "judge"))
    scopes = [constructs.a_scope(f"review[{i}]", "w", "running", chain) for i in range(1000)]
    waits = [PictureWait(path=f"w[{i}]", signal=None, until=None, command="") for i in range(1000)]
    picture = pictures.a_run(scopes=tuple(scopes), waits=tuple(waits), scopes_cut=5)
    for words in told(picture):
        assert f"{1005 - MAX_SCOPES} more subworkflows" in words
        assert f"{1000 - MAX_WAITS} further waits" in words
    assert len(run_html(picture)) < 120_000


def test_what_a_person_could_do_is_a_line_to_type() -> None:
    """A path with spaces is one argument, and very many failed steps are not all offered."""
    failed = pictures.a_node("send", path="send[a b]", status="failed", actions=("retry",))
    going = pictures.an_idle_node("wait", status="waiting", actions=("skip",))
    for words in told(pictures.a_run(nodes=(failed, going), actions=("cancel",))):
        assert "%mn skip 4k2f wait" not in words
        assert "%mn retry 4k2f 'send[a b]'" in words
        assert "%mn cancel 4k2f" in words
    many = tuple(failed.model_copy(update={"path": f"send[{i}]"}) for i in range(50))
    assert run_text(pictures.a_run(nodes=many)).count("%mn retry") == MAX_COMMANDS


def test_of_very_many_steps_those_in_trouble_are_listed() -> None:
    """The one that failed is not among those that are only counted."""
    nodes = [pictures.a_node(f"step_{index}") for index in range(300)]
    nodes[250] = pictures.a_node("step_250", status="failed", error="No.")
    for words in told(pictures.a_run(nodes=tuple(nodes))):
        assert words.index("step_46") < words.index("step_250")
        assert "step_299" not in words


def test_a_crowd_is_bounded() -> None:
    """Three hundred steps with long names and two hundred approvals stay readable."""
    picture = constructs.a_crowded_run()
    assert len(run_html(picture)) < 600_000
    for words in told(picture):
        assert f"{300 - MAX_STEPS} more steps: .steps of the run lists all" in words.replace(
            "`", ""
        )
        assert "175 more approvals: %mn approvals" in words
