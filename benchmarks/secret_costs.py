"""Measures what it costs to leave secrets out: ``python -m benchmarks.secret_costs``.

A value of 1 kB, as steps return it, is searched as it is encoded. What is told are ratios to
encoding that value, which is done anyway; times are of this machine.
"""

import sys
import timeit
from collections.abc import Callable

from pydantic_core import to_json

from mn_notebook.secrecy import known

VALUE = {f"key_{place}": f"lorem ipsum dolor sit {place}" for place in range(30)}
ROUNDS, TIMES = 300, 300


def seconds(act: Callable[[], object]) -> float:
    """Return the least time of an act: what disturbs only ever adds to it."""
    return min(timeit.repeat(act, number=TIMES, repeat=ROUNDS)) / TIMES


def main() -> None:
    """Tell what a search costs with no secret known, and with 1, 3 and 10."""
    encoded = to_json(VALUE)
    encoding = seconds(lambda: to_json(VALUE))
    sys.stdout.write(f"value of {len(encoded)} bytes, encoded in {encoding * 1e6:.2f} us\n")
    known.forget()
    for count in (0, 1, 3, 10):
        for place in range(count):
            known.remember(f"KEY_{place}", f"sk-{place}0123456789abcdefghijk{place * 7919:06}xyz")
        search = seconds(lambda: known.may_hold(encoded))
        forms = len(known.needles())
        sys.stdout.write(
            f"{count:>2} known ({forms:>2} forms): {search * 1e6:5.2f} us a search, "
            f"{search / encoding:.2f} of encoding\n"
        )


if __name__ == "__main__":
    main()
