"""Reads what was typed after ``mn`` or ``%mn``: one grammar, derived from the verbs themselves."""

import inspect
import io
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from cyclopts import (
    App,
    Argument,
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    Token,
    UnknownOptionError,
    UnusedCliTokensError,
)
from rich.console import Console

from mn_notebook.errors import UsageError
from mn_notebook.verbs.catalogue import GROUPS, LATER_OPTIONS, LATER_VERBS, VERBS, summary_of
from mn_notebook.verbs.examples import examples_of
from mn_notebook.verbs.mistakes import unknown_option, unknown_verb
from mn_notebook.verbs.options import Flag, Several
from mn_notebook.verbs.results import Result
from mn_notebook.verbs.session import Session

COMPLETION = "completion"
"""What a terminal offers besides the verbs; a notebook has its own TAB completion."""

ALWAYS = ("--json", "--help")
"""Options of every verb in a terminal."""

_HELP = ("--help", "-h", "?")
_WIDTH = 110


@dataclass(frozen=True, slots=True)
class Typed:
    """A verb and its arguments, understood."""

    verb: str
    arguments: inspect.BoundArguments

    def call(self, session: Session) -> Result:
        """Do it.

        Raises:
            MnError: it cannot be done.
        """
        result: Result = VERBS[self.verb](session, *self.arguments.args, **self.arguments.kwargs)
        return result


@dataclass(frozen=True, slots=True)
class Help:
    """What somebody asked to be told about the verbs."""

    text: str


def split(line: str) -> list[str]:
    """Part a line into arguments as a shell does; nothing is expanded.

    Raises:
        UsageError: a quote is not closed.
    """
    try:
        return shlex.split(line)
    except ValueError as fault:
        message = f"a quote is opened and not closed in {line!r}"
        raise UsageError(message) from fault


def parse(tokens: Sequence[str], *, program: str) -> Typed | Help:
    """Understand what was typed after ``program``.

    Raises:
        UsageError: one sentence that says what is wrong, and the usage of the verb.
    """
    if tokens[:1] == ["help"] and tokens[1:2] and tokens[1] in VERBS:
        return Help(help_of(tokens[1], program))
    if not tokens or tokens[0] in (*_HELP, "help"):
        return Help(_everything(program))
    verb = tokens[0].removesuffix("?")
    if verb not in VERBS:
        raise UsageError(_unknown(verb, program))
    before = tokens[1 : tokens.index("--")] if "--" in tokens else tokens[1:]
    if tokens[0].endswith("?") or any(token in _HELP for token in before):
        return Help(help_of(verb, program))
    try:
        _command, arguments, _ = _app(program).parse_args(
            tokens, print_error=False, exit_on_error=False
        )
    except CycloptsError as fault:
        said = _said(fault, tokens, verb, program)
        example = examples_of(verb, program)[0]
        message = f"{said}\nUsage: {usage_of(verb, program)}\nFor example: {example}"
        raise UsageError(message) from None
    return Typed(verb, arguments)


def _unknown(verb: str, program: str) -> str:
    if verb in LATER_VERBS:
        return f"`{program} {verb}` is not available yet"
    return unknown_verb(verb, tuple(VERBS), program)


def _said(fault: CycloptsError, tokens: Sequence[str], verb: str, program: str) -> str:
    later = [token for token in tokens if token.partition("=")[0] in LATER_OPTIONS]
    if later:
        return f"{later[0].partition('=')[0]} is not available yet for `{verb}`"
    match fault:
        case MissingArgumentError(argument=Argument() as argument) if not argument.tokens:
            name = argument.name
            lists = ": `{program} runs` lists them" if name == "RUN" else ""
            missing = f"{name} …" if name.startswith("-") else name
            return f"{verb}: {missing} is missing{lists.format(program=program)}"
        case UnknownOptionError(token=token):
            word = token.keyword or token.value
            options = [*options_of(verb), *ALWAYS]
            takes_values = "[name=value]" in usage_of(verb, program)
            meant = unknown_option(word, options, takes_values=takes_values)
            return f"{verb}: there is no option {word}" + (f"; {meant}" if meant else "")
        case UnusedCliTokensError(unused_tokens=[*words]):
            found = " ".join(map(repr, words))
            edit = (
                f"; an edit is --edit {words[0]}" if verb == "approve" and "=" in words[0] else ""
            )
            return f"{verb}: nothing more is expected, found {found}{edit}"
        case CoercionError(token=Token(keyword=str(option), value=value), target_type=kind) if (
            kind is int
        ):
            return f"{verb}: expected a whole number for {option}, found {value!r}"
        case _:
            text = " ".join(str(fault).split()).removesuffix(".")
            text = text.replace(f'Command "{verb}" parameter ', "").replace('"', "'")
            begins = text[:1].lower() if text[1:2].islower() else text[:1]
            return f"{verb}: {begins}{text[1:]}"


@cache
def _app(program: str) -> App:
    app = App(
        name=program,
        help_flags=[],
        version_flags=[],
        help_format="plaintext",
        help_formatter="plain",
        result_action="return_value",
        end_of_options_delimiter="--",
    )
    for name, verb in VERBS.items():
        app.command(_typed(verb), name=name)
    return app


def _typed(verb: Callable[..., Any]) -> Callable[..., None]:
    """Return the signature of a verb as somebody types it: without the session."""
    signature = inspect.signature(verb)
    parameters = list(signature.parameters.values())[1:]

    def typed(*_args: object, **_kwargs: object) -> None:
        """Stand for the verb."""

    typed.__name__ = verb.__name__.rstrip("_")
    typed.__doc__ = verb.__doc__
    typed.__module__ = verb.__module__
    typed.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    typed.__signature__ = signature.replace(  # type: ignore[attr-defined]  # read by `inspect`
        parameters=parameters, return_annotation=None
    )
    return typed


def help_of(verb: str, program: str) -> str:
    """Explain a verb."""
    out = io.StringIO()
    console = Console(file=out, width=_WIDTH, color_system=None, force_terminal=False)
    _app(program).help_print([verb], console=console)
    _, _, explained = out.getvalue().partition("\n")
    lines = [_plainly(line).rstrip() for line in explained.strip().splitlines()]
    examples = [f"  {line}" for line in examples_of(verb, program)]
    return "\n".join(
        [f"Usage: {usage_of(verb, program)}", "", *lines, "", "For example:", *examples]
    )


_SAYS_NOTHING = re.compile(r' \[(default: (False|""|\(\))|required)\]$')


def _plainly(line: str) -> str:
    """Leave out of a line of the help what the usage above it says already."""
    return _SAYS_NOTHING.sub("", line).replace("Parameters:", "Options:")


def usage_of(verb: str, program: str) -> str:
    """Say in one line how a verb is typed.

    >>> usage_of("approve", "mn")
    'mn approve RUN [STEP] [--edit …]… [--always] [--because …]'
    """
    parameters = list(inspect.signature(VERBS[verb]).parameters.values())[1:]
    return " ".join([program, verb, *map(_typed_as, parameters)])


def _typed_as(parameter: inspect.Parameter) -> str:
    name = parameter.name.upper()
    if parameter.kind is parameter.VAR_POSITIONAL:
        return {"runs": "[RUN]…", "tools": "[TOOL]…"}.get(parameter.name, "[name=value]…")
    if parameter.kind is parameter.KEYWORD_ONLY:
        option = option_name(parameter)
        if parameter.annotation == Flag:
            return f"[{option}]"
        if parameter.default is parameter.empty:
            return f"{option} …"
        return f"[{option} …]" + ("…" if parameter.annotation == Several else "")
    return name if parameter.default is parameter.empty else f"[{name}]"


def option_name(parameter: inspect.Parameter) -> str:
    """Write an option as it is typed; a name that Python has itself ends in an underscore."""
    return f"--{parameter.name.rstrip('_').replace('_', '-')}"


def options_of(verb: str) -> list[str]:
    """Return the options of a verb, as they are typed."""
    parameters = inspect.signature(VERBS[verb]).parameters.values()
    return [
        option_name(parameter)
        for parameter in parameters
        if parameter.kind is parameter.KEYWORD_ONLY
    ]


def generated_script(shell: Literal["powershell"], program: str) -> str:
    """Return what a shell that has no script of its own reads to complete verbs and options."""
    return _app(program).generate_completion(prog_name=program, shell=shell)


def _everything(program: str) -> str:
    listed = "\n\n".join(_group(group, program) for group in GROUPS)
    if program.startswith("%"):
        first = f"A cell that begins with `%{program} workflow NAME` defines a workflow; then:"
        return f"{first}\n\n{listed}\n\n`{program} VERB?` explains one, with examples."
    first = "Workflows that survive what breaks. A file describes one: `mn run FILE name=value`."
    more = f"  {program} {COMPLETION} SHELL prints what lets a shell complete all this with TAB."
    said = (
        f"`{program} VERB --help` explains one, with examples; "
        "--json makes each line of its output an object."
    )
    return f"{first}\n\n{listed}\n\n{more}\n\n{said}"


def _group(group: str, program: str) -> str:
    width = max(map(len, VERBS))
    verbs = [function.__name__.rstrip("_") for function in GROUPS[group]]
    lines = [f"  {program} {verb:<{width}}  {summary_of(verb)}" for verb in verbs]
    return "\n".join([group, *lines])
