"""`python -m faults run` and `python -m faults random`: does the suite notice what is wrong?"""

import argparse
import difflib
import importlib
import signal
import sys
from collections.abc import Sequence

from faults import figures, show
from faults.catalogue import CATALOGUE
from faults.defect import Defect, DefectError
from faults.further import FURTHER
from faults.journeys import FILES, names_of_tests, of_step
from faults.runner import ControlError, run
from fixtures import REPOSITORY
from fixtures.config import ConfigError


class UsageError(Exception):
    """What was asked for cannot be done; the message says what can."""


def chosen(ids: Sequence[str], journey: str | None, *, further: bool = False) -> list[Defect]:
    """The defects that were asked for: by id, or the catalogue, or `further` ones as well.

    Raises UsageError.
    """
    every = sorted([*CATALOGUE, *FURTHER], key=lambda one: list(FILES).index(of_step(one.journey)))
    known = {defect.id: defect for defect in every}
    for one in ids:
        if one not in known:
            near = difflib.get_close_matches(one, known, n=3, cutoff=0.3)
            raise UsageError(f"There is no defect {one!r}. Did you mean {' or '.join(near)}?")
    if journey is not None and journey not in FILES:
        raise UsageError(f"There is no journey {journey!r}. Name one of {', '.join(FILES)}.")
    unnamed = every if further else list(CATALOGUE)
    wanted = [known[one] for one in dict.fromkeys(ids)] if ids else unnamed
    return [one for one in wanted if journey is None or of_step(one.journey) == journey]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("run", help="seed the catalogue's defects, one at a time")
    one.add_argument("--only", nargs="+", default=[], metavar="ID", help="these defects")
    one.add_argument("--journey", metavar="J3", help="the defects of this journey")
    one.add_argument("--workers", type=int, default=2, metavar="N", help="default: %(default)s")
    one.add_argument("--resume", action="store_true", help="go on where the last run stopped")
    one.add_argument(
        "--all",
        action="store_true",
        help="the further defects as well, so that there is one for each test: lists idle tests",
    )
    one.add_argument("--list", action="store_true", help="show the defects and run nothing")
    verbs.add_parser("random", help="change the services at random", add_help=False)
    return parser


def _run(arguments: argparse.Namespace, unknown: Sequence[str]) -> int:
    if unknown:
        raise UsageError(f"Unknown: {' '.join(unknown)}. See `python -m faults run --help`.")
    defects = chosen(arguments.only, arguments.journey, further=arguments.all)
    if arguments.list:
        show.listing(defects)
        return 0
    if arguments.workers < 1:
        raise UsageError("--workers has to be 1 or more. Two cores carry 2.")
    with show.progress(defects) as on_outcome:
        result = run(
            defects,
            workers=arguments.workers,
            resume=arguments.resume,
            on_outcome=on_outcome,
        )
    is_whole = len(defects) == len(CATALOGUE) + len(FURTHER)
    idle = figures.idle(names_of_tests(REPOSITORY), result.outcomes) if is_whole else None
    return show.result(defects, result, idle)


def main() -> int:
    """Do what the command line says; 0 when every defect was noticed, 1 when not."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    arguments, rest = _parser().parse_known_args()
    try:
        if arguments.verb == "random":
            return int(importlib.import_module("faults.mutants").command(rest))
        return _run(arguments, rest)
    except (UsageError, DefectError, ControlError, ConfigError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; nothing is left running. Go on with --resume.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
