"""`python -m benchmarks [start] [evidence] [users]`: figures of this machine, as tables."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from benchmarks import evidence, start, users
from fixtures.config import ConfigError
from fixtures.stack.errors import StackError

_ALL = ("start", "evidence", "users")
ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Measure what is asked for; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures and prints; never fails over a figure. Budgets are for a quiet "
        "machine of two cores.",
    )
    parser.add_argument("what", nargs="*", choices=[*_ALL, []], help="default: all, one by one")
    parser.add_argument("--runs", type=int, default=5, help="how often (default: %(default)s)")
    arguments = parser.parse_args()
    console = Console()
    try:
        wanted = arguments.what or _ALL
        if "start" in wanted:
            console.print(start.measure(arguments.runs))
        if "evidence" in wanted:
            console.print(evidence.measure(arguments.runs))
        if "users" in wanted:
            picture = ROOT / "artifacts" / "users.svg"
            console.print(users.measure(picture))
            console.print(f"plot: {picture}")
    except (ConfigError, StackError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
