"""Which mutants are tried, and in what order: by lot, from a seed."""

import random
from collections.abc import Iterator, Sequence

from faults.mutants.generate import Mutant


def draw(mutants: Sequence[Mutant], seed: int) -> Iterator[Mutant]:
    """All of `mutants` but no two of one line, in an order that `seed` alone decides.

    First the operator is drawn, each as likely as any other, then one of its mutants: strings
    are many and awaits are few, and both should be tried.
    """
    lot = random.Random(seed)  # noqa: S311 - the same seed has to give the same order
    left: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        left.setdefault(mutant.operator, []).append(mutant)
    for some in left.values():
        lot.shuffle(some)
    taken = set()
    while left:
        operator = lot.choice(list(left))
        mutant = left[operator].pop()
        if not left[operator]:
            del left[operator]
        if (mutant.file, mutant.line) not in taken:
            taken.add((mutant.file, mutant.line))
            yield mutant
