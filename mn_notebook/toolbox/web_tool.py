"""A tool that gets pages and data from some hosts of the web, and from no others."""

import asyncio
import json
import socket
import zlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from pydantic import JsonValue

from mn_notebook._version import __version__
from mn_notebook.agents.tools import ToolRegistry
from mn_notebook.errors import PermanentError, TransientError
from mn_notebook.toolbox.folder import MEGABYTE
from mn_notebook.toolbox.hosts import Host, Target, allowed, hosts_of, is_public
from mn_notebook.toolbox.making import prefixed, put
from mn_notebook.toolbox.pages import text_of_page

MOST_REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_PACKED = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


def http(
    hosts: Iterable[str],
    *,
    may_be_private: bool = False,
    headers: Mapping[str, Mapping[str, str]] | None = None,
    max_bytes: int = MEGABYTE,
    max_seconds: float = 30,
    prefix: str = "",
    registry: ToolRegistry | None = None,
) -> tuple[str, ...]:
    """Put the tool ``http_get`` into the box, and return its name.

    It sends GET to the hosts that are named, follows redirects only to the very same host, and
    speaks to machines of the open net alone: a name that leads to this machine or to a private
    network is refused when it is resolved, and the connection goes to the address that was judged.
    Proxies and passwords of the environment are not used.

    Args:
        hosts: ``api.example.com`` (HTTPS), ``*.example.com``, ``http://localhost:8000``.
        may_be_private: whether the hosts may be this machine, or in a private network.
        headers: by host, what is sent along there, such as a token; no model sees it.
        max_bytes: the most that is read of an answer, unpacked.
        max_seconds: how long all of it may take.
        prefix: put before the tool's name, for a second set of hosts.
        registry: where the tool is known; default: to everybody in this process.

    Raises:
        UsageError: a host is not written as one.
    """
    listed = hosts_of([hosts] if isinstance(hosts, str) else hosts)
    sent = {host.lower(): dict(said) for host, said in (headers or {}).items()}
    tool = WebTool(listed, max_bytes, max_seconds, may_be_private=may_be_private, headers=sent)
    about = {"url": f"One of these hosts: {', '.join(str(host) for host in listed)}."}
    name = prefixed(prefix, "http_get")
    return (put(registry, tool.http_get, name=name, effect="read", about=about),)


@dataclass(frozen=True, slots=True)
class WebTool:
    """The tool, over some hosts."""

    hosts: tuple[Host, ...]
    max_bytes: int
    max_seconds: float
    may_be_private: bool = False
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    async def http_get(self, url: str) -> dict[str, JsonValue]:
        """Get a page as text, or data as JSON, from the web.

        Args:
            url: the address.
        """
        target = allowed(url, self.hosts)
        try:
            async with asyncio.timeout(self.max_seconds):
                return await self._got(target)
        except TimeoutError as fault:
            message = f"{target.name} did not answer in full within {self.max_seconds:g} seconds"
            raise TransientError(message) from fault

    async def _got(self, target: Target) -> dict[str, JsonValue]:
        import httpx2

        timeout = httpx2.Timeout(self.max_seconds)
        async with httpx2.AsyncClient(trust_env=False, timeout=timeout) as client:
            for _ in range(MOST_REDIRECTS + 1):
                try:
                    answer = await self._asked(client, target)
                except httpx2.TransportError as fault:
                    said = str(fault) or type(fault).__name__
                    message = f"{target.name} could not be asked: {said}"
                    raise TransientError(message) from fault
                if isinstance(answer, dict):
                    return answer
                target = answer
        message = f"{target.name} redirects more than {MOST_REDIRECTS} times"
        raise PermanentError(message)

    async def _asked(self, client: Any, target: Target) -> dict[str, JsonValue] | Target:
        """Return what a host answers, or where it says that the answer is."""
        address = await self._address(target)
        request = client.build_request(
            "GET",
            _at(target, address),
            headers={
                "Host": _named(target),
                "User-Agent": f"mn-notebook/{__version__}",
                "Accept-Encoding": "gzip, deflate",
                **self.headers.get(target.name, {}),
            },
            extensions={"sni_hostname": target.name},
        )
        response = await client.send(request, stream=True)
        try:
            if response.status_code in _MOVED and "location" in response.headers:
                return self._moved(target, response.headers["location"])
            _refuse_failures(target, response)
            kind, charset = _kind_of(target, response)
            content = await self._content(target, response)
        finally:
            await response.aclose()
        return {"url": target.url, "status": response.status_code} | _read(
            target, content, kind, charset
        )

    async def _address(self, target: Target) -> str:
        """Return the address of the machine that is asked, which is the one that was judged."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(target.name, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as fault:
            message = f"the name {target.name!r} leads nowhere: {fault}"
            raise TransientError(message) from fault
        addresses = [str(entry[4][0]) for entry in found]
        private = next((one for one in addresses if not is_public(one)), None)
        if private is not None and not self.may_be_private:
            message = (
                f"{target.name!r} leads to {private}, which is not of the open net; where that is "
                "meant, say mn.toolbox.http(..., may_be_private=True)"
            )
            raise PermanentError(message)
        return addresses[0]

    def _moved(self, target: Target, location: str) -> Target:
        moved = allowed(urljoin(target.url, location), self.hosts)
        if (moved.name, moved.port) != (target.name, target.port) or (
            moved.scheme != target.scheme and moved.scheme != "https"
        ):
            message = (
                f"{target.name} redirects to another place, {moved.url!r}; a redirect is followed "
                "only to the very same host: ask for that address itself"
            )
            raise PermanentError(message)
        return moved

    async def _content(self, target: Target, response: Any) -> bytes:
        packing = response.headers.get("content-encoding", "identity").strip().lower()
        if packing not in ("identity", "", *_PACKED):
            message = f"{target.name} answers packed as {packing!r}, which was not asked for"
            raise PermanentError(message)
        chunks = response.aiter_raw()
        if packing in _PACKED:
            chunks = self._unpacked(target, chunks, _PACKED[packing])
        content = bytearray()
        async for chunk in chunks:
            content += chunk
            if len(content) > self.max_bytes:
                raise PermanentError(self._too_large(target))
        return bytes(content)

    async def _unpacked(
        self, target: Target, chunks: AsyncIterator[bytes], how: int
    ) -> AsyncIterator[bytes]:
        """Unpack without ever holding more than may be read: a small answer can be huge inside."""
        unpacker = zlib.decompressobj(how)
        async for chunk in chunks:
            try:
                yield unpacker.decompress(chunk, self.max_bytes + 1)
            except zlib.error as fault:
                message = f"{target.name} says that its answer is packed, and it is not: {fault}"
                raise PermanentError(message) from fault
            if unpacker.unconsumed_tail:
                raise PermanentError(self._too_large(target))

    def _too_large(self, target: Target) -> str:
        return f"the answer of {target.name} is larger than the {self.max_bytes:,} bytes allowed"


def _at(target: Target, address: str) -> str:
    """Return a URL with an address in the place of the name."""
    host = f"[{address}]" if ":" in address else address
    rest = target.url.partition("://")[2]
    path = rest[len(rest.partition("/")[0].partition("?")[0]) :]
    return f"{target.scheme}://{host}:{target.port}{path if path.startswith('/') else '/' + path}"


def _named(target: Target) -> str:
    """Return what the host is told that it is called."""
    name = f"[{target.name}]" if ":" in target.name else target.name
    usual = {"https": 443, "http": 80}[target.scheme]
    return name if target.port == usual else f"{name}:{target.port}"


def _refuse_failures(target: Target, response: Any) -> None:
    status = response.status_code
    if 200 <= status < 300:
        return
    message = f"{target.name} answered {status} {response.reason_phrase}".rstrip()
    if status in _BUSY:
        said = response.headers.get("retry-after", "")
        seconds = float(said) if said.isascii() and said.isdigit() else None
        later = status == 429 or (status == 503 and seconds is not None)
        raise TransientError(message, retry_after_seconds=seconds, later=later)
    raise PermanentError(message)


def _kind_of(target: Target, response: Any) -> tuple[str, str]:
    """Return the kind of an answer and its characters' encoding.

    Raises:
        PermanentError: it is neither text nor data.
    """
    said = response.headers.get("content-type", "text/plain")
    kind = said.partition(";")[0].strip().lower()
    subtype = kind.partition("/")[2]
    is_text = kind.startswith("text/") or subtype in ("json", "xml", "javascript", "x-ndjson")
    if not is_text and not subtype.endswith(("+json", "+xml")):
        message = f"expected text, HTML or JSON from {target.name}, found {kind!r}"
        raise PermanentError(message)
    return kind, response.charset_encoding or "utf-8"


def _read(target: Target, content: bytes, kind: str, charset: str) -> dict[str, JsonValue]:
    try:
        text = content.decode(charset, errors="replace")
    except LookupError:
        text = content.decode(errors="replace")
    if kind.endswith(("/json", "+json")):
        try:
            return {"type": kind, "json": json.loads(text)}
        except (ValueError, RecursionError) as fault:
            message = f"{target.name} says that it answers JSON, and it does not: {fault}"
            raise PermanentError(message) from fault
    if kind in ("text/html", "application/xhtml+xml"):
        title, shown = text_of_page(text)
        return {"type": kind, "title": title, "text": shown}
    return {"type": kind, "text": text}


__all__ = ["MOST_REDIRECTS", "WebTool", "http"]
