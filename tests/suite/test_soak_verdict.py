"""The soak notices what it is for: lost, doubled, out of order, slow to recover."""

from typing import Any

import pytest

from benchmarks.soak.havoc import Outage, plan
from benchmarks.soak.record import Record
from benchmarks.soak.verdict import Figures, Findings, judge, longest_recovery

Json = dict[str, Any]


def story(count: int = 3) -> tuple[Record, list[Json], list[Json]]:
    """Somebody's record with rows in PostgreSQL and in ClickHouse; all is well."""
    record = Record("user 0", "socket", "u")
    stored: list[Json] = []
    for number in range(count):
        sent = record.compose()
        record.acknowledge(sent)
        answer = f"answer {number}"
        for role, content, reply_to in (
            ("user", sent.content, None),
            ("assistant", answer, f"m{number}"),
        ):
            identity = f"m{number}" if role == "user" else f"a{number}"
            position = len(stored) + 1
            stored.append(
                {
                    "id": identity,
                    "role": role,
                    "content": content,
                    "reply_to": reply_to,
                    "position": position,
                }
            )
            record.shown.append((role, content))
    return record, stored, [dict(row) for row in stored]


def verdict(record: Record, stored: list[Json], shipped: list[Json]) -> tuple[int, int, int]:
    """How many findings there are: lost, doubled, out of order."""
    findings = Findings()
    judge(record, stored, shipped, Figures(), findings)
    return len(findings.lost), len(findings.doubled), len(findings.disordered)


def test_nothing_is_found_where_all_is_well() -> None:
    figures, findings = Figures(), Findings()
    judge(*story(), figures, findings)
    assert findings.is_clean
    assert (figures.sent, figures.acknowledged, figures.stored, figures.shipped) == (3, 3, 3, 3)
    assert (figures.displayed, figures.answers) == (3, 3)


@pytest.mark.parametrize("where", ["shown", "shipped"])
def test_what_is_missing_twice_or_misplaced_is_found_everywhere(where: str) -> None:
    def changed(change: Any) -> tuple[int, int, int]:
        record, stored, shipped = story()
        change(record.shown if where == "shown" else shipped)
        return verdict(record, stored, shipped)

    assert changed(lambda rows: rows.pop(2)) == (1, 0, 0)
    assert changed(lambda rows: rows.append(rows[0])) == (0, 1, 0)
    if where == "shown":
        assert changed(lambda rows: rows.reverse())[2] == 5


def test_an_acknowledged_message_that_is_not_stored_is_lost() -> None:
    record, stored, shipped = story()
    del stored[4:], shipped[4:], record.shown[4:]
    assert verdict(record, stored, shipped) == (1, 0, 0)


def test_a_message_that_was_never_acknowledged_is_lost() -> None:
    record, stored, shipped = story()
    record.compose()
    assert verdict(record, stored, shipped) == (1, 0, 0)
    assert not record.is_settled


def test_two_answers_and_none_are_found() -> None:
    record, stored, shipped = story()
    for rows in (stored, shipped):
        rows[5]["reply_to"] = "m0"
    lost, doubled, _ = verdict(record, stored, shipped)
    assert (lost, doubled) == (1, 1)


def test_only_time_in_good_health_counts_as_recovery() -> None:
    record = Record("user 0", "socket", "u")
    record.disconnected.append((10.0, 20.0))
    outage = (("redis", "kill"),)
    assert longest_recovery([record], [Outage(outage, 9.0, 14.0)]) == 6.0
    outages = [Outage(outage, 9.0, 14.0), Outage(outage, 15.0, 19.0)]
    assert longest_recovery([record], outages) == 2.0
    assert longest_recovery([record], []) == 10.0


def test_the_same_seed_plans_the_same_outages() -> None:
    names = ("postgres", "redis", "auth")
    first, again, other = (plan(seed, names) for seed in (1, 1, 2))
    planned = [next(first) for _ in range(20)]
    assert planned == [next(again) for _ in range(20)]
    assert planned != [next(other) for _ in range(20)]
    assert {kind for item in planned for _, kind in item.breaks} == {"kill", "stop", "pause"}
