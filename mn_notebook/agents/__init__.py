"""Does the work of a step: model calls, tools, Python code and notebooks."""
