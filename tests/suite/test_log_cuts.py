"""The log lines of one test, cut from those of all."""

import json
from pathlib import Path

from fixtures.evidence import logs
from fixtures.evidence.trace_ids import NONE

MINE, OTHERS = "a" * 32, "b" * 32


def entry(message: str, trace_id: str = NONE) -> str:
    return json.dumps(
        {"time": "2026-01-01T12:00:00.250Z", "message": message, "trace_id": trace_id}
    )


def texts(lines: tuple[logs.LogLine, ...]) -> list[str]:
    return [str(line.entry.get("message", line.text)) for line in lines]


def test_lines_belong_by_trace_by_user_or_by_time(tmp_path: Path) -> None:
    log = tmp_path / "backend.log"
    log.write_text(f"{entry('before')}\n{entry('long before', OTHERS)}\n")
    begin = logs.sizes(tmp_path)
    during = [
        entry("mine", MINE),
        entry("another test's", OTHERS),
        entry("about alice@example.com", OTHERS),
        entry("of nobody"),
        "plain text",
    ]
    with log.open("a") as file:
        file.writelines(f"{line}\n" for line in during)
    end = logs.sizes(tmp_path)
    with log.open("a") as file:
        file.write(f"{entry('late, mine', MINE)}\n{entry('late, another', OTHERS)}\n")

    cut = logs.cut(tmp_path, begin, end, {MINE}, {"alice@example.com"})["backend"]

    assert texts(cut.own) == ["mine", "about alice@example.com", "of nobody", "plain text"]
    assert texts(cut.before) == ["before"]
    assert texts(cut.after) == ["late, mine"]
    assert [line.at for line in cut.own] == [1767268800.25] * 4, (
        "plain text is as old as what precedes it"
    )


def test_times_of_stores(tmp_path: Path) -> None:
    (tmp_path / "redis.log").write_text("12:M 01 Jan 2026 12:00:00.250 * Ready\n")
    (tmp_path / "postgres.log").write_text("2026-01-01 12:00:00.250 UTC [7] LOG:  ready\n")
    (tmp_path / "clickhouse.log").write_text("2026.01.01 12:00:00.250000 [ 1 ] <Error> x\n")
    cuts = logs.cut(tmp_path, {}, logs.sizes(tmp_path), set(), set())
    assert {name: cut.own[0].at for name, cut in cuts.items()} == {
        "redis": 1767268800.25,
        "postgres": 1767268800.25,
        "clickhouse": 1767268800.25,
    }
