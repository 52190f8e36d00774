"""A call that ends with a question: a person answers it, and the call goes on with the answer."""

from pydantic import JsonValue

from mn_notebook.domain.workflow import Schema


class AskedBack(Exception):
    """What is called wants something of a person before it goes on; nothing has failed.

    It is called again, with the same arguments and key, and with ``resumed``: the state that it
    gave and what the person filled in, or that he declined.
    """

    def __init__(self, prompt: str, form: Schema, state: JsonValue) -> None:
        """Ask for what ``form`` describes; ``state`` is handed back as it is."""
        super().__init__(prompt)
        self.prompt = prompt
        self.form = form
        self.state = state
