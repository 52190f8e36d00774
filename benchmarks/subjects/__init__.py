"""What is measured: one module each, with a function for each job that it can do.

- ``chain``: `Sizes.chain` steps, one after the other, in one run.
- ``fan_out``: `Sizes.runs` runs of `Sizes.run_steps` steps each, `Sizes.at_once` at once.
- ``graph``: one run with a first step, `Sizes.middle` that need it, and a last that needs them.
- ``waiting``: `Sizes.waiting` runs with a step before and a step after a person's decision.
- ``begin`` and ``go_on``: the chain, to be killed, and what finishes it in a new process.
- ``write``: one of many processes that run chains in one store.

Every step calls `payload.work`, and the sum of the values is checked.
"""
