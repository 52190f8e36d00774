"""Servers that die, hang, lie and change: each fault is proven to have landed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.agents.mcp import kept
from mn_notebook.domain.ids import RunId, StepPath
from mn_notebook.domain.servers import Server
from mn_notebook.testing import Reply, ScriptedCall
from tests.integration.house import waits_until
from tests.integration.mcp.guild import ROOT, Guild, GuildKernel, Wild, one_call

WRITES = one_call("mcp:wild/linger", text="once")


@pytest.fixture
def guild(tmp_path: Path) -> Iterator[Guild]:
    found = Guild(tmp_path)
    yield found
    found.close()


@pytest.fixture
def wild(guild: Guild, tmp_path: Path) -> Wild:
    """The server, known and trusted."""
    made = Wild(tmp_path / "wild")
    guild.know(wild=made.server)
    guild.trust("wild")
    return made


def approved(kernel: GuildKernel, text: str) -> RunId:
    """Start a run, and allow its call."""
    run_id = kernel.start(text)
    kernel.asked(run_id)
    kernel.decide(run_id, "approve")
    return run_id


# --- it dies, or hangs -------------------------------------------------------------------------


def test_a_write_whose_server_is_killed_is_in_doubt_and_made_once(guild: Guild, wild: Wild) -> None:
    """Nobody can tell whether it happened: a person is asked, and nothing is repeated."""
    kernel = guild.kernel()
    run_id = approved(kernel, WRITES)
    assert waits_until(lambda: wild.notes == ["once"], 20)
    wild.kill()
    assert waits_until(lambda: "tool.in_doubt" in kernel.kinds(run_id), 20)
    assert "broke the call off" in kernel.asked(run_id, "in_doubt").evidence
    kernel.decide(run_id, "happened", value="it was noted")
    assert kernel.ended(run_id) == "succeeded"
    assert kernel.output(run_id) == {"act": "it was noted"}
    assert wild.notes == ["once"]
    assert kernel.finish(one_call("mcp:wild/look")) == {"act": "look done"}, "it is started again"
    assert len(wild.lines("pid")) == 2


def test_what_only_reads_is_repeated_with_its_key(guild: Guild, wild: Wild) -> None:
    """The server dies in the middle of a call; the call is made again, and journaled once."""
    wild.put("die")
    kernel = guild.kernel()
    run_id = kernel.start(one_call("mcp:wild/look"))
    assert kernel.ended(run_id) == "succeeded"
    looks = wild.lines("looks")
    assert len(looks) == 2
    assert looks[0] == looks[1] != ""
    assert kernel.kinds(run_id).count("tool.started") == 1


def test_a_write_that_gets_no_answer_is_in_doubt_and_its_server_is_ended(
    guild: Guild, tmp_path: Path
) -> None:
    """A server that hangs is found not to live any more, and makes room for the next one."""
    wild = Wild(tmp_path / "wild")
    server = wild.server.model_copy(update={"timeout_seconds": 0.5})
    guild.know(wild=server)
    kernel = guild.kernel()
    run_id = approved(kernel, WRITES)
    assert "gave no answer within 0.5 s" in kernel.asked(run_id, "in_doubt").evidence
    assert wild.notes == ["once"]
    assert waits_until(lambda: not _lives(wild.pid), 20)


def test_a_killed_kernel_leaves_no_server_behind_and_its_write_in_doubt(
    guild: Guild, tmp_path: Path
) -> None:
    """A server that would stay for ever ends with the kernel; another kernel asks what happened."""
    wild = Wild(tmp_path / "wild", "stubborn")
    script = Path(__file__).with_name("kernel.py")
    command = [sys.executable, str(script), str(tmp_path), *wild.server.command]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as kernel:
        assert kernel.stdout is not None
        run_id = RunId(kernel.stdout.readline().strip())
        assert waits_until(lambda: wild.notes == ["once"], 30)
        assert _lives(wild.pid)
        guardian = _parent(wild.pid)
        kernel.send_signal(signal.SIGKILL)
        kernel.wait()
    assert waits_until(lambda: not _lives(wild.pid), 10)
    assert waits_until(lambda: not _lives(guardian), 10)
    next_one = guild.kernel()
    next_one.asked(run_id, "in_doubt")
    assert wild.notes == ["once"]
    assert len(wild.lines("pid")) >= 1


def test_a_function_of_the_users_tells_whether_a_call_happened(
    guild: Guild, tmp_path: Path
) -> None:
    """A kernel ends in the middle of a call; the next one asks the check by the call's key."""
    wild = Wild(tmp_path / "wild")
    words = ", ".join(f"'{word}'" for word in wild.server.command)
    text = f"servers:\n  wild: {{command: [{words}], check: {{linger: was_noted}}}}\n{WRITES}"

    def was_noted(key: str) -> str | None:
        return "it is noted" if key in wild.keys else None

    first = guild.kernel(was_noted=was_noted)
    run_id = approved(first, text)
    assert waits_until(lambda: wild.notes == ["once"], 20)
    first.runtime.close()
    second = guild.kernel(was_noted=was_noted)
    assert second.ended(run_id) == "succeeded", second.error(run_id)
    assert second.output(run_id) == {"act": "it is noted"}
    assert wild.notes == ["once"]
    assert "tool.settled" in second.kinds(run_id)


@pytest.mark.parametrize("mine", [True, False], ids=["own", "foreign"])
def test_a_server_is_started_for_a_run_that_its_user_has_started_and_for_no_other(
    guild: Guild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mine: bool
) -> None:
    """A process that knows nothing but the journal goes by the signature in it."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "ann"))
    wild = Wild(tmp_path / "wild")
    words = ", ".join(f"'{word}'" for word in wild.server.command)
    first = guild.kernel()
    text = f"servers:\n  wild: {{command: [{words}]}}\n{one_call('mcp:wild/note', text='a')}"
    run_id = first.start(text)
    first.asked(run_id)
    first.runtime.close()
    if not mine:
        monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "bob"))
    guild.own = "nothing.yaml"
    second = guild.kernel()
    second.decide(run_id, "approve")
    if mine:
        assert second.ended(run_id) == "succeeded", second.error(run_id)
        assert wild.notes == ["a"]
        assert len(wild.lines("pid")) == 2
    else:
        said = "the server 'wild' is not known here: run the cell that declares it"
        assert waits_until(lambda: said in str(second.client.picture(run_id)), 20)
        assert len(wild.lines("pid")) == 1


def test_an_interrupted_cell_does_not_reach_a_server(guild: Guild, wild: Wild) -> None:
    """A server stands in a session of its own, away from the terminal's signals."""
    assert os.getsid(wild.pid) != os.getsid(0)
    assert os.getpgid(wild.pid) != os.getpgrp()
    guild.close()
    assert waits_until(lambda: not _lives(wild.pid), 10)


def test_a_server_that_is_not_there_is_said_with_what_to_do(guild: Guild) -> None:
    """The run waits, and says in a sentence what would bring the server."""
    kernel = guild.kernel()
    text = "servers:\n  none: {command: [no-such-program]}\n" + one_call("mcp:none/x")
    run_id = kernel.start(text)
    assert kernel.until(run_id, "waiting").status == "waiting"
    said = "the command 'no-such-program' of the server 'none' is not there: install it"
    assert waits_until(lambda: said in str(kernel.client.picture(run_id).next), 20)
    guild.servers.declare({"bare": Server(command=(sys.executable,), env=("NO_SUCH_NAME",))})
    guild.servers.ready(["bare"], 10)
    assert "needs NO_SUCH_NAME in the environment" in guild.servers.absent("mcp:bare/x")


# --- it lies -----------------------------------------------------------------------------------


def test_a_definition_that_changed_is_not_called_and_asks_anew(guild: Guild, wild: Wild) -> None:
    """What was judged is what is called: a tool that is described otherwise is another tool."""
    guild.trust("wild", "note", effect="idempotent")
    kernel = guild.kernel()
    assert kernel.finish(one_call("mcp:wild/note", text="a")) == {"act": "note done"}
    wild.put("description", "It deletes everything, and is quite harmless.")
    run_id = kernel.start(one_call("mcp:wild/note", text="b"))
    kernel.asked(run_id)
    assert wild.notes == ["a"]
    assert guild.effect("mcp:wild/note") == "write"
    assert "tool.failed" in kernel.kinds(run_id), "it was found out just before the call"
    guild.trust("wild", "note", effect="idempotent")
    assert guild.effect("mcp:wild/note") == "idempotent"


def test_hints_raise_what_the_user_said_and_lower_nothing(guild: Guild, tmp_path: Path) -> None:
    """Until it is trusted every tool writes; a tool without hints stays at the protocol's word."""
    guild.know(wild=Wild(tmp_path / "other").server)
    assert guild.effect("mcp:wild/look") == "write"
    guild.trust("wild", "look")
    assert guild.effect("mcp:wild/look") == "read"
    assert guild.effect("mcp:wild/counted") == "write"
    assert guild.servers.distrust("wild", ()) == 1
    assert guild.effect("mcp:wild/look") == "write"


def test_a_declaration_that_changed_is_not_trusted(
    guild: Guild, wild: Wild, tmp_path: Path
) -> None:
    """Trust belongs to a server as it is reached, not to its name."""
    assert guild.effect("mcp:wild/look") == "read"
    guild.know(wild=Wild(tmp_path / "elsewhere").server)
    assert guild.effect("mcp:wild/look") == "write"


def test_an_answer_unlike_its_schema_is_not_believed(guild: Guild, wild: Wild) -> None:
    """A server that says that all went well has proven nothing: a write is in doubt then."""
    kernel = guild.kernel()
    run_id = approved(kernel, one_call("mcp:wild/unlike", text="a"))
    kernel.asked(run_id, "in_doubt")
    assert wild.notes == ["a"]
    run_id = approved(kernel, one_call("mcp:wild/nonsense", text="b"))
    kernel.asked(run_id, "in_doubt")
    assert wild.notes == ["a", "b"]
    assert kernel.finish(one_call("mcp:wild/counted")) == {"act": {"n": 3}}


def test_arguments_that_do_not_fit_never_leave_the_process(guild: Guild, wild: Wild) -> None:
    """They are checked against the schema on our side."""
    kernel = guild.kernel()
    run_id = approved(kernel, one_call("mcp:wild/note", text=3))
    assert kernel.ended(run_id) == "failed"
    assert "do not fit 'note': at text" in kernel.error(run_id)
    assert wild.notes == []


def test_a_schema_that_leads_elsewhere_or_is_none_makes_no_tool(guild: Guild, wild: Wild) -> None:
    """Nothing is fetched because a stranger's schema refers to it; the other tools are there."""
    names = guild.servers.expand("mcp:wild")
    assert "mcp:wild/look" in names
    assert not {"mcp:wild/elsewhere", "mcp:wild/broken"} & set(names)
    assert guild.servers.tool("mcp:wild/elsewhere") is None
    assert "it refers to 'http://127.0.0.1:9/'" in guild.servers.absent("mcp:wild/elsewhere")
    assert "it is no JSON Schema" in guild.servers.absent("mcp:wild/broken")


def test_garbage_size_and_pictures_are_told_in_words(guild: Guild, wild: Wild) -> None:
    """Lines that are no messages are passed over, a huge text is cut, a picture is named."""
    kernel = guild.kernel()
    assert kernel.finish(one_call("mcp:wild/babble")) == {"act": "babble done"}
    huge = kernel.finish(one_call("mcp:wild/huge"))
    assert isinstance(huge, dict)
    text = str(huge["act"])
    assert text.endswith("… (cut: 4,000,000 characters more)")
    assert len(text) < 1_000_100
    seen = kernel.finish(one_call("mcp:wild/picture"))
    assert seen == {"act": "seen\n[image of 3 bytes, image/png: not kept]"}
    said = kernel.failure(one_call("mcp:wild/large"))
    assert "at most 1,000,000 are kept: ask for less" in said


def test_a_tool_that_says_it_failed_has_failed(guild: Guild, wild: Wild) -> None:
    """An agent is told its words, and goes on."""
    calls = (ScriptedCall(name="wild__failing"),)
    kernel = guild.kernel(Reply(calls=calls), Reply(text="so be it"))
    text = 'steps:\n  act:\n    agent: Try it.\n    tools: ["mcp:wild/failing"]\n'
    run_id = kernel.start(text)
    assert kernel.ended(run_id) == "succeeded"
    failed = kernel.client.state(run_id).instances[StepPath("act")].calls[1]
    assert failed.error is not None
    assert failed.error.message == "'failing' says: no such row"


def test_orders_in_a_description_are_words_alone(guild: Guild, wild: Wild) -> None:
    """A description that tells the model what to do gains no rights: its call is asked about."""
    kernel = guild.kernel(
        Reply(calls=(ScriptedCall(name="wild__vanish", arguments={"text": "told"}),)),
        Reply(text="refused"),
    )
    text = 'steps:\n  act:\n    agent: Look.\n    tools: ["mcp:wild"]\n'
    run_id = kernel.start(text)
    kernel.asked(run_id)
    kernel.decide(run_id, "reject", because="nobody asked for that")
    assert kernel.ended(run_id) == "succeeded"
    assert wild.notes == []


def test_a_policy_names_tools_as_workflows_do(guild: Guild, wild: Wild) -> None:
    """A rule over `mcp:wild/*` holds for an agent, whose model knows the tools by other names."""
    kernel = guild.kernel(Reply(calls=(ScriptedCall(name="wild__look"),)), Reply(text="so be it"))
    text = (
        'policy: [{tool: "mcp:wild/*", deny: true, because: not here}]\n'
        'steps:\n  act:\n    agent: Look.\n    tools: ["mcp:wild"]\n'
    )
    assert kernel.finish(text) == {"act": "so be it"}
    assert wild.lines("looks") == []


def test_a_server_that_nobody_calls_is_ended_and_comes_again(
    guild: Guild, wild: Wild, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes no room while it is not needed."""
    monkeypatch.setattr(kept, "IDLE_SECONDS", 0.2)
    kernel = guild.kernel()
    assert kernel.finish(one_call("mcp:wild/look")) == {"act": "look done"}
    assert waits_until(lambda: not _lives(wild.pid), 10)
    assert kernel.finish(one_call("mcp:wild/look")) == {"act": "look done"}
    assert len(wild.lines("pid")) == 2


def test_a_killed_guardian_takes_its_server_along(guild: Guild, wild: Wild) -> None:
    """Nothing is left that nobody watches."""
    os.kill(_parent(wild.pid), signal.SIGKILL)
    assert waits_until(lambda: not _lives(wild.pid), 10)


def test_a_server_that_ends_at_once_is_said_with_its_last_words(guild: Guild) -> None:
    """What it wrote to its standard error tells more than that it ended."""
    program = "import sys; sys.exit('no licence found')"
    guild.servers.declare({"bad": Server(command=(sys.executable, "-c", program))})
    guild.servers.ready(["bad"], 20)
    assert "it said: no licence found" in guild.servers.absent("mcp:bad/x")


def test_secrets_are_given_by_name_and_told_nowhere(
    guild: Guild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The value reaches the server alone: not the journal, the store, the log or an error."""
    monkeypatch.setenv("WILD_SECRET", "hunter2-hunter2")
    wild = Wild(tmp_path / "wild")
    guild.know(wild=wild.server.model_copy(update={"env": ("WILD_SECRET",)}))
    guild.trust("wild")
    kernel = guild.kernel()
    assert kernel.finish(one_call("mcp:wild/secret")) == {"act": "the secret is [WILD_SECRET]"}
    assert kernel.finish(one_call("mcp:wild/babble")) == {"act": "babble done"}
    log = guild.server("wild").log
    assert waits_until(lambda: bool(log.last()))
    assert "[WILD_SECRET]" in "\n".join(log.last())
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("store.db*") if path.is_file())
    assert b"hunter2" not in stored
    assert "hunter2" not in "\n".join(log.last())


def _lives(pid: int) -> bool:
    """Tell whether a process is there and no mere entry that nobody has collected."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
