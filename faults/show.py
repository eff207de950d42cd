"""What the terminal shows: a line for each outcome, a bar with the time left, a summary."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from faults import page
from faults.defect import Defect
from faults.outcome import Outcome
from faults.runner import OnOutcome, Result
from fixtures import REPOSITORY

_MARKS = {
    "noticed": "[green]noticed [/]",
    "survived": "[red]SURVIVED[/]",
    "error": "[yellow]ERROR   [/]",
}


def listing(defects: Sequence[Defect]) -> None:
    """Print the defects as a table."""
    table = Table("journey", "service", "id", "what is wrong")
    for one in defects:
        table.add_row(one.journey, one.service, one.id, one.title)
    Console().print(table)


def _line(outcome: Outcome) -> str:
    mark = f"{_MARKS[outcome.status]} {outcome.seconds:5.1f} s  [bold]{outcome.defect}[/]"
    if outcome.status == "error":
        return f"{mark}\n{escape(outcome.detail)}"
    if not outcome.red:
        return mark
    first = outcome.red[0]
    where = "" if outcome.in_journey else "  [yellow](not in its journey)[/]"
    said = "\n    ".join(first.message.splitlines()[:2])
    return f"{mark}{where}\n    {escape(first.test)}\n    {escape(said)}"


@contextmanager
def progress(defects: Sequence[Defect]) -> Iterator[OnOutcome]:
    """A bar over `defects`; what it hands over is to be told of each outcome."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(soft_wrap=True)) as bar:
        bar.console.print("First the unchanged product: a test that is red there is left out.")
        task = bar.add_task("defects", total=len(defects))

        def on_outcome(outcome: Outcome) -> None:
            bar.console.print(_line(outcome), highlight=False)
            bar.advance(task)

        yield on_outcome


def result(defects: Sequence[Defect], found: Result, idle: Sequence[str] | None) -> int:
    """Write page, JSON and table, and print the summary; returns the exit code.

    `idle` are the tests that noticed nothing; None when not all were asked.
    """
    folder = REPOSITORY / "artifacts" / "faults"
    console = Console(soft_wrap=True)
    lines = page.write(folder, defects, found, idle)
    table = Table("journey", "defects", "noticed", "by its own tests", "suspicion right", "errors")
    for one in lines:
        table.add_row(
            *map(str, (one.name, one.defects, one.noticed, one.in_journey, one.right, one.errors))
        )
    console.print(table)
    for defect, outcome in zip(defects, found.outcomes, strict=True):
        if outcome.status != "noticed":
            console.print(f"{_MARKS[outcome.status]} {defect.id}: {escape(defect.title)}")
    console.print(f"page: {folder / 'index.html'}", highlight=False)
    for red in found.false_alarms:
        console.print(f"[yellow]red without any defect, so left out:[/] {escape(red.test)}")
        console.print(f"    {escape(red.message.splitlines()[0])}", highlight=False)
    for test in idle or ():
        console.print(f"[yellow]notices nothing:[/] {escape(test)}", highlight=False)
    all_noticed = all(outcome.status == "noticed" for outcome in found.outcomes)
    return 0 if all_noticed and not found.false_alarms and not idle else 1
