"""The value of a ``for_each`` step, as texts see it."""

from mn_notebook.domain.rows import StepRows

__all__ = ["StepRows"]
