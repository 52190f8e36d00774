"""The types of options, as they are typed."""

from typing import Annotated

from cyclopts import Parameter

Flag = Annotated[bool, Parameter(negative="")]
"""An option without a value."""
Several = Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=False)]
"""An option that may be given several times."""
