"""A server of the newest protocol over streamable HTTP, made with the SDK: ``modern.py PORT``."""

import sys
import threading
from pathlib import Path

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp_types import ToolAnnotations

server = MCPServer("modern")
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)


@server.tool(annotations=READS)
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool(annotations=READS)
def caller(context: Context) -> str:
    """Tell who calls, as the headers say."""
    headers = context.headers or {}
    return f"{headers.get('authorization')} of {headers.get('x-team')}"


@server.tool()
def linger(file: str) -> str:
    """Leave a sign that the call has come, and never answer."""
    Path(file).write_text("come")
    threading.Event().wait()
    return "never"


if __name__ == "__main__":
    server.run(transport="streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
