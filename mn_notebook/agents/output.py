"""Does a step's output have the type that the step declares?"""

from pydantic import JsonValue

from mn_notebook.domain.events import ErrorInfo
from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.workflow import Schema


def output_fault(value: JsonValue, schema: Schema | None) -> ErrorInfo | None:
    """Return what is wrong with a step's output, if it declares one."""
    fault = None if schema is None else first_fault(value, schema)
    if fault is None:
        return None
    message = f"the output does not have the declared type: {fault}"
    return ErrorInfo(type="OutputInvalid", message=message, permanent=True)
