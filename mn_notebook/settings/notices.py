"""Who is told that something waits for a person, and how often."""

from traitlets import Bool, HasTraits, Integer, Unicode, default

from mn_notebook.errors import UsageError
from mn_notebook.settings.environment import is_yes, read


class NoticeSettings(HasTraits):
    """Who is told that something waits for a person, when, and how much."""

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

    @default("notify")
    def _notify(self) -> str:
        return read("MN_NOTIFY")

    @default("notify_quiet")
    def _notify_quiet(self) -> str:
        return read("MN_NOTIFY_QUIET")

    @default("notify_every")
    def _notify_every(self) -> int:
        said = read("MN_NOTIFY_EVERY") or "60"
        if not (said.isascii() and said.isdigit()):
            message = f"MN_NOTIFY_EVERY: expected a whole number of seconds, found {said!r}"
            raise UsageError(message)
        return int(said)

    @default("notify_details")
    def _notify_details(self) -> bool:
        return is_yes(read("MN_NOTIFY_DETAILS"))
