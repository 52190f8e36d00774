"""The embedded model for real: a downloaded file, a server process, several user processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import openai
import pytest

from mn_notebook.agents.endpoints import ConfiguredEndpoints
from mn_notebook.agents.local import LocalModel, LocalModels, Progress
from mn_notebook.agents.local.choice import EmbeddedChoice
from mn_notebook.agents.local.install import Shelf
from mn_notebook.agents.local.locks import is_locked
from mn_notebook.agents.local.server_process import Patience
from mn_notebook.agents.model import OpenAIModels
from mn_notebook.clock import SystemClock
from mn_notebook.domain.messages import Message, ModelRequest
from mn_notebook.errors import PermanentError
from tests.unit.agents.local.tiny_model import slow_shelf

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).parents[2]
NAME = "smollm2-135m"
PATIENCE = Patience(ready_seconds=60, health_seconds=1, health_tries=2)
LABEL = {
    "type": "json_schema",
    "json_schema": {
        "name": "label",
        "schema": {
            "type": "object",
            "properties": {"label": {"enum": ["bug", "question"]}, "urgent": {"type": "boolean"}},
            "required": ["label", "urgent"],
            "additionalProperties": False,
        },
    },
}

USER = f"""
import asyncio, sys
from pathlib import Path
from mn_notebook.agents.local import LocalModels

async def use():
    models = LocalModels(cache_dir=Path(sys.argv[1]), runtime_dir=Path(sys.argv[2]), threads=1)
    endpoint = await models.endpoint(models.choose({NAME!r}))
    print(endpoint.base_url, flush=True)
    sys.stdin.readline()

asyncio.run(use())
"""

INSTALLER = """
import sys
from pathlib import Path
from tests.unit.agents.local.tiny_model import slow_shelf

slow_shelf(Path(sys.argv[1]), seconds=0.3).install("tiny")
"""


@dataclass(frozen=True)
class Place:
    """Where one test's users and server meet."""

    cache: Path
    runtime: Path

    def server_pid(self) -> int:
        return int(next(self.runtime.glob("*/server.lock")).read_text())

    def has_server(self) -> bool:
        return any(is_locked(path) for path in self.runtime.glob("*/server.lock"))

    def start_user(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", USER, str(self.cache), str(self.runtime)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def address(user: subprocess.Popen[str]) -> str:
    assert user.stdout is not None
    return user.stdout.readline().strip()


def kill(user: subprocess.Popen[str]) -> None:
    user.kill()
    user.communicate()


def wait_until(is_so: Callable[[], bool], *, within_seconds: float) -> None:
    end = time.monotonic() + within_seconds
    while not is_so():
        assert time.monotonic() < end, "not within the time allowed"
        time.sleep(0.05)  # noqa: TID251 - other processes do not follow a clock of ours


def reaches(path: Path, size: int) -> bool:
    return path.exists() and path.stat().st_size >= size


def client_of(base_url: str, api_key: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=base_url, api_key=api_key, max_retries=0, timeout=60)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("MN_TEST_CACHE")
    folder = Path(named) if named else tmp_path_factory.mktemp("models")
    Shelf(folder).install(NAME)
    return folder


@pytest.fixture
def place(cache: Path, tmp_path: Path) -> Iterator[Place]:
    place = Place(cache, tmp_path / "servers")
    yield place
    if place.has_server():
        os.kill(place.server_pid(), signal.SIGKILL)


@pytest.fixture
async def models(place: Place) -> AsyncIterator[LocalModels]:
    models = LocalModels(
        cache_dir=place.cache, runtime_dir=place.runtime, threads=1, patience=PATIENCE
    )
    yield models
    models.close()


@pytest.fixture
def model(models: LocalModels) -> LocalModel:
    model = models.choose(NAME)
    assert model is not None
    return model


async def test_model_answers_by_schema_with_usage(models: LocalModels, model: LocalModel) -> None:
    """A chat answer and a constrained one arrive, both with usage; a wrong key is refused."""
    told: list[Progress] = []
    endpoint = await models.endpoint(model, on_progress=told.append)
    assert told
    async with client_of(endpoint.base_url, endpoint.api_key) as client:
        chat = await client.chat.completions.create(
            model=endpoint.model_name,
            messages=[{"role": "user", "content": "Say hello."}],
            max_tokens=8,
        )
        label: Any = await client.chat.completions.create(
            model=endpoint.model_name,
            messages=[{"role": "user", "content": "The button does nothing when I press it."}],
            response_format=LABEL,  # type: ignore[call-overload]
            max_tokens=40,
        )
    assert chat.model == NAME
    assert chat.choices[0].message.content
    assert chat.usage is not None
    assert chat.usage.completion_tokens > 0
    assert set(json.loads(label.choices[0].message.content)) == {"label", "urgent"}
    assert label.usage.prompt_tokens > 0
    async with client_of(endpoint.base_url, "wrong") as stranger:
        with pytest.raises(openai.AuthenticationError):
            await stranger.chat.completions.create(
                model=NAME, messages=[{"role": "user", "content": "Hello"}], max_tokens=1
            )


async def test_answer_is_streamed_and_asked_for_by_choice(
    models: LocalModels, model: LocalModel
) -> None:
    """Through our own client: text in pieces, with what it used, and free of charge."""
    local = ConfiguredEndpoints(None, None, None, EmbeddedChoice(models))
    client = OpenAIModels(local, SystemClock())
    seen: list[str] = []
    request = ModelRequest(
        model=f"local:{NAME}",
        messages=(Message(role="user", content="Count from one to ten."),),
        max_tokens=12,
        temperature=0.0,
    )
    answer = await client.complete(request, timeout_seconds=60, on_text=seen.append)
    await client.aclose()
    profile = client.profile(request.model)
    assert (profile.tool_mode, profile.streams, profile.parallel_calls) == ("schema", True, 1)
    assert len(seen) > 2
    assert "".join(seen) == answer.message.content
    assert answer.usage is not None
    assert 0 < answer.usage.output_tokens <= 12
    assert (answer.provider, answer.price.usd, answer.scripted) == ("local", Decimal(0), False)


async def test_second_question_for_the_endpoint_is_cheap(
    models: LocalModels, model: LocalModel
) -> None:
    """Asking before every call costs next to nothing while the server is well."""
    first = await models.endpoint(model)
    began_at = time.monotonic()
    assert await models.endpoint(model) == first
    assert time.monotonic() - began_at < 1


def test_users_share_a_server_that_outlives_all_but_the_last(place: Place) -> None:
    """Users that start at once meet one server; it survives one user's kill, and not the last's."""
    users = [place.start_user() for _ in range(2)]
    assert len({address(user) for user in users}) == 1
    pid = place.server_pid()

    kill(users[0])
    time.sleep(5)  # noqa: TID251 - longer than the server lingers
    assert place.has_server()
    assert place.server_pid() == pid

    kill(users[1])
    wait_until(lambda: not place.has_server(), within_seconds=8)


async def test_killed_server_is_replaced(
    place: Place, models: LocalModels, model: LocalModel
) -> None:
    """A server that was killed harms no user, and the next question starts another one."""
    first = await models.endpoint(model)
    killed = place.server_pid()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not place.has_server(), within_seconds=5)
    second = await models.endpoint(model)
    assert second.api_key != first.api_key
    assert place.server_pid() != killed


async def test_hung_server_is_replaced(
    place: Place, models: LocalModels, model: LocalModel
) -> None:
    """A server that lives but does not answer is ended and replaced."""
    await models.endpoint(model)
    hung = place.server_pid()
    os.kill(hung, signal.SIGSTOP)
    wait_until(lambda: is_stopped(hung), within_seconds=5)
    await models.endpoint(model)
    assert place.server_pid() != hung


def is_stopped(pid: int) -> bool:
    """A stop reaches the threads of a process one after another."""
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "T"


async def test_close_ends_an_unused_server(
    place: Place, models: LocalModels, model: LocalModel
) -> None:
    """A user that leaves on purpose counts no longer."""
    await models.endpoint(model)
    models.close()
    wait_until(lambda: not place.has_server(), within_seconds=8)


async def test_damaged_file_is_an_error_that_teaches(tmp_path: Path) -> None:
    """A server that dies while it loads takes nobody along and says why."""
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(b"GGUF" + b"\xff" * 5000)
    models = LocalModels(
        cache_dir=tmp_path / "cache",
        runtime_dir=tmp_path / "servers",
        model_path=damaged,
        threads=1,
    )
    model = models.choose()
    assert model is not None
    with pytest.raises(PermanentError, match=r"The server of damaged ended with .* it said: "):
        await models.endpoint(model)
    models.close()


async def test_own_file_is_served_under_its_name(place: Place, models: LocalModels) -> None:
    """A GGUF file that the user names needs no catalogue."""
    own = LocalModels(
        cache_dir=place.cache / "none",
        runtime_dir=place.runtime,
        model_path=place.cache / f"{NAME}.gguf",
        threads=1,
    )
    model = own.choose()
    assert model is not None
    endpoint = await own.endpoint(model)
    assert endpoint.model_name == NAME
    assert endpoint.context_tokens == 8192
    own.close()


async def test_killed_starter_leaves_a_server_to_join(
    place: Place, models: LocalModels, model: LocalModel
) -> None:
    """Whoever comes after a starter that died while the model was loading gets a server."""
    starter = place.start_user()
    wait_until(place.has_server, within_seconds=20)
    kill(starter)
    endpoint = await models.endpoint(model)
    async with client_of(endpoint.base_url, endpoint.api_key) as client:
        assert [listed.id async for listed in client.models.list()] == [NAME]


def test_killed_installer_is_resumed(tmp_path: Path) -> None:
    """Killed with any number of parts in place, an installation goes on and ends complete."""
    shelf = slow_shelf(tmp_path, seconds=0)
    unfinished = tmp_path / "tiny.unfinished"
    for parts in range(1, len(shelf.catalog[0].parts)):
        installer = subprocess.Popen([sys.executable, "-c", INSTALLER, str(tmp_path)], cwd=ROOT)
        end = shelf.catalog[0].offsets[parts]
        wait_until(partial(reaches, unfinished, end), within_seconds=20)
        installer.kill()
        installer.wait()
        assert shelf.installed() == ()
    assert shelf.install("tiny").stat().st_size == shelf.catalog[0].content_bytes
    assert {path.name for path in tmp_path.iterdir()} == {"tiny.gguf", "tiny.lock"}
