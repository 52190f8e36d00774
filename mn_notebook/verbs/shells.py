"""What lets a shell complete ``mn`` with TAB: a script for each, and the words that it asks for.

The verbs and their options stand in the script: they are offered at once. What is recorded or lies
in files is asked of ``mn completion offers`` each time.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, get_args

from mn_notebook.errors import UsageError
from mn_notebook.verbs.catalogue import VERBS, summary_of
from mn_notebook.verbs.completing import offers, typed_words
from mn_notebook.verbs.parser import ALWAYS, COMPLETION, generated_script, options_of
from mn_notebook.verbs.session import Session

Shell = Literal["bash", "zsh", "fish", "powershell"]
SHELLS: tuple[Shell, ...] = get_args(Shell)

OFFERS = "offers"
"""What a script says after ``mn completion``; it is not for people."""

_PLAIN = re.compile(r"[^\w./=:@%+,~-]")


def completion_script(shell: str, program: str) -> str:
    """Return what a shell reads to complete verbs, options and arguments.

    Raises:
        UsageError: it is not one of the known shells.
    """
    if shell not in SHELLS:
        found = f", found {shell!r}" if shell else ""
        message = f"expected `{program} {COMPLETION} SHELL`, with {', '.join(SHELLS)}{found}"
        raise UsageError(message)
    return _SCRIPTS[shell](program)


def offered(session: Session, words: Sequence[str]) -> list[str]:
    """Return what a script asks for: the shell, the line up to the cursor, what parts its words.

    What is whole ends with a space where the shell does not add it itself.
    """
    shell, line, breaks = (*words, "", "")[:3]
    before, last, quote = typed_words(line)
    if not before or quote:
        return []
    found = offers(session, before[1:], last)
    if shell != "bash":
        return found
    return [_for_bash(word[_known_to_bash(last, breaks) :]) for word in found]


def _known_to_bash(last: str, breaks: str) -> int:
    """Return how much of a word stands before that which bash puts something else in place of.

    For bash a word begins after the last of some signs, but with an ``@``.
    """
    place = max((last.rfind(letter) for letter in breaks), default=-1)
    return place if last[place : place + 1] == "@" else place + 1


def _for_bash(word: str) -> str:
    """Write a word as bash puts it into the line, as it is."""
    quoted = _PLAIN.sub(lambda sign: f"\\{sign[0]}", word)
    return quoted if word.endswith(("=", "/")) else f"{quoted} "


def _cases(write: Callable[[str, str], str]) -> str:
    return "\n".join(write(verb, " ".join(_options(verb))) for verb in VERBS)


def _options(verb: str) -> Iterable[str]:
    return (*options_of(verb), *ALWAYS)


def _bash(program: str) -> str:
    verbs = " ".join([*VERBS, COMPLETION])
    options = _cases(lambda verb, options: f"      {verb}) known='{options}' ;;")
    return f"""# TAB completion for bash: `source <({program} {COMPLETION} bash)` in ~/.bashrc.
_{program}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} line=${{COMP_LINE:0:COMP_POINT}} known='' word
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
    known='{verbs}'
  elif [[ ${{COMP_WORDS[1]}} == {COMPLETION} ]]; then
    known='{" ".join(SHELLS)}'
  elif [[ $current == -* ]]; then
    case ${{COMP_WORDS[1]}} in
{options}
    esac
  fi
  if [[ -n $known ]]; then
    while IFS= read -r word; do
      COMPREPLY+=("$word ")
    done < <(compgen -W "$known" -- "$current")
    return
  fi
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(command {program} {COMPLETION} {OFFERS} bash "$line" "$COMP_WORDBREAKS" 2>/dev/null)
}}
complete -o nospace -F _{program} {program}"""


def _zsh(program: str) -> str:
    verbs = "\n".join(f"    {_single(f'{verb}:{summary_of(verb)}')}" for verb in VERBS)
    options = _cases(lambda verb, options: f"    {verb}) options=({options}) ;;")
    return f"""#compdef {program}
# TAB completion for zsh: `source <({program} {COMPLETION} zsh)` in ~/.zshrc, after
# compinit; or this text as the file _{program} in a folder of $fpath.
_{program}() {{
  local -a verbs options found whole open
  verbs=(
{verbs}
    '{COMPLETION}:Print what lets a shell complete all this with TAB.'
  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  case $words[2] in
    {COMPLETION}) compadd -- {" ".join(SHELLS)}; return ;;
{options}
  esac
  if [[ $PREFIX == -* ]]; then
    compadd -- $options
    return
  fi
  local line="${{(j: :)words[1,CURRENT-1]}} $PREFIX"
  found=("${{(@f)$(command {program} {COMPLETION} {OFFERS} zsh "$line" 2>/dev/null)}}")
  whole=(${{found:#*[=/]}})
  open=(${{(M)found:#*[=/]}})
  (( $#whole )) && compadd -a whole
  (( $#open )) && compadd -S '' -a open
}}
if [[ $funcstack[1] == _{program} ]]; then
  _{program} "$@"
else
  compdef _{program} {program}
fi"""


def _single(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(program: str) -> str:
    first = "__fish_use_subcommand"
    verbs = "\n".join(
        f"complete -c {program} -n {first} -a {verb} -d {_single(summary_of(verb))}"
        for verb in VERBS
    )
    options = "\n".join(
        f"complete -c {program} -n '__fish_seen_subcommand_from {verb}' -l {option[2:]}"
        for verb in VERBS
        for option in _options(verb)
    )
    return f"""# TAB completion for fish: `{program} {COMPLETION} fish | source` in config.fish.
function __{program}_offers
  set -l line (commandline -cp | string collect)
  command {program} {COMPLETION} {OFFERS} fish "$line" 2>/dev/null
end
complete -c {program} -f
{verbs}
complete -c {program} -n {first} -a {COMPLETION} -d 'Print what lets a shell complete all this.'
complete -c {program} -n '__fish_seen_subcommand_from {COMPLETION}' -a '{" ".join(SHELLS)}'
complete -c {program} -n 'not {first}' -a '(__{program}_offers)'
{options}"""


def _powershell(program: str) -> str:
    return generated_script("powershell", program)


_SCRIPTS: Mapping[str, Callable[[str], str]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
    "powershell": _powershell,
}
