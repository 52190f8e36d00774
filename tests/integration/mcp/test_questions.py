"""A server asks a person in the middle of a call: durably, where its protocol lets it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.domain.servers import Server
from mn_notebook.errors import UsageError
from mn_notebook.testing import Reply, ScriptedCall
from tests.integration.house import waits_until
from tests.integration.mcp.guild import Guild, Wild, node, one_call

SIGN = one_call("mcp:wild/ask", text="contract")


@pytest.fixture
def guild(tmp_path: Path) -> Iterator[Guild]:
    found = Guild(tmp_path)
    yield found
    found.close()


@pytest.fixture
def wild(guild: Guild, tmp_path: Path) -> Wild:
    made = Wild(tmp_path / "wild", "new")
    guild.know(wild=made.server)
    guild.trust("wild")
    return made


def test_a_question_is_answered_after_a_restart_by_another_life_of_the_server(
    guild: Guild, wild: Wild
) -> None:
    """The server's state and its form are in the journal; no process waits for the answer."""
    first = guild.kernel()
    run_id = first.start(SIGN)
    first.asked(run_id)
    first.decide(run_id, "approve")
    request = first.asked(run_id, "ask")
    assert request.prompt == "mcp:wild/ask asks: Who signs?"
    first.runtime.close()
    assert waits_until(lambda: not guild.server("wild").is_live)
    client = guild.client()
    with pytest.raises(UsageError, match="needs name"):
        client.answer(run_id, request, {"copies": 2})
    client.answer(run_id, request, {"name": "Ann"})
    second = guild.kernel()
    assert second.ended(run_id) == "succeeded", second.error(run_id)
    assert second.output(run_id) == {"act": "signed by Ann"}
    assert wild.notes == ["contract signed by Ann after 'sealed contract'"]
    kinds = second.kinds(run_id)
    assert kinds.count("tool.asked") == 1
    assert kinds.count("tool.started") == 2
    assert kinds.count("approval.requested") == 2


def test_the_key_is_the_same_before_and_after_the_answer(guild: Guild, wild: Wild) -> None:
    """It is one call; whoever keeps books finds one key."""
    kernel = guild.kernel()
    run_id = kernel.start(SIGN)
    shown = kernel.asked(run_id).calls[0].key
    kernel.decide(run_id, "approve")
    request = kernel.asked(run_id, "ask")
    kernel.client.answer(run_id, request, {"name": "Bob"})
    kernel.runtime.ring()
    assert kernel.ended(run_id) == "succeeded"
    assert wild.keys == [shown]


def test_a_declined_question_is_told_to_the_server(guild: Guild, wild: Wild) -> None:
    """The server says what becomes of its call then; nothing is done behind its back."""
    kernel = guild.kernel(
        Reply(calls=(ScriptedCall(name="wild__ask", arguments={"text": "lease"}),)),
        Reply(text="not signed"),
    )
    run_id = kernel.start('steps:\n  act:\n    agent: Sign.\n    tools: ["mcp:wild/ask"]\n')
    kernel.asked(run_id)
    kernel.decide(run_id, "approve")
    kernel.asked(run_id, "ask")
    kernel.decide(run_id, "reject", because="not today")
    assert kernel.ended(run_id) == "succeeded"
    assert wild.notes == []
    picture = kernel.client.picture(run_id)
    assert picture.nodes[0].status == "succeeded"


def test_a_question_of_the_old_protocol_is_declined_at_once(guild: Guild) -> None:
    """It could only be answered while the call is held open: the server is told that nobody is
    there, in words that say what a server can do about it."""
    guild.know(all=Server(command=node("mcp-server-everything", "stdio")))
    tool = "trigger-elicitation-request"
    assert f"mcp:all/{tool}" in guild.servers.expand("mcp:all"), "it offers to ask"
    kernel = guild.kernel()
    run_id = kernel.start(one_call(f"mcp:all/{tool}"))
    kernel.asked(run_id)
    kernel.decide(run_id, "approve")
    assert kernel.ended(run_id) == "failed"
    assert "nobody can be asked while the call is held open" in kernel.error(run_id)
