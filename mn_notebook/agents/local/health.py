"""The question whether a server answers."""

import http.client
import json
from collections.abc import Mapping


def is_healthy(port: int, *, within_seconds: float) -> bool:
    """Say whether the server on this port of the loopback interface is ready for requests."""
    return _get(port, "/health", {}, within_seconds)[0] == http.client.OK


def context_tokens(port: int, api_key: str, *, within_seconds: float) -> int | None:
    """Ask the server how long prompt and answer together may be; None if it does not say."""
    _, body = _get(port, "/props", {"Authorization": f"Bearer {api_key}"}, within_seconds)
    try:
        return int(json.loads(body)["default_generation_settings"]["n_ctx"])
    except (ValueError, KeyError, TypeError):
        return None


def _get(
    port: int, path: str, headers: Mapping[str, str], within_seconds: float
) -> tuple[int, bytes]:
    # Not through a library that would obey a proxy of the environment.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=within_seconds)
    try:
        connection.request("GET", path, headers=dict(headers))
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
