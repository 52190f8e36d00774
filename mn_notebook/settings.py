"""How the program is set up: traitlets, with the environment as their defaults.

This is the only module that reads the environment.
"""

import getpass
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import platformdirs
from traitlets import Bool, Dict, Enum, Integer, Unicode, default
from traitlets.config import Configurable

from mn_notebook.domain.budget_words import read_budget
from mn_notebook.domain.budgets import DEFAULT, filled
from mn_notebook.domain.durations import parse_duration
from mn_notebook.domain.rates import Rate
from mn_notebook.domain.workflow import Budget
from mn_notebook.errors import UsageError


class MnSettings(Configurable):
    """Settings of `mn_notebook`; in a notebook also ``%config MnSettings.store = "…"``."""

    store = Unicode(
        help="Where the store is: a path or sqlite:///PATH. Default: MN_STORE, else one per user."
    ).tag(config=True)
    durability = Enum(
        ("full", "normal"),
        help=(
            "full: a commit is on the disk before anything depends on it. normal: faster, survives "
            "the death of a process, but the last commits may be lost when the machine loses its "
            "power, and what they recorded may then be done again. Default: MN_DURABILITY, else "
            "full."
        ),
    ).tag(config=True)
    base_url = Unicode(help="An OpenAI-compatible server. Default: OPENAI_BASE_URL.").tag(
        config=True
    )
    model = Unicode(
        help="The model that steps use which name none. Default: MN_MODEL, else OPENAI_MODEL."
    ).tag(config=True)
    model_path = Unicode(help="A GGUF file for the embedded model. Default: MN_MODEL_PATH.").tag(
        config=True
    )
    model_threads = Integer(
        0, help="Threads of the embedded model; 0 leaves one core free. Default: MN_MODEL_THREADS."
    ).tag(config=True)
    model_streams = Bool(
        help=(
            "Whether the server may send answers piece by piece, so that they can be watched. "
            "Default: MN_MODEL_STREAMS, else yes."
        )
    ).tag(config=True)
    model_tools = Enum(
        ["native", "schema"],
        help=(
            "How the server's models are asked for tool calls: native, or schema (a choice in a "
            "JSON Schema, for small models whose native calls fail). Default: MN_MODEL_TOOLS, "
            "else native."
        ),
    ).tag(config=True)
    max_model_calls = Integer(
        16, min=1, help="The most calls that this process has under way at one model server."
    ).tag(config=True)
    policy = Unicode(
        help=(
            "A file with rules about tool calls that hold for all runs of this process, besides "
            "those of workflows. Default: MN_POLICY, else none."
        )
    ).tag(config=True)
    servers = Unicode(
        help=(
            "A file of this user's with servers of tools, as below `servers:` in a workflow. "
            "Default: MN_SERVERS, else servers.yaml in the user's folder for configuration."
        )
    ).tag(config=True)
    trust = Unicode(
        help=(
            "The file that keeps which tools of servers this user trusts. Default: MN_TRUST, else "
            "one in the user's folder for data."
        )
    ).tag(config=True)
    run_budget = Unicode(
        help=(
            "The most that a run may spend where neither its workflow nor `%mn run --budget` says "
            "it, such as 'usd=1 calls=200 tokens=500000 time=2h'; what is left out is 1 dollar and "
            "200 calls. Default: MN_RUN_BUDGET."
        )
    ).tag(config=True)
    day_budget = Unicode(
        help=(
            "The most that all runs of the store may spend on a day (UTC), such as 'usd=10'. "
            "Default: MN_DAY_BUDGET, else nothing bounds it."
        )
    ).tag(config=True)
    class_budgets = Unicode(
        help=(
            "The most that all runs of a class (a workflow's `group`) may spend on a day (UTC), "
            "such as 'operations: usd=5; research: usd=2 calls=500'. Default: MN_CLASS_BUDGETS."
        )
    ).tag(config=True)
    unknown_price = Enum(
        ["allow", "block"],
        help=(
            "Whether a model is asked of which nobody knows the price: allow, or block (the run "
            "then asks first). A workflow's budget may say it for itself. Default: "
            "MN_UNKNOWN_PRICE, else allow."
        ),
    ).tag(config=True)
    cheaper_model = Unicode(
        help=(
            "The model that a run may go on with when its budget is used up, where its workflow "
            "names none. Default: MN_CHEAPER_MODEL."
        )
    ).tag(config=True)
    rates = Dict(
        help=(
            "How often models may be called by all runs of the store together: by provider, model "
            'or provider/model, such as {"openai": {"requests": 500, "tokens": 200000}, '
            '"openai/gpt-*": {"requests": 60, "per": "1m"}}. Default: MN_RATES, as JSON, else no '
            "limit."
        )
    ).tag(config=True)
    notebook = Unicode(
        help="Which notebook this kernel belongs to. Default: MN_NOTEBOOK, else what Jupyter says."
    ).tag(config=True)
    user = Unicode(help="Who decides, in the journal. Default: MN_USER, else the login.").tag(
        config=True
    )
    wait = Bool(
        help=(
            "Whether `%mn run` waits for the end. Default: MN_WAIT, else only where nobody looks "
            "at the notebook, as under nbclient."
        )
    ).tag(config=True)
    max_attempts = Integer(
        64, min=1, help="The most attempts that this process has under way at once."
    ).tag(config=True)

    notify = Unicode(
        help=(
            "Who is told when something waits for a person: a command, or an address that begins "
            "with https:// or http://. Default: MN_NOTIFY, else nobody."
        )
    ).tag(config=True)
    notify_quiet = Unicode(
        help=(
            "Hours in which nobody is told, in this machine's time, such as 22:00-07:00. Default: "
            "MN_NOTIFY_QUIET, else none."
        )
    ).tag(config=True)
    notify_every = Integer(
        min=0,
        help=(
            "Seconds between two notices; what begins to wait meanwhile comes together in the "
            "next one. Default: MN_NOTIFY_EVERY, else 60."
        ),
    ).tag(config=True)
    notify_details = Bool(
        help=(
            "Whether notices tell the arguments of the calls that wait. Default: "
            "MN_NOTIFY_DETAILS, else no."
        )
    ).tag(config=True)
    toolbox_folder = Unicode(
        help=(
            "The folder whose files list_files, read_file and sql may read. Default: "
            "MN_TOOLBOX_FOLDER, else none: then there are no such tools."
        )
    ).tag(config=True)
    toolbox_writes = Bool(
        help=(
            "Whether write_file may make new files in that folder. Default: MN_TOOLBOX_WRITES, "
            "else no."
        )
    ).tag(config=True)
    toolbox_hosts = Unicode(
        help=(
            "The hosts that http_get may ask, with commas between them. Default: "
            "MN_TOOLBOX_HOSTS, else none: then there is no such tool."
        )
    ).tag(config=True)
    toolbox_notebooks = Unicode(
        help=(
            "The folder whose notebooks run_notebook may run. Default: MN_TOOLBOX_NOTEBOOKS, "
            "else none: then there is no such tool."
        )
    ).tag(config=True)

    @default("store")
    def _store(self) -> str:
        folder = Path(platformdirs.user_data_dir("mn_notebook", appauthor=False))
        return os.environ.get("MN_STORE") or str(folder / "store.db")

    @default("durability")
    def _durability(self) -> str:
        said = os.environ.get("MN_DURABILITY") or "full"
        if said not in ("full", "normal"):
            message = f"MN_DURABILITY: expected full or normal, found {said!r}"
            raise UsageError(message)
        return said

    @default("base_url")
    def _base_url(self) -> str:
        return os.environ.get("MN_BASE_URL") or os.environ.get("OPENAI_BASE_URL", "")

    @default("model")
    def _model(self) -> str:
        return os.environ.get("MN_MODEL") or os.environ.get("OPENAI_MODEL", "")

    @default("model_path")
    def _model_path(self) -> str:
        return os.environ.get("MN_MODEL_PATH", "")

    @default("model_threads")
    def _model_threads(self) -> int:
        said = os.environ.get("MN_MODEL_THREADS") or "0"
        try:
            return int(said)
        except ValueError as fault:
            message = f"MN_MODEL_THREADS: expected a whole number, found {said!r}"
            raise UsageError(message) from fault

    @default("model_streams")
    def _model_streams(self) -> bool:
        return _is_yes(os.environ.get("MN_MODEL_STREAMS") or "yes")

    @default("model_tools")
    def _model_tools(self) -> str:
        said = (os.environ.get("MN_MODEL_TOOLS") or "native").strip().lower()
        if said not in ("native", "schema"):
            message = f"MN_MODEL_TOOLS: expected native or schema, found {said!r}"
            raise UsageError(message)
        return said

    @default("policy")
    def _policy(self) -> str:
        return os.environ.get("MN_POLICY", "")

    @default("rates")
    def _rates(self) -> dict[str, Any]:
        said = os.environ.get("MN_RATES") or "{}"
        try:
            found = json.loads(said)
        except ValueError as fault:
            message = f"MN_RATES: expected JSON such as {RATES_EXAMPLE}, found {said!r}: {fault}"
            raise UsageError(message) from fault
        if not isinstance(found, dict):
            message = f"MN_RATES: expected an object such as {RATES_EXAMPLE}, found {said!r}"
            raise UsageError(message)
        return found

    @default("notify")
    def _notify(self) -> str:
        return os.environ.get("MN_NOTIFY", "")

    @default("notify_quiet")
    def _notify_quiet(self) -> str:
        return os.environ.get("MN_NOTIFY_QUIET", "")

    @default("notify_every")
    def _notify_every(self) -> int:
        said = os.environ.get("MN_NOTIFY_EVERY") or "60"
        if not (said.isascii() and said.isdigit()):
            message = f"MN_NOTIFY_EVERY: expected a whole number of seconds, found {said!r}"
            raise UsageError(message)
        return int(said)

    @default("notify_details")
    def _notify_details(self) -> bool:
        return _is_yes(os.environ.get("MN_NOTIFY_DETAILS", ""))

    @default("toolbox_folder")
    def _toolbox_folder(self) -> str:
        return os.environ.get("MN_TOOLBOX_FOLDER", "")

    @default("toolbox_writes")
    def _toolbox_writes(self) -> bool:
        return _is_yes(os.environ.get("MN_TOOLBOX_WRITES", ""))

    @default("toolbox_hosts")
    def _toolbox_hosts(self) -> str:
        return os.environ.get("MN_TOOLBOX_HOSTS", "")

    @default("toolbox_notebooks")
    def _toolbox_notebooks(self) -> str:
        return os.environ.get("MN_TOOLBOX_NOTEBOOKS", "")

    @default("servers")
    def _servers(self) -> str:
        folder = Path(platformdirs.user_config_dir("mn_notebook", appauthor=False))
        return os.environ.get("MN_SERVERS") or str(folder / "servers.yaml")

    @default("trust")
    def _trust(self) -> str:
        folder = Path(platformdirs.user_data_dir("mn_notebook", appauthor=False))
        return os.environ.get("MN_TRUST") or str(folder / "trust.json")

    @default("run_budget")
    def _run_budget(self) -> str:
        return os.environ.get("MN_RUN_BUDGET", "")

    @default("day_budget")
    def _day_budget(self) -> str:
        return os.environ.get("MN_DAY_BUDGET", "")

    @default("class_budgets")
    def _class_budgets(self) -> str:
        return os.environ.get("MN_CLASS_BUDGETS", "")

    @default("unknown_price")
    def _unknown_price(self) -> str:
        said = (os.environ.get("MN_UNKNOWN_PRICE") or "allow").strip().lower()
        if said not in ("allow", "block"):
            message = f"MN_UNKNOWN_PRICE: expected allow or block, found {said!r}"
            raise UsageError(message)
        return said

    @default("cheaper_model")
    def _cheaper_model(self) -> str:
        return os.environ.get("MN_CHEAPER_MODEL", "")

    @default("notebook")
    def _notebook(self) -> str:
        named = os.environ.get("MN_NOTEBOOK") or os.environ.get("JPY_SESSION_NAME")
        return os.path.abspath(named) if named else os.getcwd()  # noqa: PTH100, PTH109 - may not exist

    @default("user")
    def _user(self) -> str:
        named = os.environ.get("MN_USER")
        if named:
            return named
        try:
            return getpass.getuser()
        except (OSError, KeyError, ImportError):  # no entry for this user, as in containers
            return "unknown"

    @default("wait")
    def _wait(self) -> bool:
        said = os.environ.get("MN_WAIT")
        if said is not None:
            return _is_yes(said)
        return not self.is_attended()

    def is_attended(self) -> bool:
        """Tell whether somebody sits before this kernel, as far as the environment shows."""
        signs = ("JPY_SESSION_NAME", "VSCODE_PID", "VSCODE_CWD", "COLAB_RELEASE_TAG")
        return any(sign in os.environ for sign in signs)

    @property
    def policy_path(self) -> Path | None:
        """Return where the user's own policy stands, if there is one."""
        return Path(self.policy).expanduser() if self.policy else None

    @property
    def tool_mode(self) -> Literal["native", "schema"]:
        """Return how the server's models are asked for tool calls."""
        return "schema" if self.model_tools == "schema" else "native"

    @property
    def granted(self) -> Budget:
        """Return the budget of a run of which nothing else is said.

        Raises:
            UsageError: the setting is no budget.
        """
        said = _budget("run_budget (MN_RUN_BUDGET)", self.run_budget)
        price = Budget(unknown_price="block" if self.unknown_price == "block" else "allow")
        return filled(said, DEFAULT, price)

    @property
    def by_class(self) -> dict[str, Budget]:
        """Return what runs may spend on a day: by class, and under '' all of them together.

        Raises:
            UsageError: a setting is no budget.
        """
        name = "class_budgets (MN_CLASS_BUDGETS)"
        found: dict[str, Budget] = {}
        if self.day_budget.strip():
            found[""] = _budget("day_budget (MN_DAY_BUDGET)", self.day_budget)
        for part in filter(None, (one.strip() for one in self.class_budgets.split(";"))):
            whose, colon, said = part.partition(":")
            if not colon or not whose.strip():
                message = f"{name}: expected CLASS: usd=…, found {part!r}"
                raise UsageError(message)
            found[whose.strip()] = _budget(name, said)
        timed = next((whose for whose, budget in found.items() if budget.seconds), None)
        if timed is not None:
            raise UsageError(f"{name if timed else 'day_budget'}: a day's budget has no time")
        return found

    @property
    def declared_rates(self) -> tuple[Rate, ...]:
        """Return the rates that are declared.

        Raises:
            UsageError: one of them cannot be understood; the message says what is expected.
        """
        return tuple(_rate(pattern, said) for pattern, said in self.rates.items())

    @property
    def api_key(self) -> str | None:
        """Return the key for the model's server; never shown, never stored."""
        return os.environ.get("OPENAI_API_KEY") or None

    def variable(self, name: str) -> str | None:
        """Return an environment variable that somebody named, for the server that needs it."""
        return os.environ.get(name)

    @property
    def host(self) -> str:
        """Return this machine's name."""
        return socket.gethostname()


RATES_EXAMPLE = '{"openai": {"requests": 60, "tokens": 90000}}'
_RATE_KEYS = ("requests", "tokens", "per")


def _rate(pattern: str, said: Any) -> Rate:
    def wrong(found: str) -> UsageError:
        where = f"rates[{pattern!r}]"
        return UsageError(
            f"{where}: expected requests, tokens or both, and perhaps per, as in {RATES_EXAMPLE}; "
            f"found {found}"
        )

    if not isinstance(said, dict):
        raise wrong(repr(said))
    unknown = [key for key in said if key not in _RATE_KEYS]
    if unknown or not ("requests" in said or "tokens" in said):
        raise wrong(f"the keys {', '.join(map(repr, said)) or 'none'}")
    for key in ("requests", "tokens"):
        much = said.get(key, 1)
        if not isinstance(much, int) or isinstance(much, bool) or much < 1:
            raise wrong(f"{key}: {much!r}, which is no whole number above 0")
    try:
        seconds = parse_duration(str(said.get("per", "1m")))
    except ValueError as fault:
        raise wrong(f"per: {said['per']!r} ({fault})") from fault
    if seconds <= 0:
        raise wrong(f"per: {said['per']!r}, which is no time")
    return Rate(pattern, said.get("requests"), said.get("tokens"), seconds)


def environment() -> Mapping[str, str]:
    """Return the environment as it is now."""
    return os.environ


def secrets_file() -> str:
    """Return the path of the user's file of secrets, or ''."""
    return os.environ.get("MN_SECRETS", "")


def _is_yes(said: str) -> bool:
    return said.strip().lower() not in ("", "0", "false", "no", "off")


def _budget(name: str, said: str) -> Budget:
    try:
        return read_budget(said)
    except ValueError as fault:
        message = f"{name}: {fault}"
        raise UsageError(message) from fault
