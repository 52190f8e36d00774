"""Servers of tools in a workflow's text."""

import pytest

from mn_notebook.domain.servers import Server, read_served
from mn_notebook.errors import DefinitionError
from mn_notebook.language import parse_cell, parse_file
from mn_notebook.language.builder import Workflow
from mn_notebook.language.servers import parse_servers
from mn_notebook.language.written import written

TEXT = """workflow: w
servers:
  time: {command: [uvx, mcp-server-time], env: [TZ_KEY], timeout: 5s, check: {set: was_set}}
  wiki: {url: "https://x/mcp", headers: {Authorization: Bearer WIKI_TOKEN}}
steps:
  now: {tool: mcp:time/get_current_time, args: {timezone: UTC}}
  plan: {agent: "Plan at {{ now }}.", tools: ["mcp:wiki", "mcp:time/convert_time"]}
"""


def test_servers_are_read_and_written() -> None:
    """What a text declares stands in the workflow, and a written workflow reads back the same."""
    workflow = parse_file(TEXT).workflow
    assert workflow.servers["time"] == Server(
        command=("uvx", "mcp-server-time"),
        env=("TZ_KEY",),
        timeout_seconds=5,
        check={"set": "was_set"},
    )
    assert workflow.servers["wiki"].variables == ("WIKI_TOKEN",)
    assert parse_file(written(workflow)).workflow.hash == workflow.hash


def test_a_workflow_without_servers_keeps_its_hash() -> None:
    """What was hashed before there were servers is named as before."""
    plain = parse_cell("w", "steps:\n  a: {agent: Hi.}\n").workflow
    assert "servers" not in plain.model_dump(exclude_defaults=True)


def test_a_builder_declares_servers() -> None:
    """As everything else that a text says."""
    flow = Workflow("w", servers={"time": {"command": ["uvx", "mcp-server-time"]}})
    flow.tool("now", "mcp:time/get_current_time", args={"timezone": "UTC"})
    assert flow.check().workflow.servers["time"].place == "uvx mcp-server-time"


def test_how_long_a_call_may_take_does_not_make_another_server() -> None:
    """Trust is not lost for a longer timeout, and is for another argument."""
    server = Server(command=("a", "b"))
    assert server.hash == Server(command=("a", "b"), timeout_seconds=9).hash
    assert server.hash != Server(command=("a", "b", "c")).hash


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("s: {}", "expected either `command` or `url`"),
        ("s: {command: [a], url: 'https://x'}", "and not both"),
        ("s: {command: a b}", "write: command: [a b]"),
        ("s: uvx", "expected how the server 's' is reached"),
        ("9s: {command: [a]}", "expected a server's name"),
        ("s: {command: [a], env: [API-KEY]}", "its value never stands in a workflow"),
        ("s: {command: [a], env: {K: v}}", "expected a list of names"),
        ("s: {url: 'https://x', headers: {A: Bearer sk-123}}", "such as WIKI_TOKEN or Bearer"),
        ("s: {url: 'https://x', env: [A]}", "'env' is for a server with 'command'"),
        ("s: {command: [a], check: {t: [f]}}", "expected a function that tells whether"),
        ("s: {comand: [a]}", "did you mean 'command'?"),
    ],
)
def test_mistakes_are_told(line: str, said: str) -> None:
    """In a workflow and in a user's file alike."""
    with pytest.raises(DefinitionError) as wrong:
        parse_servers(f"{line}\n", where="servers.yaml")
    assert said in str(wrong.value)
    with pytest.raises(DefinitionError) as wrong:
        parse_cell("w", f"servers:\n  {line}\nsteps:\n  a: {{agent: Hi.}}\n")
    assert said in str(wrong.value)


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        ("mcp:", "expected mcp:SERVER or mcp:SERVER/TOOL"),
        ("mcp:time:now", "expected mcp:SERVER or mcp:SERVER/TOOL"),
        ("mcp:time", "expected one tool of the server"),
    ],
)
def test_names_of_tools_are_checked(tool: str, said: str) -> None:
    """Also where nothing is known of what the servers offer."""
    text = f"servers: {{time: {{command: [a]}}}}\nsteps:\n  a: {{tool: '{tool}'}}\n"
    with pytest.raises(DefinitionError) as wrong:
        parse_cell("w", text)
    assert said in str(wrong.value)


def test_a_bound_argument_needs_one_tool() -> None:
    """Nobody can tell which tool of a whole server it is meant for."""
    text = (
        "servers: {s: {command: [a]}}\n"
        "steps:\n  a: {agent: Hi., tools: [{'mcp:s': {region: eu}}]}\n"
    )
    with pytest.raises(DefinitionError, match="expected one tool of the server"):
        parse_cell("w", text)


def test_names_are_read() -> None:
    """A server, or one of its tools; nothing else."""
    assert read_served("mcp:a-b/c.d/e") == ("a-b", "c.d/e")
    assert read_served("pkg.mod:fn") is None
    assert read_served("mcp:/x") is None
