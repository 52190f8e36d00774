"""GET from some hosts of the web: from no others, and from no machine behind them."""

import contextlib
import gzip
import http.server
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from mn_notebook import toolbox
from mn_notebook.clock import SystemClock
from mn_notebook.errors import PermanentError, TransientError, UsageError
from mn_notebook.toolbox import web_tool
from mn_notebook.toolbox.hosts import allowed, hosts_of, is_public
from tests.integration.toolbox.using import Box

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


def answering(
    body: bytes = b"", kind: str = "text/plain", status: int = 200, **headers: str
) -> Answer:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def endlessly(handler: http.server.BaseHTTPRequestHandler) -> None:
    """Send a byte now and then, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/plain")
    handler.end_headers()
    pause = threading.Event()
    while True:
        handler.wfile.write(b"x")
        pause.wait(0.05)


class Server:
    """A web server on this machine that counts what it is asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append((self.path, dict(self.headers)))
                path = self.path.partition("?")[0]
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    server.answers.get(path, answering(b"nothing", status=404))(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://localhost:{self._server.server_port}"

    @property
    def port(self) -> int:
        return self._server.server_port

    def wrap(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


@pytest.fixture
def net(box: Box, server: Server) -> Box:
    """A tool that may ask the server, which is on this machine."""
    toolbox.http([server.address], may_be_private=True, max_bytes=100_000, registry=box.registry)
    return box


def test_data_and_pages_and_text(net: Box, server: Server) -> None:
    """JSON comes as data, HTML as the text that a person sees, other text as it is."""
    server.answers["/data"] = answering(b'{"a": [1, 2]}', "application/json")
    page = "<title>Größe</title><style>x</style><p>Up <b>3</b><script>evil()</script><li>Down"
    server.answers["/page"] = answering(page.encode("latin-1"), "text/html; charset=latin-1")
    server.answers["/text"] = answering(b"a,b\n", "text/csv")
    said = net.use("http_get", url=f"{server.address}/data?x=%2F1#part")
    assert said["json"] == {"a": [1, 2]}
    assert server.asked[0][0] == "/data?x=%2F1"
    assert server.asked[0][1]["Host"] == f"localhost:{server.port}"
    said = net.use("http_get", url=f"{server.address}/page")
    assert (said["title"], said["text"]) == ("Größe", "Up 3\nDown")
    assert net.use("http_get", url=f"{server.address}/text")["text"] == "a,b\n"
    assert net.registry.effects() == {"http_get": "read"}


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost:{port}/",
        "http://127.0.0.1:{port}/",
        "http://2130706433:{port}/",
        "http://localhost/",
        "http://localhost:1/",
        "http://localhost.evil.example:{port}/",
        "http://evil.example/?http://localhost:{port}/",
        "http://localhost:{port}@evil.example/",
        "http://user:pass@localhost:{port}/",
        "http://evil.example\\@localhost:{port}/",
        "http://localhost:{port}/ x",
        "http://localhost:{port}/\r\nX: y",
        "http:///path",
        "http://localhost:99999/",
        "http://[::1/",
        "file:///etc/passwd",
        "ftp://localhost:{port}/",
        "/etc/passwd",
        "",
    ],
)
def test_other_hosts_are_not_asked(net: Box, server: Server, url: str) -> None:
    """However an address is written, only what the list says is asked."""
    assert net.fault("http_get", PermanentError, url=url.format(port=server.port))
    assert server.asked == []


def test_a_name_that_leads_to_this_machine_is_refused(
    box: Box, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Being on the list is not enough: the name's owner could let it lead inside."""
    toolbox.http([server.address], registry=box.registry)
    said = box.fault("http_get", PermanentError, url=f"{server.address}/")
    assert "127.0.0.1" in said or "::1" in said
    assert "may_be_private=True" in said
    assert server.asked == []


def test_a_name_is_resolved_once(net: Box, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine that was judged is asked, whatever the name says a moment later."""
    server.answers["/"] = answering(b"here")
    really = socket.getaddrinfo
    resolved: list[Any] = []

    def counted(host: Any, *args: Any, **more: Any) -> Any:
        resolved.append(host)
        if host == "rebound.example":
            return really("127.0.0.1", *args, **more)
        return really(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", counted)
    toolbox.http([f"http://rebound.example:{server.port}"], registry=net.registry)
    url = f"http://rebound.example:{server.port}/"
    assert "127.0.0.1" in net.fault("http_get", PermanentError, url=url)
    assert server.asked == []
    monkeypatch.setattr(web_tool, "is_public", lambda _address: True)
    resolved.clear()
    assert net.use("http_get", url=url)["text"] == "here"
    assert resolved.count("rebound.example") == 1
    assert server.asked[0][1]["Host"] == f"rebound.example:{server.port}"


def test_one_private_address_of_many_is_enough_to_refuse(
    box: Box, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads to the open net and inside is not asked at all."""

    def both(_host: Any, port: Any, *_: Any, **__: Any) -> Any:
        kinds = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kinds, ("8.8.8.8", port)), (*kinds, ("10.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    toolbox.http(["example.com"], registry=box.registry)
    assert "10.0.0.1" in box.fault("http_get", PermanentError, url="https://example.com/")


def test_redirects_are_followed_on_the_same_host_alone(net: Box, server: Server) -> None:
    """Anywhere else, allowed or not, is asked only when somebody asks for it."""
    server.answers["/old"] = answering(status=302, Location="/new?x=1")
    server.answers["/new"] = answering(b"here")
    assert net.use("http_get", url=f"{server.address}/old")["url"] == f"{server.address}/new?x=1"
    other = Server()
    try:
        toolbox.http([server.address, other.address], may_be_private=True, registry=net.registry)
        for place in (other.address, "http://169.254.169.254/latest", "file:///etc/passwd", "//x/"):
            server.answers["/away"] = answering(status=307, Location=place)
            assert net.fault("http_get", PermanentError, url=f"{server.address}/away")
        assert other.asked == []
    finally:
        other.close()


def test_endless_redirects_end(net: Box, server: Server) -> None:
    """A ring is left."""
    server.answers["/ring"] = answering(status=301, Location="/ring")
    assert "times" in net.fault("http_get", PermanentError, url=f"{server.address}/ring")
    assert len(server.asked) == web_tool.MOST_REDIRECTS + 1


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
def test_packed_answers_are_unpacked_within_bounds(net: Box, server: Server, packing: str) -> None:
    """What is small on the wire and huge inside is refused before it is unpacked."""
    pack = gzip.compress if packing == "gzip" else zlib.compress
    server.answers["/small"] = answering(pack(b"small" * 10), Content_Encoding=packing)
    assert net.use("http_get", url=f"{server.address}/small")["text"] == "small" * 10
    bomb = pack(bytes(50_000_000))
    assert len(bomb) < 100_000
    server.answers["/bomb"] = answering(bomb, Content_Encoding=packing)
    assert "larger" in net.fault("http_get", PermanentError, url=f"{server.address}/bomb")
    server.answers["/odd"] = answering(b"xxx", Content_Encoding=packing)
    assert "packed" in net.fault("http_get", PermanentError, url=f"{server.address}/odd")


def test_other_packings_are_refused(net: Box, server: Server) -> None:
    """What nobody asked for is not unpacked by anybody."""
    server.answers["/"] = answering(b"x", Content_Encoding="br")
    assert "'br'" in net.fault("http_get", PermanentError, url=f"{server.address}/")
    assert server.asked[0][1]["Accept-Encoding"] == "gzip, deflate"


def test_large_answers_are_refused(net: Box, server: Server) -> None:
    """No more is read than may be."""
    server.answers["/"] = answering(b"x" * 100_001)
    assert "larger" in net.fault("http_get", PermanentError, url=f"{server.address}/")


def test_slow_answers_end(box: Box, server: Server) -> None:
    """The time counts for all of it, also where something arrives now and then."""
    server.answers["/"] = endlessly
    toolbox.http([server.address], may_be_private=True, max_seconds=0.4, registry=box.registry)
    assert "0.4 seconds" in box.fault("http_get", TransientError, url=f"{server.address}/")
    assert server.asked


def test_answers_that_are_no_text_are_refused(net: Box, server: Server) -> None:
    """A picture is nothing that a workflow could read."""
    server.answers["/"] = answering(b"x", "image/png")
    assert "image/png" in net.fault("http_get", PermanentError, url=f"{server.address}/")
    server.answers["/odd"] = answering(b"{", "application/json")
    assert "JSON" in net.fault("http_get", PermanentError, url=f"{server.address}/odd")


def test_busy_servers_may_be_asked_again(net: Box, server: Server) -> None:
    """What passes is tried again, after the time that the server says; the rest is final."""
    server.answers["/"] = answering(status=429, Retry_After="7")
    with pytest.raises(TransientError) as raised:
        net.use("http_get", url=f"{server.address}/")
    assert raised.value.retry_after_seconds == 7
    assert raised.value.later, "no attempt is used up"
    assert "404" in net.fault("http_get", PermanentError, url=f"{server.address}/none")


def test_a_server_that_is_not_there_may_come_back(net: Box, server: Server) -> None:
    """A refused connection is a passing trouble."""
    server.close()
    assert "localhost" in net.fault("http_get", TransientError, url=f"{server.address}/")


def test_headers_go_to_their_host_and_no_model_sees_them(box: Box, server: Server) -> None:
    """A token of the configuration is sent, and is in nothing that is shown or journaled."""
    server.answers["/"] = answering(b"in")
    toolbox.http(
        [server.address],
        may_be_private=True,
        headers={"localhost": {"Authorization": "Bearer canary"}, "other": {"X-Other": "canary"}},
        registry=box.registry,
    )
    said = box.use("http_get", url=f"{server.address}/")
    assert server.asked[0][1]["Authorization"] == "Bearer canary"
    assert "X-Other" not in server.asked[0][1]
    tool = box.tool("http_get")
    assert "canary" not in f"{said} {tool} {tool.spec({})} {tool.function!r}"


@pytest.fixture
def certified(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for ``named.example``, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "named.example")])
    now = SystemClock().now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("named.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = (tmp_path / "cert.pem", tmp_path / "key.pem")
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def test_a_certificate_is_that_of_the_name_and_not_of_the_address(
    box: Box, server: Server, certified: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection goes to an address, and the server must prove the name; nobody else may."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, certified))
    server.wrap(context)
    server.answers["/"] = answering(b"proven")
    really = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _, *args, **more: really("127.0.0.1", *args, **more)
    )
    hosts = [f"https://{name}.example:{server.port}" for name in ("named", "other")]
    toolbox.http(hosts, may_be_private=True, registry=box.registry)
    unknown = box.fault("http_get", TransientError, url=hosts[0])
    assert "certificate" in unknown.lower()
    trusting = ssl.create_default_context(cafile=str(certified[0]))
    client = httpx2.AsyncClient
    monkeypatch.setattr(httpx2, "AsyncClient", lambda **more: client(verify=trusting, **more))
    assert box.use("http_get", url=hosts[0])["text"] == "proven"
    assert "certificate" in box.fault("http_get", TransientError, url=hosts[1]).lower()


def test_proxies_of_the_environment_are_not_used(
    net: Box, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would resolve the name itself, and nobody would judge where it leads."""
    server.answers["/"] = answering(b"direct")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    assert net.use("http_get", url=f"{server.address}/")["text"] == "direct"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        *(("8.8.8.8", True), ("2606:4700::1", True), ("64:ff9b::808:808", True)),
        *(("127.0.0.1", False), ("127.9.9.9", False), ("0.0.0.0", False), ("10.1.2.3", False)),
        *(("172.16.0.1", False), ("192.168.1.1", False), ("100.64.0.1", False)),
        *(("169.254.169.254", False), ("224.0.0.1", False), ("255.255.255.255", False)),
        *(("::1", False), ("::", False), ("fe80::1%eth0", False), ("fc00::1", False)),
        *(("::ffff:127.0.0.1", False), ("::ffff:10.0.0.1", False), ("64:ff9b::7f00:1", False)),
        *(("fec0::1", False), ("192.0.0.8", False), ("3fff::1", False)),
        *(("2002:7f00:1::", False), ("ff02::1", False), ("nothing", False)),
    ],
)
def test_which_addresses_are_public(address: str, *, public: bool) -> None:
    """Addresses that carry another one inside are judged by that one, too."""
    assert is_public(address) is public


def test_entries_of_an_allow_list() -> None:
    """HTTPS is meant unless HTTP is said; names below a host are meant where that is said."""
    hosts = hosts_of(["Example.com.", "*.example.org", "http://localhost:8000", "bücher.example"])
    said = "example.com, *.example.org, http://localhost:8000, xn--bcher-kva.example"
    assert ", ".join(map(str, hosts)) == said
    for url in (
        *("https://example.com/x", "https://EXAMPLE.com:443", "https://a.b.example.org"),
        *("http://localhost:8000/?q", "https://bücher.example/"),
    ):
        assert allowed(url, hosts)
    for url in (
        *("http://example.com", "https://example.org", "https://xexample.org", "https://a.com"),
        *("https://www.example.com", "https://example.com:8443", "https://example.com.evil.org"),
    ):
        with pytest.raises(PermanentError, match="not among"):
            allowed(url, hosts)


@pytest.mark.parametrize(
    "entry", ["", "*", "https://", "a b", "example.com/path", "ftp://x", "a@b"]
)
def test_what_is_no_host_is_said(entry: str) -> None:
    """A mistake is told where it is made."""
    with pytest.raises(UsageError, match="expected a host"):
        toolbox.http([entry])
    with pytest.raises(UsageError):
        toolbox.http([])
