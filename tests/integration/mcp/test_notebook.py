"""Servers in a notebook: a cell names them, and shows at once what their tools may do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.errors import DefinitionError, UsageError
from mn_notebook.runtime.servers import servers_of
from mn_notebook.settings import MnSettings
from mn_notebook.verbs.define import define
from mn_notebook.verbs.servers import servers, trust
from mn_notebook.verbs.session import Session
from tests.integration.mcp.guild import Wild

CELL = """servers:
  wild: {{command: [{command}]}}
steps:
  note:
    tool: mcp:wild/{tool}
    args: {{text: hello}}
  read:
    agent: What is there? {{{{ note }}}}
    tools: ["mcp:wild"]
"""


@pytest.fixture
def wild(tmp_path: Path) -> Wild:
    return Wild(tmp_path / "wild")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    settings = MnSettings(
        store=str(tmp_path / "store.db"),
        notebook=str(tmp_path / "a.ipynb"),
        servers=str(tmp_path / "servers.yaml"),
        trust=str(tmp_path / "trust.json"),
        user="ann",
    )
    found = Session(settings, via="notebook", namespace={})
    yield found
    found.close()
    servers_of(settings).close()


def cell(wild: Wild, tool: str = "note") -> str:
    command = ", ".join(f"'{part}'" for part in wild.server.command)
    return CELL.format(command=command, tool=tool)


def test_a_cell_shows_the_effects_of_a_servers_tools(session: Session, wild: Wild) -> None:
    """All of them write until they are trusted; then each as it is described."""
    shown = define(session, "flow", cell(wild)).outline
    note, read = shown.nodes
    assert [(tool.name, tool.effect) for tool in note.tools] == [("mcp:wild/note", "write")]
    assert {tool.effect for tool in read.tools} == {"write"}
    assert len(read.tools) == 14
    trust(session, "wild", effect=None)
    shown = define(session, "flow", cell(wild)).outline
    effects = {tool.name: tool.effect for tool in shown.nodes[1].tools}
    assert effects["mcp:wild/look"] == "read"
    assert effects["mcp:wild/note"] == "write"
    assert any("7 read tools" in may or "8 read tools" in may for may in shown.may_do)


def test_a_cell_that_names_a_tool_that_is_not_there_is_told_the_nearest(
    session: Session, wild: Wild
) -> None:
    """With its arguments checked against the schema that the server gave."""
    with pytest.raises(DefinitionError, match="has no tool 'nte'; did you mean 'note'"):
        define(session, "flow", cell(wild, "nte"))
    wrong = cell(wild).replace("text: hello", "txt: hello")
    with pytest.raises(DefinitionError, match="did you mean 'text'"):
        define(session, "flow", wrong)


def test_a_cell_whose_server_does_not_come_is_right_all_the_same(session: Session) -> None:
    """Nothing is known of its tools, so that nothing is wrong with them; the run will wait."""
    text = "servers:\n  none: {command: [no-such-program]}\nsteps:\n  a: {tool: mcp:none/x}\n"
    shown = define(session, "flow", text).outline
    assert shown.nodes[0].tools[0].effect == "write"
    with pytest.raises(UsageError, match="the command 'no-such-program' of the server 'none'"):
        servers(session, "none")


def test_the_users_own_file_is_read_again_when_it_changed(
    session: Session, wild: Wild, tmp_path: Path
) -> None:
    """A mistake in it is told with its line; a workflow's own word comes first."""
    file = tmp_path / "servers.yaml"
    file.write_text("own: {url: ftp://x}\n")
    with pytest.raises(UsageError, match="begins with https://"):
        servers(session)
    assert "begins with https://" in servers_of(session.settings).absent("mcp:own/look")
    command = ", ".join(f"'{part}'" for part in wild.server.command)
    file.write_text(f"own: {{command: [{command}], timeout: 1m}}\n# changed\n")
    assert [line.name for line in servers(session).servers] == ["own"]
    assert servers(session, "own").servers[0].state == "here"
