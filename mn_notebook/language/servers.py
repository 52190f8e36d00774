"""Reads the servers that a workflow declares, and checks the names of their tools."""

import re
from collections.abc import Collection, Mapping
from typing import Protocol

from mn_notebook.domain.servers import HEADER_VALUE, SERVER_NAME, VARIABLE, Server, read_served
from mn_notebook.domain.workflow import Schema
from mn_notebook.errors import DefinitionError
from mn_notebook.language.findings import Findings
from mn_notebook.language.section import Section
from mn_notebook.language.text import read_text
from mn_notebook.language.tree import Fields, Scalar, described
from mn_notebook.language.words import hint

SERVER_KEYS = frozenset({"command", "url", "env", "headers", "timeout", "check"})
_FUNCTION = re.compile(r"[^\W\d][\w.]*(:[^\W\d][\w.]*)?")
_EXAMPLE = "{time: {command: [uvx, mcp-server-time]}}"


class KnownServers(Protocol):
    """The servers that the user knows besides those of a workflow, and the tools of each."""

    def names(self) -> Collection[str]:
        """Return the servers of the user's own file."""
        ...

    def tools(self, name: str, declared: Server | None) -> Mapping[str, Schema] | None:
        """Return the tools of a server with the schemas of their arguments; None: not known."""
        ...


def read_servers(section: Section, *, key: str = "servers") -> dict[str, Server]:
    """Return the servers that a text declares."""
    inner = section.section(key, key, f"a mapping such as {_EXAMPLE}")
    return {} if inner is None else _servers(inner)


def parse_servers(text: str, *, where: str) -> dict[str, Server]:
    """Return the servers of a user's own file: a mapping of names, as below ``servers:``.

    Raises:
        DefinitionError: with every problem that was found.
    """
    findings = Findings()
    if not text.strip():
        return {}
    root = read_text(text, findings)
    found = {} if root is None else _servers(Section(root, "the servers", findings))
    if findings.problems:
        raise DefinitionError(findings.problems, name=where)
    return found


def _servers(section: Section) -> dict[str, Server]:
    found: dict[str, Server] = {}
    for name, value in section.node:
        if not SERVER_NAME.fullmatch(name.text):
            message = f"expected a server's name of letters, digits, _ and -, found {name.text!r}"
            section.findings.problem(name.mark, message)
        elif not isinstance(value, Fields):
            message = f"expected how the server {name.text!r} is reached, found {described(value)}"
            section.findings.problem(value.mark, f"{message}; write: {_EXAMPLE}")
        else:
            server = _server(Section(value, "a server", section.findings))
            if server is not None:
                found[name.text] = server
    return found


def _server(section: Section) -> Server | None:
    section.check_keys(SERVER_KEYS)
    before = len(section.findings.problems)
    command = tuple(part.text for part in section.texts("command", "a list such as [uvx, NAME]"))
    url = section.text("url", "an address")
    if bool(command) == bool(url) and len(section.findings.problems) == before:
        section.findings.problem(
            section.node.mark, "expected either `command` or `url` for a server, and not both"
        )
    if url is not None and not url.text.startswith(("http://", "https://")):
        message = f"expected an address that begins with https://, found {url.text!r}"
        section.findings.problem(url.mark, message)
    fields = {
        "command": command,
        "url": url.text if url is not None else "",
        "env": _env(section),
        "headers": _headers(section),
        "check": _checks(section),
    }
    _check_place(section)
    seconds = section.duration("timeout")
    if len(section.findings.problems) > before:
        return None
    return Server.model_validate(
        fields if seconds is None else {**fields, "timeout_seconds": seconds}
    )


def _check_place(section: Section) -> None:
    for key, needs, other in (("env", "command", "headers"), ("headers", "url", "env")):
        if section.value(key) is not None and section.value(needs) is None:
            message = f"{key!r} is for a server with {needs!r}; write {other!r} for this one"
            section.findings.problem(section.mark(key), message)


def _env(section: Section) -> tuple[str, ...]:
    names = []
    for name in section.texts("env", "a list of names such as [API_TOKEN]"):
        if VARIABLE.fullmatch(name.text):
            names.append(name.text)
        else:
            section.findings.problem(
                name.mark,
                f"expected the name of an environment variable, found {name.text!r}; its value "
                "never stands in a workflow",
            )
    return tuple(names)


def _headers(section: Section) -> dict[str, str]:
    inner = section.section("headers", "headers", "a mapping such as {Authorization: WIKI_TOKEN}")
    found: dict[str, str] = {}
    for name, value in inner.node if inner is not None else ():
        text = value.text if isinstance(value, Scalar) else ""
        if HEADER_VALUE.fullmatch(text):
            found[name.text] = text
        else:
            section.findings.problem(
                value.mark,
                f"expected the name of the environment variable that holds {name.text!r}, such as "
                "WIKI_TOKEN or Bearer WIKI_TOKEN; its value never stands in a workflow",
            )
    return found


def _checks(section: Section) -> dict[str, str]:
    inner = section.section("check", "check", "a mapping such as {send_mail: was_sent}")
    found: dict[str, str] = {}
    for tool, value in inner.node if inner is not None else ():
        text = value.text if isinstance(value, Scalar) else ""
        if _FUNCTION.fullmatch(text):
            found[tool.text] = text
        else:
            section.findings.problem(
                value.mark,
                f"expected a function that tells whether a call of {tool.text!r} happened, found "
                f"{described(value)}",
            )
    return found


def check_served(
    tool: Scalar,
    declared: Mapping[str, Server],
    known: KnownServers | None,
    findings: Findings,
    *,
    alone: bool,
) -> None:
    """Report a tool of a server that nobody knows.

    ``alone``: one tool has to be named, not a whole server.
    """
    meant = read_served(tool.text)
    if meant is None:
        message = f"expected mcp:SERVER or mcp:SERVER/TOOL, found {tool.text!r}"
        findings.problem(tool.mark, message)
        return
    if known is None and meant.server not in declared:
        return  # nothing is known of what the user has
    names = {*declared, *(known.names() if known is not None else ())}
    if meant.server not in names:
        near = hint(meant.server, names, nouns="servers")
        message = f"unknown server {meant.server!r}{near or f'; declare it: servers: {_EXAMPLE}'}"
        findings.problem(tool.mark, message)
        return
    tools = known.tools(meant.server, declared.get(meant.server)) if known is not None else None
    if meant.tool is None:
        if alone:
            example = next(iter(tools or ()), "TOOL")
            message = f"expected one tool of the server, such as {tool.text}/{example}"
            findings.problem(tool.mark, message)
    elif tools is not None and meant.tool not in tools:
        near = hint(meant.tool, tools, nouns="its tools")
        findings.problem(tool.mark, f"the server {meant.server!r} has no tool {meant.tool!r}{near}")
