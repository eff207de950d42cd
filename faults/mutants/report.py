"""The result of random mutants in the terminal, as JSON, and as Markdown."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

from faults.mutants.generate import Mutant
from faults.mutants.measurement import Line, Measurement, places


def _service(mutant: Mutant) -> str:
    return mutant.service


def _operator(mutant: Mutant) -> str:
    return mutant.operator


def _said(found: Measurement) -> str:
    """The sentence that sums it up."""
    total = found.total
    return (
        f"{total.noticed} of {total.counted} random mutants were noticed ({total.share}), "
        f"seed {found.seed}. Apart from these: {len(found.unreached)} in code that no test "
        f"reaches, {len(found.not_started)} that kept the stack from starting, "
        f"{len(found.stillborn)} that compiler or type checker refused, "
        f"{len(found.errors)} whose run failed."
    )


def _markdown_table(kind: str, lines: Sequence[Line]) -> Iterator[str]:
    yield f"| {kind} | mutants | noticed | share |\n|---|--:|--:|--:|"
    yield from (f"| {one.name} | {one.counted} | {one.noticed} | {one.share} |" for one in lines)
    yield ""


def markdown(found: Measurement, root: Path) -> str:
    """The whole result as Markdown; `root` is the repository that the mutants were made of."""
    return "\n".join(_markdown(found, root))


def _markdown(found: Measurement, root: Path) -> Iterator[str]:
    yield f"# Random mutants\n\n{_said(found)}\n"
    yield from _markdown_table("service", [*found.by(_service), found.total])
    yield from _markdown_table("operator", [*found.by(_operator), found.total])
    yield "## Survivors\n" if found.survivors else "## Survivors\n\nNone.\n"
    for mutant in found.survivors:
        yield f"### {mutant.id}\n\n{mutant.operator}\n\n```diff\n{_diff(mutant, root)}\n```\n"
    if found.errors:
        yield "## Runs that failed\n"
        yield from (f"- `{m.id}`: {o.detail.splitlines()[0]}" for m, o in found.errors)
        yield ""
    if found.unreached:
        yield "## Drawn, but in code that no test reaches\n"
        for file, lines in places(found.unreached).items():
            yield f"- `{file}`: {', '.join(map(str, lines))}"
        yield ""
    if found.not_started:
        yield "## Kept the stack from starting\n"
        yield from (f"- `{mutant.id}`" for mutant in found.not_started)
        yield ""
    yield "## Noticed\n\n| mutant | by | with |\n|---|---|---|"
    for mutant, outcome in found.counted:
        if outcome.red:
            red = outcome.red[0]
            message = red.message.splitlines()[0].replace("|", "\\|")
            yield f"| {mutant.id} | {red.test} | {message} |"
    yield ""


def _diff(mutant: Mutant, root: Path) -> str:
    return mutant.diff((root / mutant.file).read_text(encoding="utf-8"))


def _json(found: Measurement, root: Path) -> str:
    def one(mutant: Mutant) -> dict[str, object]:
        return {
            "id": mutant.id,
            "file": mutant.file,
            "line": mutant.line,
            "service": mutant.service,
            "operator": mutant.operator,
            "diff": _diff(mutant, root),
        }

    whole = {
        "seed": found.seed,
        "total": asdict(found.total),
        "by_service": [asdict(line) for line in found.by(_service)],
        "by_operator": [asdict(line) for line in found.by(_operator)],
        "outcomes": [one(mutant) | asdict(outcome) for mutant, outcome in found.outcomes],
        "unreached": [one(mutant) for mutant in found.unreached],
        "stillborn": [one(mutant) for mutant in found.stillborn],
    }
    return json.dumps(whole, indent=1)


def write(found: Measurement, root: Path) -> Path:
    """Write random.json and random.md; returns the latter's path."""
    folder = root / "artifacts" / "faults"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "random.json").write_text(_json(found, root), encoding="utf-8")
    page = folder / "random.md"
    page.write_text(markdown(found, root), encoding="utf-8")
    return page


def show(found: Measurement, root: Path, console: Console) -> None:
    """Print tables, and the survivors as diffs."""
    for kind, lines in (("service", found.by(_service)), ("operator", found.by(_operator))):
        table = Table(kind, "mutants", "noticed", "share")
        for line in [*lines, found.total]:
            table.add_row(line.name, str(line.counted), str(line.noticed), line.share)
        console.print(table)
    for mutant in found.survivors:
        console.print(f"\n[red]survived[/] [bold]{mutant.id}[/]", highlight=False)
        console.print(Syntax(_diff(mutant, root), "diff", background_color="default"))
    for mutant, outcome in found.errors:
        console.print(f"\n[yellow]the run failed[/] [bold]{mutant.id}[/]", highlight=False)
        console.print(outcome.detail, markup=False, highlight=False)
    console.print(_said(found), highlight=False)
