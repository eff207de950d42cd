"""The result as a page, as JSON, and as a short table in Markdown."""

import html
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from faults import figures
from faults.defect import Change, Defect
from faults.outcome import Outcome, Red
from faults.runner import Result

Pair = tuple[Defect, Outcome]


def write(
    folder: Path, defects: Sequence[Defect], result: Result, idle: Sequence[str] | None
) -> list[figures.Line]:
    """Write index.html, outcomes.json and table.md into `folder`; returns the figures.

    `idle` are the tests that noticed nothing; None when not all were asked.
    """
    pairs = list(zip(defects, result.outcomes, strict=True))
    lines = figures.by_journey(pairs)
    whole = {
        "figures": [asdict(one) for one in lines],
        "idle": idle,
        "false_alarms": [asdict(red) for red in result.false_alarms],
        "defects": [asdict(defect) | asdict(outcome) for defect, outcome in pairs],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "outcomes.json").write_text(json.dumps(whole, indent=1), encoding="utf-8")
    (folder / "table.md").write_text(figures.markdown(lines), encoding="utf-8")
    text = "\n".join(_page(pairs, lines, idle, result.false_alarms))
    (folder / "index.html").write_text(text, encoding="utf-8")
    return lines


def _page(
    pairs: Sequence[Pair],
    lines: Sequence[figures.Line],
    idle: Sequence[str] | None,
    false_alarms: Sequence[Red],
) -> Iterator[str]:
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    total = lines[-1]
    yield '<!doctype html><html lang="en"><meta charset="utf-8"><title>Seeded defects</title>'
    yield f"<style>{style}</style>"
    yield f"<h1>{total.noticed} of {total.defects} seeded defects were noticed</h1>"
    not_noticed = [pair for pair in pairs if pair[1].status != "noticed"]
    if not_noticed:
        yield "<h2>Not noticed</h2>"
        yield from (_details(defect, outcome, is_open=True) for defect, outcome in not_noticed)
    if false_alarms:
        yield "<h2>Red without any defect, so left out</h2>"
        yield from (f"<p>{_said(red)}" for red in false_alarms)
    yield "<h2>By journey</h2>"
    yield from _figures(lines)
    yield "<h2>Defects and the tests that noticed them</h2>"
    yield '<p>A click shows what the test said. <span class="first">&emsp;</span> noticed first, '
    yield '<span class="also">&emsp;</span> noticed as well, <span class="green">&emsp;</span> '
    yield "ran and did not notice.</p>"
    yield from _matrix(pairs)
    yield "<h2>Idle tests</h2>"
    if idle is None:
        yield "<p>Known after a run with --all, in which there is a defect for each test.</p>"
    else:
        yield f"<p>{len(idle)} tests noticed nothing.</p><ul>"
        yield from (f"<li>{html.escape(test)}" for test in idle)
        yield "</ul>"
    yield "</html>"


def _figures(lines: Sequence[figures.Line]) -> Iterator[str]:
    yield '<table class="figures"><tr><th>journey<th>defects<th>noticed<th>by its own tests'
    yield "<th>suspicion right<th>errors"
    for one in lines:
        yield f"<tr><td>{one.name}<td>{one.defects}<td>{one.noticed}<td>{one.in_journey}"
        yield f"<td>{one.right}<td>{one.errors}"
    yield "</table>"


def _matrix(pairs: Sequence[Pair]) -> Iterator[str]:
    tests = list(figures.noticings([outcome for _, outcome in pairs]))
    tests.sort()
    yield '<div class="matrix"><table><thead><tr><th>'
    yield from (f"<th><span>{html.escape(test)}</span>" for test in tests)
    yield "</thead><tbody>"
    journey = ""
    for defect, outcome in pairs:
        if defect.journey.partition(".")[0] != journey:
            journey = defect.journey.partition(".")[0]
            yield f'<tr class="journey"><th>{html.escape(journey)}'
        yield f"<tr><th>{_details(defect, outcome, is_open=False)}"
        yield "".join(f'<td class="{kind}">' for kind in _cells(outcome, tests))
    yield "</tbody></table></div>"


def _cells(outcome: Outcome, tests: Sequence[str]) -> Iterator[str]:
    red = [figures.test_name(one.test) for one in outcome.red]
    green = {figures.test_name(one) for one in outcome.green}
    for test in tests:
        if test in red:
            yield "first" if test == red[0] else "also"
        else:
            yield "green" if test in green else ""


def _said(red: Red) -> str:
    suspicion = f"<p>Suspicion: {html.escape(red.suspicion)}" if red.suspicion else ""
    return f"{html.escape(red.test)}<pre>{html.escape(red.message)}</pre>{suspicion}"


def _diff(change: Change) -> str:
    old, new = html.escape(change.old.rstrip("\n")), html.escape(change.new.rstrip("\n"))
    return f"<p>{html.escape(change.file)}<pre><del>{old}</del><ins>{new}</ins></pre>"


def _details(defect: Defect, outcome: Outcome, *, is_open: bool) -> str:
    away = outcome.status == "noticed" and defect.journey and not outcome.in_journey
    inside = [
        f"<p>{html.escape(defect.title)} ({defect.journey or 'no journey'}, {defect.service})",
        '<p class="away">Noticed by a test of another journey.' if away else "",
        f"<pre>{html.escape(outcome.detail)}</pre>" if outcome.detail else "",
        *(_said(red) for red in outcome.red),
        *(_diff(change) for change in defect.changes),
    ]
    return (
        f'<details class="{outcome.status}"{" open" if is_open else ""}><summary>'
        f'<span class="mark">{outcome.status}</span>{html.escape(defect.id)} '
        f"<small>{outcome.seconds:.0f} s</small></summary><div>{''.join(inside)}</div></details>"
    )
