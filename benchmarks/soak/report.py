"""A soak in words, in figures and as a picture."""

import json
from collections import Counter
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table

from benchmarks.soak.run import Soak

MOST_LINES = 20
"""How many findings of a kind are printed; the file has them all."""

BESIDE = {"loc": "upper left", "bbox_to_anchor": (1, 1)}


def summary(result: Soak) -> dict[str, int | float]:
    """The figures by name."""
    figures, findings = result.figures, result.findings
    return {
        "sent": figures.sent,
        "acknowledged": figures.acknowledged,
        "stored in PostgreSQL": figures.stored,
        "shipped to ClickHouse": figures.shipped,
        "displayed": figures.displayed,
        "answers": figures.answers,
        "lost": len(findings.lost),
        "doubled": len(findings.doubled),
        "out of order": len(findings.disordered),
        "users who did not recover": len(
            {r.name for r in result.records if r.problems or not r.is_settled}
        ),
        "longest recovery, s": round(figures.longest_recovery, 1),
        "outages": len(result.outages),
        "minutes": round((result.ended - result.began) / 60, 1),
        "seed": result.seed,
    }


def table(result: Soak) -> RenderableType:
    """The summary for a terminal, and what was found wrong."""
    figures = Table("what", "figure")
    for name, value in summary(result).items():
        figures.add_row(name, str(value))
    kinds = Counter(one for outage in result.outages for one in outage.breaks)
    outages = ", ".join(f"{name} {kind} {n}×" for (name, kind), n in sorted(kinds.items()))
    lines: list[str] = []
    for title, found in (
        ("lost", result.findings.lost),
        ("doubled", result.findings.doubled),
        ("out of order", result.findings.disordered),
        ("went wrong", result.problems),
    ):
        lines += [f"{title}: {sentence}" for sentence in found[:MOST_LINES]]
    return Group(figures, f"outages: {outages}", *lines)


def write(result: Soak, folder: Path) -> tuple[Path, Path]:
    """Write the figures with all findings and outages as JSON, and the plot; returns both."""
    outages = [
        {
            "breaks": [f"{kind} {name}" for name, kind in outage.breaks],
            "began": round(outage.began - result.began, 2),
            "ended": round(outage.ended - result.began, 2),
        }
        for outage in result.outages
    ]
    body = {
        "figures": summary(result),
        "lost": result.findings.lost,
        "doubled": result.findings.doubled,
        "out of order": result.findings.disordered,
        "problems": result.problems,
        "outages": outages,
    }
    figures, picture = folder / "soak.json", folder / "soak.svg"
    figures.write_text(json.dumps(body, indent=1) + "\n")
    plot(result, picture)
    return figures, picture


def plot(result: Soak, file: Path) -> None:
    """Draw acknowledgements, their delay, and what was away, over the same seconds."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    told = [
        (s.sent_at - result.began, s.acknowledged_at - result.began, r.kind)
        for r in result.records
        for s in r.messages
        if s.acknowledged_at is not None
    ]
    figure, (rate, delay, away) = plt.subplots(
        3, 1, figsize=(11, 7), sharex=True, layout="constrained", height_ratios=(2, 2, 1.6)
    )
    seconds = range(int(result.ended - result.began) + 1)
    for shown, name in ((0, "sent"), (1, "acknowledged")):
        counts = Counter(int(item[shown]) for item in told)
        rate.plot(seconds, [counts[second] for second in seconds], label=name, linewidth=1)
    rate.set(ylabel="messages a second", ylim=(0, None))
    rate.legend(**BESIDE)
    for kind, colour in (("socket", "tab:blue"), ("page", "tab:orange")):
        some = [(sent, acknowledged - sent) for sent, acknowledged, k in told if k == kind]
        delay.scatter(*zip(*some, strict=True) if some else ([], []), s=6, c=colour, label=kind)
    delay.set(ylabel="from sent to\nacknowledged, s", yscale="log")
    delay.legend(**BESIDE)
    names = sorted({name for outage in result.outages for name, _ in outage.breaks})
    colours = {"kill": "tab:red", "stop": "tab:orange", "pause": "tab:purple"}
    for kind, colour in colours.items():
        away.broken_barh([], (0, 0), color=colour, label=kind)
    for outage in result.outages:
        span = (outage.began - result.began, max(0.3, outage.ended - outage.began))
        for name, kind in outage.breaks:
            away.broken_barh([span], (names.index(name) - 0.4, 0.8), color=colours[kind])
        for axes in (rate, delay):
            axes.axvspan(span[0], sum(span), color="black", alpha=0.06, linewidth=0)
    away.set(yticks=range(len(names)), yticklabels=names, xlabel="seconds")
    away.legend(**BESIDE)
    figure.suptitle(
        ", ".join(
            f"{name} {value}" for name, value in summary(result).items() if name != "answers"
        ),
        fontsize=8,
        wrap=True,
    )
    figure.savefig(file)
