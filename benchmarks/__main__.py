"""`python -m benchmarks [start|evidence|users|soak]`: figures of this machine."""

import argparse
import random
import sys

from rich.console import Console

from benchmarks import evidence, start, users
from benchmarks.soak import report
from benchmarks.soak.run import soak
from fixtures import REPOSITORY
from fixtures.config import ConfigError
from fixtures.stack.errors import StackError

OUTPUT = REPOSITORY / "artifacts" / "benchmarks"
CONSOLE = Console()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures and prints. Budgets are for a quiet machine of two cores.",
    )
    parser.set_defaults(what="all", runs=5)
    commands = parser.add_subparsers(title="default: start, evidence, users", metavar="WHAT")
    command = commands.add_parser("start", help="start, stop, memory, the journeys' time")
    command.set_defaults(what="start")
    command.add_argument("--runs", type=int, default=5, help="default: %(default)s")
    command = commands.add_parser("evidence", help="what evidence costs tests that pass")
    command.set_defaults(what="evidence")
    command.add_argument("--runs", type=int, default=5, help="default: %(default)s")
    command = commands.add_parser("users", help="how answers keep up with more users")
    command.set_defaults(what="users")
    command = commands.add_parser(
        "soak", help="messages during outages; exit code 1 when a promise was broken"
    )
    command.set_defaults(what="soak")
    command.add_argument("--minutes", type=float, default=10, help="default: %(default)s")
    command.add_argument("--users", type=int, default=20, help="default: %(default)s")
    command.add_argument(
        "--pages", type=int, default=3, help="how many of them at browser pages (default: 3)"
    )
    command.add_argument("--seed", type=int, help="decides what breaks when (default: drawn)")
    return parser


def _soak(arguments: argparse.Namespace) -> int:
    seed = random.randrange(10_000) if arguments.seed is None else arguments.seed  # noqa: S311
    folder = OUTPUT / "soak"
    result = soak(arguments.minutes * 60, arguments.users, arguments.pages, seed, folder)
    figures, picture = report.write(result, folder)
    CONSOLE.print(report.table(result), highlight=False, markup=False)
    CONSOLE.print(f"figures: {figures}\nplot: {picture}", soft_wrap=True)
    return 0 if result.is_clean else 1


def main() -> int:
    """Measure what is asked for; returns the exit code."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.what == "soak" and not 0 <= arguments.pages <= arguments.users:
        parser.error("--pages cannot be more than --users. Give fewer.")
    try:
        if arguments.what == "soak":
            return _soak(arguments)
        if arguments.what in ("all", "start"):
            CONSOLE.print(start.measure(arguments.runs))
        if arguments.what in ("all", "evidence"):
            CONSOLE.print(evidence.measure(arguments.runs))
        if arguments.what in ("all", "users"):
            OUTPUT.mkdir(parents=True, exist_ok=True)
            picture = OUTPUT / "users.svg"
            CONSOLE.print(users.measure(picture))
            CONSOLE.print(f"plot: {picture}", soft_wrap=True)
    except (ConfigError, StackError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
