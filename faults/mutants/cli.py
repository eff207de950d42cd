"""`python -m faults random`: draws mutants, runs the suite against each, and reports."""

import argparse
from collections.abc import Iterator, Sequence

from rich.console import Console

from faults import show
from faults.defect import Defect
from faults.mutants import report
from faults.mutants.generate import Mutant, all_mutants
from faults.mutants.measurement import Measurement
from faults.mutants.reach.measure import Reach, measure
from faults.mutants.sample import draw
from faults.mutants.stillborn import Checker
from faults.outcome import Outcome
from faults.runner import run
from faults.workplace import workplace
from fixtures import REPOSITORY

SERVICES = ("auth", "backend", "common", "frontend")
GOAL = 0.85
"""The share of mutants that the suite has to notice."""


_BATCH = 6
"""Test files in one run of pytest: few enough for its time limit, many for one start."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m faults random", description=__doc__)
    parser.add_argument("--count", type=_positive, default=50, help="default: %(default)s")
    parser.add_argument("--seed", type=int, required=True, help="decides which mutants are drawn")
    parser.add_argument("--service", choices=SERVICES, help="only mutants of this folder")
    parser.add_argument("--workers", type=_positive, default=2, help="default: %(default)s")
    parser.add_argument("--resume", action="store_true", help="go on where the last run stopped")
    parser.add_argument("--list", action="store_true", help="show the first mutants, run nothing")
    return parser


def _positive(given: str) -> int:
    if not given.isdigit() or int(given) < 1:
        raise argparse.ArgumentTypeError(f"{given!r} is not a number from 1 on")
    return int(given)


def main(arguments: list[str]) -> int:
    """Do what `arguments` say: 0 when at least `GOAL` of the mutants were noticed, 1 when not.

    Raises ControlError when the suite cannot be run on the unchanged product.
    """
    asked = _parser().parse_args(arguments)
    console = Console(soft_wrap=True)
    every = [m for m in all_mutants(REPOSITORY) if asked.service in (None, m.service)]
    drawn = draw(every, asked.seed)
    if asked.list:
        for mutant, _ in zip(drawn, range(asked.count), strict=False):
            console.print(f"[bold]{mutant.id}[/]", highlight=False)
            console.print(mutant.diff((REPOSITORY / mutant.file).read_text()), markup=False)
        return 0
    reach = _reach(asked.workers, console)
    _show_unreached(every, reach, console)
    found = Measurement(asked.seed)
    resume = asked.resume
    while missing := asked.count - len(found.counted) - len(found.errors):
        some = _take(drawn, missing, reach, found)
        if not some:
            break  # there are no more
        found.outcomes += _run(some, reach, asked.workers, resume=resume)
        resume = True
    report.show(found, REPOSITORY, console)
    console.print(f"page: {report.write(found, REPOSITORY)}", highlight=False)
    is_enough = found.total.noticed >= GOAL * found.total.counted
    return 0 if is_enough and not found.errors else 1


def _reach(workers: int, console: Console) -> Reach:
    def tell(test: str, seconds: float) -> None:
        console.print(f"what it reaches: {seconds:5.1f} s  {test}", highlight=False)

    reach = measure(REPOSITORY, workers=workers, on_measured=tell)
    for red in reach.red:
        console.print(f"[yellow]red without any mutant:[/] {red.test}", highlight=False)
    return reach


def _show_unreached(every: Sequence[Mutant], reach: Reach, console: Console) -> None:
    """Say how much code no test reaches: all mutants, not only those drawn."""
    unreached = [mutant for mutant in every if not reach.tests(mutant)]
    share = len(unreached) / len(every)
    console.print(
        f"{len(unreached)} of {len(every)} possible mutants ({share:.0%}) are in code that no "
        "test reaches.",
        highlight=False,
    )


def _take(drawn: Iterator[Mutant], count: int, reach: Reach, found: Measurement) -> list[Mutant]:
    """The next `count` mutants that can be noticed; the others are noted in `found`."""
    taken: list[Mutant] = []
    with workplace(REPOSITORY) as place, place.copy() as copy:
        checker = Checker(copy)
        for mutant in drawn:
            if not reach.tests(mutant):
                found.unreached.append(mutant)
            elif checker.refuses(mutant):
                found.stillborn.append(mutant)
            else:
                taken.append(mutant)
                if len(taken) == count:
                    break
    return taken


def _run(
    mutants: Sequence[Mutant], reach: Reach, workers: int, *, resume: bool
) -> Iterator[tuple[Mutant, Outcome]]:
    """Run the suite against each mutant: the files that reach it, the quickest first."""
    defects = [m.defect((REPOSITORY / m.file).read_text(encoding="utf-8")) for m in mutants]
    tests = {mutant.id: reach.tests(mutant) for mutant in mutants}

    def batches(defect: Defect) -> list[tuple[str, ...]]:
        files = tests[defect.id]
        return [files[at : at + _BATCH] for at in range(0, len(files), _BATCH)]

    with show.progress(defects) as on_outcome:
        result = run(
            defects,
            workers=workers,
            resume=resume,
            journal="random",
            on_outcome=on_outcome,
            batches=batches,
            confirm=True,  # nobody looks at each message, as with the catalogue's
        )
    return zip(mutants, result.outcomes, strict=True)
