"""Secrets that functions, models and people let slip are in nothing that is written."""

import json
import os
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic_core import to_json

import mn_notebook as mn
from mn_notebook.agents.calling import user_fault
from mn_notebook.agents.failures import ChildEnded
from mn_notebook.agents.isolation import call_isolated
from mn_notebook.agents.tools import make_tool
from mn_notebook.client import RunClient
from mn_notebook.domain.events import (
    ApprovalDecided,
    NoteAdded,
    RunCreated,
    StepFailed,
    ToolStarted,
)
from mn_notebook.domain.ids import RunId, content_hash
from mn_notebook.domain.values import Stored
from mn_notebook.engine import announcing, record, values
from mn_notebook.errors import SecretMissing, UsageError
from mn_notebook.secrecy import known, sources
from mn_notebook.secrecy.forms import forms_of
from mn_notebook.store import event_rows
from mn_notebook.terminal.writing import write
from mn_notebook.testing import Asked, Reply, Rule, Script, ScriptedCall, ScriptedModel
from mn_notebook.verbs.doctor import doctor
from mn_notebook.verbs.results import Finding
from mn_notebook.verbs.session import Session
from mn_notebook.verbs.share import export
from tests.canary import leaks, watched_arguments
from tests.integration import confiding
from tests.integration.house import House, waits_until, workflow_of

CANARY = 'cnry"4f9a/Xq+27\\w'
MARK = "[secret CANARY_WORD]"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CANARY_WORD", CANARY)
    known.forget()
    yield
    known.forget()
    sys.modules.pop("keyring", None)  # a double of one test


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A store of its own."""
    found = House(tmp_path)
    yield found
    found.close()


def facts(client: RunClient, run_id: RunId, kind: type) -> list[Any]:
    return [one.event for one in client.events(run_id) if isinstance(one.event, kind)]


def closed(house: House) -> Path:
    house.close()
    return house.folder


# --- what functions do -------------------------------------------------------------------------


def give() -> dict[str, Any]:
    key = mn.secret("CANARY_WORD")
    sys.stdout.write(f"the key is {key}\n")
    return {"key": key, key: [f"Bearer {key}", {"deep": json.dumps({"k": key})}]}


def test_returned_and_printed_secrets_are_not_kept(house: House) -> None:
    """What follows is given what was kept: the mark, and never the value."""
    seen: list[Any] = []

    def take(given: Any) -> None:
        seen.append(given)

    kernel = house.kernel(give=give, take=take)
    text = 'steps:\n  a: {python: give}\n  b: {python: take, args: {given: "{{ a }}"}}\n'
    kernel.finish(text)
    assert seen == [{"key": MARK, MARK: [f"Bearer {MARK}", {"deep": json.dumps({"k": MARK})}]}]
    run_id = kernel.client.runs()[0].run_id
    assert [note.text for note in facts(kernel.client, run_id, NoteAdded)] == [
        f"the key is {MARK}\n"
    ]
    assert leaks(CANARY, closed(house)) == []


def test_what_is_not_known_to_be_secret_is_found_by_these_tests(house: House) -> None:
    """The search itself works: in the database, in an artifact, in a compressed table."""
    columns = {"x": [os.environ["CANARY_WORD"]]}
    kernel = house.kernel(
        a=lambda: os.environ["CANARY_WORD"],
        b=lambda: [os.environ["CANARY_WORD"]] * 9000,
        c=lambda: pd.DataFrame(columns),
    )
    kernel.finish("steps:\n  a: {python: a}\n  b: {python: b}\n  c: {python: c}\n")
    found = {line.partition(": ")[0] for line in leaks(CANARY, closed(house))}
    assert len(found) >= 3


def test_a_large_value_and_a_frame_are_redacted_in_their_artifacts(house: House) -> None:
    """Cells, names of columns and nested values, and what displays show of them."""

    def large() -> list[str]:
        return [f"{n} {mn.secret('CANARY_WORD')}" for n in range(9000)]

    def frame() -> Any:
        key = mn.secret("CANARY_WORD")
        mixed = [{"a": key}, [key, 1], None]
        columns = {"plain": ["x", key, None], key: [1, 2, 3], "mixed": mixed}
        frame = pd.DataFrame({**columns, "kind": pd.Categorical(["u", key, "u"])})
        return {"frame": frame, "number": 3}

    kernel = house.kernel(large=large, frame=frame, rows=lambda f: [list(f), f.values.tolist()])
    text = (
        "steps:\n  a: {python: large}\n  b: {python: frame}\n"
        '  c: {python: rows, args: {f: "{{ b.frame }}"}}\n'
    )
    output: Any = kernel.finish(text)
    names, rows = output["c"]
    assert names == ["plain", MARK, "mixed", "kind"]
    assert [row[0] for row in rows] == ["x", MARK, None]
    assert [row[2] for row in rows] == [{"a": MARK}, [MARK, 1], None]
    assert [row[3] for row in rows] == ["u", MARK, "u"]
    files = [path for path in (house.folder / "store.db.d/artifacts").rglob("*") if path.is_file()]
    assert any(path.read_bytes()[:4] == b"PAR1" for path in files)
    assert any(MARK.encode() in path.read_bytes() for path in files)
    assert leaks(CANARY, closed(house)) == []


def test_errors_and_their_tracebacks_are_redacted(house: House) -> None:
    """The message, the end of the traceback, and what was printed before."""

    def fail() -> None:
        key = mn.secret("CANARY_WORD")
        sys.stdout.write(key)
        raise ValueError(f"401 for https://x/?key={key}")

    kernel = house.kernel(fail=fail)
    said = kernel.failure("steps:\n  a: {python: fail}\n")
    assert f"401 for https://x/?key={MARK}" in said
    run_id = kernel.client.runs()[0].run_id
    (failed,) = facts(kernel.client, run_id, StepFailed)
    assert MARK in failed.error.detail
    assert leaks(CANARY, closed(house)) == []


def test_a_long_print_is_redacted_before_it_is_cut(house: House) -> None:
    """A secret that the cut would go through is not left in part."""

    def chat() -> str:
        key = mn.secret("CANARY_WORD")
        sys.stdout.write("." * (10_000 - 8) + key + "." * 500)
        return "ok"

    kernel = house.kernel(chat=chat)
    kernel.finish("steps:\n  a: {python: chat}\n")
    (note,) = facts(kernel.client, kernel.client.runs()[0].run_id, NoteAdded)
    assert CANARY[:6] not in note.text
    assert note.text.endswith("… (cut)")


def test_a_traceback_is_redacted_before_it_is_cut(house: House) -> None:
    """Of a long one only the end is kept; no end of a secret is at its beginning."""

    def fail() -> None:
        raise ValueError(mn.secret("CANARY_WORD") + "." * 1990)

    kernel = house.kernel(fail=fail)
    kernel.failure("steps:\n  a: {python: fail}\n")
    (failed,) = facts(kernel.client, kernel.client.runs()[0].run_id, StepFailed)
    assert len(failed.error.detail) == 2000
    assert CANARY[-6:] not in failed.error.detail


def test_what_memory_holds_is_what_the_journal_holds(house: House) -> None:
    """The view of the very process that had the secret shows what every other one shows."""

    def fail() -> None:
        raise ValueError(f"bad {mn.secret('CANARY_WORD')}")

    kernel = house.kernel(wait=lambda: "waited", fail=fail)
    run_id = kernel.start("steps:\n  a: {approve: Now?}\n  b: {python: fail, needs: [a]}\n")
    kernel.until(run_id, "waiting")
    pictures: list[Any] = []
    kernel.runtime.watch(run_id, pictures.append)
    kernel.decide(run_id, "approve")
    kernel.until(run_id)
    assert waits_until(lambda: bool(pictures) and pictures[-1].status == "failed")
    assert f"bad {MARK}" in pictures[-1].error
    assert leaks(CANARY, *(picture.model_dump_json() for picture in pictures)) == []


def test_prints_of_a_process_that_owns_runs_are_redacted(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also those that no call makes, and warnings of others on the standard error."""
    house.kernel()
    sys.stdout.write(f"it is {mn.secret('CANARY_WORD')}\n")
    sys.stderr.write(f"{CANARY}\n")
    assert tuple(capsys.readouterr()) == (f"it is {MARK}\n", f"{MARK}\n")


# --- child processes ---------------------------------------------------------------------------


async def test_a_child_process_confides_what_it_resolves(tmp_path: Path) -> None:
    """Its value, its prints and those of its own children; nothing is on a command line."""
    with watched_arguments(CANARY) as lines:
        returned = await call_isolated(confiding.show, {})
    assert lines == []
    assert known.names() == ("CANARY_WORD",)
    assert sorted(returned.printed.split()) == sorted(f"in Python: {MARK} {MARK}".split())
    assert returned.value == {"value": CANARY, CANARY: "as a key"}
    assert known.redact(returned.value) == {"value": MARK, MARK: "as a key"}


async def test_last_words_are_redacted_before_they_are_cut() -> None:
    """Of a child that talks much and dies, the end of what it said is kept."""
    with pytest.raises(ChildEnded) as ended:
        await call_isolated(confiding.chatter_and_die, {})
    detail = user_fault(ended.value, retry_all=False).detail
    assert len(detail) == 2000
    assert CANARY[-6:] not in detail


@pytest.mark.parametrize("how", ["show", "fail", "die"])
def test_what_a_child_process_lets_slip_is_not_written(house: House, how: str) -> None:
    """Also when it ends badly: its parent knows the secret before the function does."""
    kernel = house.kernel()
    text = (
        f'steps:\n  a: {{python: "tests.integration.confiding:{how}", isolation: process, '
        "retry: {attempts: 1}}\n"
    )
    run_id = kernel.start(text)
    kernel.until(run_id, seconds=30)
    told = str(kernel.client.events(run_id))
    assert MARK in told
    assert leaks(CANARY, told, closed(house)) == []


async def test_a_child_process_confides_what_is_declared_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a cell has put into the environment since its kernel began is known in time, too."""
    monkeypatch.setenv("LATE_API_KEY", "sk-0123456789abcdef")
    returned = await call_isolated(confiding.spill, {"name": "LATE_API_KEY"})
    assert known.redact(returned.value) == "[secret LATE_API_KEY]"


# --- agents ------------------------------------------------------------------------------------


def test_no_model_is_told_a_secret_and_none_can_pass_one_on(house: House) -> None:
    """A model sees marks; what it fills in is what the journal holds of its answer."""
    given: list[str] = []

    def look() -> str:
        """Look."""
        return f"the page says {mn.secret('CANARY_WORD')}"

    def send(text: str) -> str:
        """Send."""
        given.append(text)
        return "sent"

    calls = ScriptedCall(name="send", arguments={"text": f"here: {CANARY}"})
    kernel = house.kernel(
        Reply(calls=(ScriptedCall(name="look"),)),
        Reply(calls=(calls,)),
        Reply(text=f"I know {CANARY}"),
        tools=(make_tool(look, effect="read"), make_tool(send, effect="read")),
    )
    text = "steps:\n  a: {agent: Do it., tools: [look, send]}\n"
    assert kernel.finish(text) == {"a": f"I know {MARK}"}
    assert given == [f"here: {MARK}"]
    assert leaks(CANARY, closed(house)) == []


def test_an_agent_is_told_of_errors_without_secrets(house: House) -> None:
    """Its transcript is what the journal holds, in the process that made the call, too."""
    told: list[str] = []

    def look() -> str:
        """Look."""
        raise ValueError(f"refused {mn.secret('CANARY_WORD')}")

    def answer(asked: Asked) -> Reply:
        told.append(asked.all_text)
        return Reply(text="done") if len(told) > 1 else Reply(calls=(ScriptedCall(name="look"),))

    script = Script(name="test", rules=(Rule(answer=answer),))
    kernel = house.kernel(models=ScriptedModel(script), tools=(make_tool(look, effect="read"),))
    assert kernel.finish("steps:\n  a: {agent: Do it., tools: [look]}\n") == {"a": "done"}
    assert f"refused {MARK}" in told[1]
    assert leaks(CANARY, *told, closed(house)) == []


# --- what people give --------------------------------------------------------------------------


def test_people_cannot_give_a_secret_to_a_run(house: House) -> None:
    """Inputs, the workflow's text, edits, reasons and signals: refused, and nothing is written."""
    mn.secret("CANARY_WORD")
    kernel = house.kernel(work=lambda: {"text": "draft"})
    refused = r'mn.secret\("CANARY_WORD"\) inside the tool'
    with pytest.raises(UsageError, match=f"input 'key'.*{refused}"):
        kernel.start("inputs: {key: str}\nsteps:\n  a: {python: work}\n", key=f"x{CANARY}")
    quoted = json.dumps(CANARY)
    with pytest.raises(UsageError, match=f"text of the workflow 'brief'.*{refused}"):
        kernel.start(f"steps:\n  a: {{python: work, args: {{key: {quoted}}}}}\n")
    assert kernel.client.runs() == []
    run_id = kernel.start(
        "steps:\n  a: {python: work}\n  b: {approve: Well?, edit: [a.text], needs: [a]}\n"
    )
    kernel.until(run_id, "waiting")
    with pytest.raises(UsageError, match=refused):
        kernel.decide(run_id, "approve", edits={"text": CANARY})
    with pytest.raises(UsageError, match=refused):
        kernel.client.cancel(run_id, because=CANARY)
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    assert leaks(CANARY, closed(house)) == []


# --- what was not known in time ----------------------------------------------------------------


def test_what_follows_is_made_of_what_was_kept(house: House) -> None:
    """A value that became secret later is redacted before hashes and keys are made of it."""
    given: list[tuple[str, str]] = []

    def send(text: str, *, idempotency_key: str) -> str:
        """Send."""
        given.append((text, idempotency_key))
        return "sent"

    kernel = house.kernel(
        give=lambda: [CANARY[:8], CANARY[8:]],  # not recognised: it is in two pieces
        learn=lambda: mn.secret("CANARY_WORD") and "known",
        tools=(make_tool(send, effect="idempotent"),),
    )
    text = (
        "steps:\n  a: {python: give}\n  b: {python: learn, needs: [a]}\n"
        '  c: {tool: send, args: {text: "{{ a[0] }}{{ a[1] }}"}, needs: [b]}\n'
    )
    kernel.finish(text)
    (started,) = facts(kernel.client, kernel.client.runs()[0].run_id, ToolStarted)
    assert started.args.value == {"text": MARK}
    assert given == [(MARK, started.key)]
    assert started.args_hash == content_hash(["send", {"text": MARK}])
    assert leaks(CANARY, closed(house)) == []


def test_what_somebody_else_did_not_know_is_redacted_where_it_is_taken_up(house: House) -> None:
    """Hash, key and arguments of an edited call fit each other: nobody is asked a second time."""
    given: list[str] = []

    def send(text: str) -> str:
        """Send."""
        given.append(text)
        return "sent"

    kernel = house.kernel(tools=(make_tool(send),))
    run_id = kernel.start("steps:\n  send: {tool: send, args: {text: draft}}\n")
    kernel.until(run_id, "waiting")
    kernel.runtime.close()
    other = house.client()
    known.forget()
    other.decide(
        run_id, other.open_approval(run_id, "send").request, "approve", edits={"text": CANARY}
    )
    mn.secret("CANARY_WORD")
    kernel = house.kernel(tools=(make_tool(send),))
    assert kernel.until(run_id).status == "succeeded"
    assert given == [MARK]
    (decided,) = facts(kernel.client, run_id, ApprovalDecided)
    assert decided.calls[0].args_hash == content_hash(["send", {"text": MARK}])
    assert leaks(CANARY, str(kernel.client.events(run_id))) == []


def test_the_store_looks_once_more_before_it_writes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What everybody before it has overlooked is still not written, nor the rows that go along."""
    for module in (announcing, record):
        monkeypatch.setattr(module, "without_secrets", lambda event: event)
    monkeypatch.setattr(values, "may_hold", lambda _text: False)

    def fail() -> None:
        raise ValueError(mn.secret("CANARY_WORD"))

    kernel = house.kernel(give=give, fail=fail)
    kernel.failure("steps:\n  a: {python: give}\n  b: {python: fail, needs: [a]}\n")
    workflow = workflow_of("steps:\n  a: {python: give}\n")
    created = RunCreated(
        workflow="brief",
        workflow_hash=workflow.hash,
        origin="elsewhere",
        title=f"about {CANARY}",
        inputs=Stored(value=[CANARY]),
        by="ann",
    )
    kernel.client.store.journal.create(
        RunId("0123456789abcdef"), workflow, "", created, kernel.client.clock.now()
    )
    assert kernel.client.run("0123456789abcdef").title == f"about {MARK}"
    assert leaks(CANARY, closed(house)) == []


def test_an_export_has_none_of_what_was_not_known_in_time(house: House) -> None:
    """The store keeps what it was given before; a file that is written now does not get it."""
    kernel = house.kernel(echo=lambda x: x)
    text = 'inputs: {x: str}\nsteps:\n  a: {python: echo, args: {x: "{{ inputs.x }}"}}\n'
    run_id = kernel.start(text, x="cnry-4f9a-Xq-27")
    assert kernel.until(run_id).status == "succeeded"
    known.remember("CANARY_WORD", "cnry-4f9a-Xq-27")
    session = Session(house.settings(), via="terminal")
    file = house.folder / "out.yaml"
    export(session, run_id, str(file))
    session.close()
    assert MARK in file.read_text()
    assert leaks("cnry-4f9a-Xq-27", file) == []


def test_a_terminal_writes_none() -> None:
    """The last look is where its words leave."""
    mn.secret("CANARY_WORD")
    out = StringIO()
    write(out, json.dumps({"type": "result", "x": CANARY}))
    assert json.loads(out.getvalue()) == {"type": "result", "x": MARK}


def test_the_doctor_finds_what_was_written_before_it_was_known(house: House) -> None:
    """Runs and artifacts by their names, and never the value."""
    canary = os.environ["CANARY_WORD"]
    kernel = house.kernel(a=lambda: canary, b=lambda: [canary] * 9000, c=lambda: "nothing")
    slipped = kernel.start("steps:\n  a: {python: a}\n  b: {python: b}\n")
    clean = kernel.start("steps:\n  a: {python: c}\n")
    kernel.until(slipped), kernel.until(clean)
    session = Session(house.settings(), via="terminal")
    assert all(finding.verdict == "ok" for finding in findings(session))
    mn.secret("CANARY_WORD")
    (found,) = [finding for finding in findings(session) if finding.verdict == "bad"]
    session.close()
    assert (
        f"stands in 1 run ({slipped[:4]}), and in 2 artifacts" in found.text
    )  # of the step, of the run
    assert f"mn prune {slipped[:4]} --yes" in found.remedy
    assert leaks(CANARY, found.text + found.remedy) == []


def findings(session: Session) -> list[Finding]:
    return [finding for finding in doctor(session).findings if finding.subject == "secrets"]


# --- what it costs -----------------------------------------------------------------------------


@pytest.mark.parametrize("knows", [False, True])
def test_a_step_costs_few_searches_and_none_where_nothing_is_known(
    house: House, monkeypatch: pytest.MonkeyPatch, knows: bool
) -> None:
    """Its input once when it is rendered and once when it is kept, its output, its two events."""
    if knows:
        mn.secret("CANARY_WORD")
    searched: list[str] = []
    walked: list[Any] = []
    looked = known.may_hold

    def counted(text: str | bytes) -> bool:
        searched.append("")
        return looked(text)

    def walk(value: Any, found: Any) -> Any:
        walked.append(value)
        return value

    for module in (known, values, event_rows):
        monkeypatch.setattr(module, "may_hold", counted)
    monkeypatch.setattr(known, "_walked", walk)
    encoded: list[Any] = []

    def encode(value: Any) -> bytes:
        encoded.append(value)
        return to_json(value)

    monkeypatch.setattr(known, "to_json", encode)
    kernel = house.kernel(first=lambda: {"a": ["b"] * 100}, work=lambda x: x)
    steps = "".join(
        f"  s{n}: {{python: work, args: {{x: '{{{{ s{n - 1} }}}}'}}}}\n" for n in range(1, 40)
    )
    kernel.finish(f"steps:\n  s0: {{python: first}}\n{steps}")
    assert walked == []
    assert len(searched) <= 6 * 40 + 10  # and those of the run as a whole
    assert bool(encoded) == knows


# --- where secrets are looked for --------------------------------------------------------------


def test_the_environment_comes_first_then_the_file_then_the_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each place in its turn, at each call anew."""
    file = tmp_path / "secrets.env"
    file.write_text('# mine\nexport A_WORD="from the file"\nCANARY_WORD=not this one\nODD LINE\n')
    file.chmod(0o600)
    monkeypatch.setenv("MN_SECRETS", str(file))
    folder = tmp_path / "ring"
    folder.mkdir()
    (folder / "keyring.py").write_text(
        "def get_password(service, name):\n"
        "    return f'{service} has {name}' if name in ('B_WORD', 'A_WORD') else None\n"
    )
    monkeypatch.syspath_prepend(folder)
    assert mn.secret("CANARY_WORD") == CANARY
    assert mn.secret("A_WORD") == "from the file"
    assert mn.secret("B_WORD") == "mn_notebook has B_WORD"
    file.write_text("A_WORD=changed meanwhile\n")
    assert mn.secret("A_WORD") == "changed meanwhile"
    assert known.redact_text("from the file, changed meanwhile") == (
        "[secret A_WORD], [secret A_WORD]"
    )
    with pytest.raises(SecretMissing, match=r"there is no secret 'A_WORT'.*did you mean 'A_WORD'"):
        mn.secret("A_WORT")


def test_a_file_that_others_can_read_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says which command mends it."""
    file = tmp_path / "secrets.env"
    file.write_text("A_WORD=some-value-1\n")
    file.chmod(0o640)
    monkeypatch.setenv("MN_SECRETS", str(file))
    with pytest.raises(SecretMissing, match=f"open to others and was not read: `chmod 600 {file}`"):
        mn.secret("A_WORD")


@pytest.mark.parametrize("name", [CANARY, "", "with space", "1ST", 7])
def test_a_value_in_place_of_a_name_is_not_quoted(name: Any) -> None:
    """Whoever passes the secret itself does not read it in the error."""
    with pytest.raises(UsageError, match="expected the name of a secret") as told:
        mn.secret(name)
    assert CANARY not in str(told.value)


def test_a_value_that_is_too_short_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Striking out every 1 would destroy what is written."""
    monkeypatch.setenv("PIN", "1234")
    with pytest.raises(SecretMissing, match="fewer than 8 characters"):
        mn.secret("PIN")
    assert not known.may_hold("1234")


def test_declared_secrets_are_known_from_the_start(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Keys of models and the like, and the user's file: before anybody asks for them."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-proj-0123456789abcdef")
    monkeypatch.setenv("OTHER_API_KEY", "not-needed-at-all-here")  # a placeholder has no digit
    monkeypatch.setenv("SOME_TOKEN", "/run/tokens/0123456789")  # where it lies
    file = tmp_path / "mine"
    file.write_text("FROM_FILE=a word of the file\n")
    file.chmod(0o600)
    monkeypatch.setenv("MN_SECRETS", str(file))
    kernel = house.kernel(spill=lambda: dict(os.environ))
    assert {"OPENAI_API_KEY", "FROM_FILE"} <= set(known.names())
    assert not {"OTHER_API_KEY", "SOME_TOKEN", "CANARY_WORD"} & set(known.names())
    output: Any = kernel.finish("steps:\n  a: {python: spill}\n")
    assert output["a"]["OPENAI_API_KEY"] == "[secret OPENAI_API_KEY]"
    assert output["a"]["OTHER_API_KEY"] == "not-needed-at-all-here"
    file.unlink()
    assert leaks("sk-proj-0123456789abcdef", closed(house)) == []


def test_sounding_like_a_secret_is_not_enough() -> None:
    """Words of everyday texts, which placeholders are, are left alone."""
    found = sources.found_in_environment()
    assert "CANARY_WORD" not in found
    assert all(len(form) >= 8 for value in found.values() for form in forms_of(value)[-1:])
