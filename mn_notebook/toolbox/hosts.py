"""Which addresses of the web a tool may ask, and which machines may stand behind their names."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from typing_extensions import override

from mn_notebook.errors import PermanentError, UsageError

_PORTS = {"https": 443, "http": 80}
_ENTRY = re.compile(
    r"(?:(?P<scheme>https?)://)?(?P<any>\*\.)?(?P<host>[^\s/:@?#*]+|\[[0-9a-fA-F:.]+\])"
    r"(?::(?P<port>\d{1,5}))?/?"
)
_NOT_OPEN = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "3fff::/20", "fec0::/10")))
"""Of protocols, of examples, and of sites, which Python does not know as such everywhere."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Host:
    """One entry of an allow-list."""

    scheme: str
    name: str
    port: int
    with_below: bool = False
    """Every name that ends in ``.name`` is meant, and not that name itself."""

    def allows(self, scheme: str, name: str, port: int) -> bool:
        """Tell whether an address is meant."""
        same = name.endswith(f".{self.name}") if self.with_below else name == self.name
        return same and scheme == self.scheme and port == self.port

    @override
    def __str__(self) -> str:
        scheme = "" if self.scheme == "https" else f"{self.scheme}://"
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        name = f"[{self.name}]" if ":" in self.name else self.name
        return f"{scheme}{'*.' * self.with_below}{name}{port}"


@dataclass(frozen=True, slots=True)
class Target:
    """An address that an allow-list lets through."""

    scheme: str
    name: str
    port: int
    url: str


def hosts_of(entries: Iterable[str]) -> tuple[Host, ...]:
    """Return an allow-list: ``api.example.com``, ``*.example.com``, ``http://localhost:8000``.

    An entry without ``http://`` allows HTTPS alone; without a port, only the usual one.

    Raises:
        UsageError: an entry is none of these, or there is none.
    """
    found = tuple(_entry(entry) for entry in entries)
    if not found:
        message = "expected at least one host, such as 'api.example.com'"
        raise UsageError(message)
    return found


def _entry(entry: str) -> Host:
    match = _ENTRY.fullmatch(entry.strip())
    if match is None:
        message = (
            f"expected a host such as 'api.example.com', '*.example.com' or "
            f"'http://localhost:8000', found {entry!r}"
        )
        raise UsageError(message)
    scheme = match["scheme"] or "https"
    port = int(match["port"] or _PORTS[scheme])
    try:
        name = _plain(match["host"].strip("[]"))
    except (UnicodeError, ValueError) as fault:
        message = f"{entry!r} is no name of a host"
        raise UsageError(message) from fault
    return Host(scheme, name, port, with_below=bool(match["any"]))


def allowed(url: str, hosts: tuple[Host, ...]) -> Target:
    """Return what a URL leads to.

    Raises:
        PermanentError: it is no address of the web, or not of an allowed host.
    """
    parts = _split(url)
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname:
        message = f"expected an address such as https://example.com/page, found {url!r}"
        raise PermanentError(message)
    if "@" in parts.netloc:
        message = f"expected an address without a user's name and password, found {parts.hostname}"
        raise PermanentError(message)
    try:
        name, port = _plain(parts.hostname), parts.port or _PORTS[scheme]
    except (UnicodeError, ValueError) as fault:
        message = f"expected an address such as https://example.com/page, found {url!r}"
        raise PermanentError(message) from fault
    if not any(host.allows(scheme, name, port) for host in hosts):
        listed = ", ".join(str(host) for host in hosts)
        asked = Host(scheme, name, port)
        message = f"{asked} is not among the hosts that may be asked: {listed}"
        raise PermanentError(message)
    return Target(scheme, name, port, parts._replace(fragment="").geturl())


def _split(url: str) -> SplitResult:
    if any(character.isspace() or ord(character) < 32 for character in url) or "\\" in url:
        message = f"expected an address without spaces and backslashes, found {url!r}"
        raise PermanentError(message)
    try:
        return urlsplit(url)
    except ValueError as fault:
        message = f"expected an address such as https://example.com/page, found {url!r}"
        raise PermanentError(message) from fault


def _plain(name: str) -> str:
    """Return a host's name as it is asked for: small ASCII letters, without a dot at its end."""
    plain = name.rstrip(".").lower()
    return plain if plain.isascii() else plain.encode("idna").decode()


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the open net: not to this machine or its network.

    Addresses that carry another one inside are judged by that one, too.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if found in _NAT64:
        return _is_open(ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF))
    return all(_is_open(one) for one in (found, *_inside(found)))


def _is_open(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if any(address in net for net in _NOT_OPEN if net.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _inside(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> list[ipaddress.IPv4Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    return [one for one in found if one is not None]


__all__ = ["Host", "Target", "allowed", "hosts_of", "is_public"]
