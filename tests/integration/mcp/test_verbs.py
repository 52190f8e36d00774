"""Servers from a terminal: looked at, trusted, used, and named in what is wrong."""

from pathlib import Path

import pytest

from tests.integration.mcp.guild import Wild
from tests.integration.terminal import Terminal, furnish

FLOW = """workflow: flow
servers:
  wild: {{command: [{command}]}}
steps:
  act:
    tool: mcp:wild/{tool}
    args: {{}}
"""


@pytest.fixture
def wild(tmp_path: Path) -> Wild:
    return Wild(tmp_path / "wild")


@pytest.fixture
def mn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wild: Wild
) -> Terminal:
    furnish(tmp_path, monkeypatch)
    monkeypatch.setenv("MN_SERVERS", str(tmp_path / "servers.yaml"))
    monkeypatch.setenv("MN_TRUST", str(tmp_path / "trust.json"))
    command = ", ".join(f"'{part}'" for part in wild.server.command)
    for name in ("look", "lok"):
        text = FLOW.format(command=command, tool=name)
        (tmp_path / f"{name}.yaml").write_text(text)
    own = f"own: {{command: [{command}], timeout: 5s}}\n"
    (tmp_path / "servers.yaml").write_text(own)
    return Terminal(tmp_path, capsys)


def test_a_terminal_waits_for_a_server_trusts_it_and_runs(mn: Terminal, wild: Wild) -> None:
    """Asked about before it is trusted; by itself afterwards; asked again when that is revoked."""
    assert "When you approve, the call is made once" in mn("run", "look.yaml", code=3)
    assert wild.lines("looks") == []
    said = mn("trust", "wild", "look", "note", "--workflow", "look.yaml")
    assert "look: read, asks nobody" in said
    assert "note: write, asks before each call; it has no hints: say what it does with" in said
    assert "look done" in mn("run", "look.yaml")
    assert len(wild.lines("looks")) == 1
    assert "mcp:wild/look" in mn("show", "look.yaml")
    assert "1 tool of wild trusted no more" in mn("trust", "wild", "look", "--revoke")
    mn("run", "look.yaml", code=3)


def test_servers_tells_what_each_offers(mn: Terminal, wild: Wild) -> None:
    """With effect, trust and the server's own hints; what changed since it was trusted is said."""
    listed = mn("servers")
    assert "○ own · not started" in listed
    assert wild.lines("pid") == [], "a list starts nothing"
    mn("trust", "own", "look", "note")
    wild.put("description", "Another one.")
    shown = mn("servers", "own")
    assert "✓ own · here · wild 1, MCP 2025-11-25" in shown
    assert "read       look · trusted · it reads only, destroys nothing, stays inside" in shown
    assert "write      note · changed since · it says nothing" in shown
    line = mn.json("servers", "own")[0]
    assert line["servers"][0]["tools"][0]["name"] == "note"
    assert "did you mean 'own'?" in mn("servers", "onw", code=2)
    assert "✓ server own" in mn("doctor", code=0)


def test_a_file_that_is_only_looked_at_starts_nothing(mn: Terminal, wild: Wild) -> None:
    """Whoever sends a file gets none of its commands run by being read, and no name of a server
    replaced by his."""
    assert "mcp:wild/look" in mn("check", "look.yaml")
    assert "mcp:wild/look" in mn("show", "look.yaml")
    assert wild.lines("pid") == []
    assert "there is no server 'wild'" in mn("servers", "wild", code=2)


def test_mistakes_are_told_with_what_would_be_right(mn: Terminal) -> None:
    """An unknown server, a tool that it has not, and a secret in the text."""
    mn("servers", "wild", "--workflow", "look.yaml")
    text = (mn.folder / "look.yaml").read_text()
    for wrong, right, said in (
        ("mcp:wild/", "mcp:wlid/", "unknown server 'wlid'; did you mean 'wild'?"),
        ("mcp:wild/look", "mcp:wild", "expected one tool of the server, such as mcp:wild/"),
        ("mcp:wild/look", "mcp:wild:look", "expected mcp:SERVER or mcp:SERVER/TOOL"),
        ("]}", "], env: ['sk-1234!']}", "expected the name of an environment variable"),
        ("]}", "], url: 'http://x'}", "expected either `command` or `url`"),
        ("]}", "], headers: {A: B}}", "'headers' is for a server with 'url'"),
        ("command: [", "comand: [", "did you mean 'command'?"),
    ):
        (mn.folder / "wrong.yaml").write_text(text.replace(wrong, right, 1))
        assert said in mn("check", "wrong.yaml", code=2)
    assert "has no tool 'lok': did you mean 'look'?" in mn("run", "lok.yaml", code=2)
