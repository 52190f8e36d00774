"""Servers that nobody here wrote: both transports, both protocols."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.domain.servers import Server
from mn_notebook.testing import Reply, ScriptedCall
from tests.integration.house import waits_until
from tests.integration.mcp.guild import Guild, installed, node, one_call

TIME = ".servers/new/bin/mcp-server-time"


@pytest.fixture
def guild(tmp_path: Path) -> Iterator[Guild]:
    found = Guild(tmp_path)
    yield found
    found.close()


def test_time_tells_an_hour_after_a_person_has_allowed_it(guild: Guild) -> None:
    """Without trust every tool of a server is taken for one that writes, whatever it says."""
    program = installed("new", "bin", "mcp-server-time")
    kernel = guild.kernel()
    text = f"servers:\n  time: {{command: ['{program}']}}\n" + one_call(
        "mcp:time/get_current_time", timezone="Asia/Tokyo"
    )
    run_id = kernel.start(text)
    kernel.asked(run_id)
    kernel.decide(run_id, "approve")
    assert kernel.ended(run_id) == "succeeded"
    output = kernel.output(run_id)
    assert isinstance(output, dict)
    assert output["act"]["timezone"] == "Asia/Tokyo"  # type: ignore[index,call-overload]
    assert guild.server("time").protocol == "2026-07-28"
    assert kernel.kinds(run_id).count("tool.started") == 1


def test_git_reads_by_itself_and_commits_after_a_question(guild: Guild, tmp_path: Path) -> None:
    """What the user trusts goes by its hints; a commit is asked about all the same."""
    repository = tmp_path / "repository"
    git = ("git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    for name in ("user.name", "user.email"):
        subprocess.run([*git, "config", name, "ann@example.org"], check=True)
    (repository / "a.txt").write_text("one")
    subprocess.run([*git, "add", "a.txt"], check=True)
    guild.know(git=Server(command=(installed("new", "bin", "mcp-server-git"),)))
    guild.trust("git")
    effects = [guild.effect(f"mcp:git/git_{name}") for name in ("status", "add", "commit")]
    assert effects == ["read", "idempotent", "write"]
    place = {"repo_path": str(repository)}
    kernel = guild.kernel(
        Reply(calls=(ScriptedCall(name="git__git_status", arguments=place),)),
        Reply(calls=(ScriptedCall(name="git__git_commit", arguments={**place, "message": "m"}),)),
        Reply(text="done"),
    )
    run_id = kernel.start('steps:\n  work:\n    agent: Commit it.\n    tools: ["mcp:git"]\n')
    asked = kernel.asked(run_id)
    assert [call.tool for call in asked.calls] == ["git__git_commit"]
    kernel.decide(run_id, "approve")
    assert kernel.ended(run_id) == "succeeded"
    log = subprocess.run([*git, "log", "--format=%s"], check=True, capture_output=True, text=True)
    assert log.stdout.split() == ["m"]


def test_sqlite_of_the_old_protocol_says_nothing_and_is_trusted_by_the_user_himself(
    guild: Guild, tmp_path: Path
) -> None:
    """A server without hints writes; a user's word on one tool lets that one read. Its complaint
    about a query comes as a success: it is data, and the workflow sees it."""
    program = installed("old", "bin", "mcp-server-sqlite")
    guild.know(db=Server(command=(program, "--db-path", str(tmp_path / "x.db"))))
    assert guild.server("db").protocol == "2025-11-25"
    guild.trust("db")
    assert guild.effect("mcp:db/read_query") == "write"
    guild.trust("db", "read_query", effect="read")
    assert guild.effect("mcp:db/read_query") == "read"
    assert guild.effect("mcp:db/write_query") == "write"
    kernel = guild.kernel()
    assert kernel.finish(one_call("mcp:db/read_query", query="SELECT 1 AS n")) == {
        "act": "[{'n': 1}]"
    }
    complaint = kernel.finish(one_call("mcp:db/read_query", query="SELECT * FROM none"))
    assert "no such table" in str(complaint)


def test_everything_over_http_comes_and_goes(guild: Guild, tmp_path: Path) -> None:
    """A server by its address; when it ends, a call that may be repeated waits for the next one."""
    port = _free_port()

    def started() -> "subprocess.Popen[bytes]":
        command = node("mcp-server-everything", "streamableHttp")
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, env={"PORT": str(port)}, stdout=quiet, stderr=quiet)
        assert waits_until(lambda: _listens(port), 20)
        return process

    process = started()
    try:
        guild.know(all=Server(url=f"http://127.0.0.1:{port}/mcp"))
        guild.trust("all")
        assert guild.effect("mcp:all/echo") == "read"
        kernel = guild.kernel()
        assert kernel.finish(one_call("mcp:all/echo", message="hi")) == {"act": "Echo: hi"}
        process.kill()
        process.wait()
        process = started()
        assert kernel.finish(one_call("mcp:all/echo", message="again")) == {"act": "Echo: again"}
    finally:
        process.kill()
        process.wait()


def test_the_newest_protocol_over_http_with_headers_from_the_environment(
    guild: Guild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Headers get their values from variables; a result echoes none of them. Killed in the middle
    of a write, the server leaves it in doubt, as one on this machine does."""
    monkeypatch.setenv("TEAM_TOKEN", "t0ken-of-the-team")
    monkeypatch.setenv("TEAM_NAME", "research")
    port = _free_port()
    script = Path(__file__).with_name("modern.py")
    with subprocess.Popen(
        [sys.executable, str(script), str(port)], stderr=subprocess.DEVNULL
    ) as it:
        try:
            assert waits_until(lambda: _listens(port), 20)
            headers = {"Authorization": "Bearer TEAM_TOKEN", "X-Team": "TEAM_NAME"}
            guild.know(team=Server(url=f"http://127.0.0.1:{port}/mcp", headers=headers))
            assert guild.server("team").protocol == "2026-07-28"
            guild.trust("team")
            kernel = guild.kernel()
            assert kernel.finish(one_call("mcp:team/add", a=2, b=3)) == {"act": {"result": 5}}
            said = kernel.finish(one_call("mcp:team/caller"))
            assert said == {"act": {"result": "Bearer [TEAM_TOKEN] of [TEAM_NAME]"}}
            sign = tmp_path / "sign"
            run_id = kernel.start(one_call("mcp:team/linger", file=str(sign)))
            kernel.asked(run_id)
            kernel.decide(run_id, "approve")
            assert waits_until(sign.exists, 20)
            it.kill()
            request = kernel.asked(run_id, "in_doubt")
            assert "broke" in request.evidence
        finally:
            it.kill()


def test_sqlite_killed_in_the_middle_of_a_write_leaves_it_in_doubt(
    guild: Guild, tmp_path: Path
) -> None:
    """A real server, a real SIGKILL: the journal beside the database proves that it was at work.
    The write is neither repeated nor taken for done; the person finds that nothing came of it."""
    program = installed("old", "bin", "mcp-server-sqlite")
    file = tmp_path / "x.db"
    guild.know(db=Server(command=(program, "--db-path", str(file))))
    guild.trust("db", "read_query", effect="read")
    kernel = guild.kernel()
    run_id = kernel.start(one_call("mcp:db/create_table", query="CREATE TABLE t (n INTEGER)"))
    kernel.asked(run_id)
    kernel.decide(run_id, "approve")
    assert kernel.ended(run_id) == "succeeded"
    numbers = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 90000000)"
    query = f"INSERT INTO t {numbers} SELECT n FROM c"
    # The server looks at how a statement begins.
    run_id = kernel.start(one_call("mcp:db/write_query", query=query))
    kernel.asked(run_id)
    kernel.decide(run_id, "approve")
    assert waits_until(Path(f"{file}-journal").exists, 30)
    for pid in _processes_with(str(file)):
        if Path(f"/proc/{pid}/cmdline").read_bytes().find(b"lifeline") < 0:
            os.kill(pid, signal.SIGKILL)
    request = kernel.asked(run_id, "in_doubt")
    assert "broke the call off" in request.evidence
    assert kernel.finish(one_call("mcp:db/read_query", query="SELECT count(*) AS c FROM t")) == {
        "act": "[{'c': 0}]"
    }
    kernel.decide(run_id, "reject", because="nothing came of it")
    assert kernel.ended(run_id) == "failed"
    assert kernel.kinds(run_id).count("tool.started") == 1


def _processes_with(argument: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if argument in words and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_filesystem_writes_only_below_its_folder(guild: Guild, tmp_path: Path) -> None:
    """What a tool says is an error fails the step, with its words."""
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    guild.know(files=Server(command=node("mcp-server-filesystem", str(allowed))))
    guild.trust("files")
    kernel = guild.kernel()
    path = str(allowed / "a.txt")
    run_id = kernel.start(one_call("mcp:files/write_file", path=path, content="kept"))
    kernel.asked(run_id)
    kernel.decide(run_id, "approve")
    assert kernel.ended(run_id) == "succeeded"
    assert Path(path).read_text() == "kept"
    outside = kernel.start(one_call("mcp:files/write_file", path="/no/where", content="x"))
    kernel.asked(outside)
    kernel.decide(outside, "approve")
    assert kernel.ended(outside) == "failed"
    assert "ccess denied" in kernel.error(outside)
