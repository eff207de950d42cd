"""Random mutants of the product as it is: valid, spread, and the same for the same seed."""

from itertools import islice

import pytest

from faults.mutants.generate import Mutant, all_mutants
from faults.mutants.measurement import Measurement
from faults.mutants.operators import OPERATORS
from faults.mutants.places import sources
from faults.mutants.reach import browser, python
from faults.mutants.reach.measure import Reach
from faults.mutants.report import markdown
from faults.mutants.sample import draw
from faults.mutants.syntax import parse
from faults.outcome import Outcome, Red
from fixtures import REPOSITORY


@pytest.fixture(scope="module")
def every() -> list[Mutant]:
    return all_mutants(REPOSITORY)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {file: (REPOSITORY / file).read_text(encoding="utf-8") for file in sources(REPOSITORY)}


def _places(mutants: list[Mutant]) -> list[str]:
    return [mutant.id for mutant in mutants]


def test_mutants_are_of_the_product_and_of_nothing_else(every: list[Mutant]) -> None:
    files = {mutant.file for mutant in every}
    assert {"services/auth/tokens.py", "services/frontend/src/app.tsx"} <= files
    assert not [file for file in files if ".test." in file or "node_modules" in file]
    assert all(file.startswith("services/") for file in files)


def test_what_nobody_could_notice_is_left_alone(every: list[Mutant], texts: dict[str, str]) -> None:
    def operators(file: str, words: str) -> set[str]:
        lines = texts[file].splitlines()
        numbers = {number for number, line in enumerate(lines, 1) if words in line}
        assert numbers, f"{file} has no {words!r} any more"
        return {m.operator for m in every if m.file == file and m.line in numbers}

    assert operators("services/frontend/settings.py", "raise ValueError") == set(), "a setting"
    unit = operators("services/frontend/src/api/token.ts", "answer.expires_in * 1000")
    assert unit == {"arithmetic changed"}, "a thousandth more"
    health = {mutant.edit.text for mutant in every if mutant.file == "services/common/health.py"}
    assert not {"999", "1001"} & health, "a thousandth of a millisecond"
    assert operators("services/backend/components.py", "database.aclose()") == set(), "at its end"
    assert "services/common/spans.py" not in {mutant.file for mutant in every}, "logs"


def test_each_has_a_name_of_its_own(every: list[Mutant]) -> None:
    assert len(set(_places(every))) == len(every)


def test_python_mutants_compile(every: list[Mutant], texts: dict[str, str]) -> None:
    for mutant in islice(draw([m for m in every if m.file.endswith(".py")], 7), 300):
        after = mutant.edit.applied_to(texts[mutant.file].encode())
        compile(after, mutant.id, "exec", dont_inherit=True)


def test_typescript_mutants_parse(every: list[Mutant], texts: dict[str, str]) -> None:
    for mutant in islice(draw([m for m in every if not m.file.endswith(".py")], 7), 150):
        parse(mutant.edit.applied_to(texts[mutant.file].encode()), mutant.file)


def test_a_mutant_is_a_defect_at_one_place_only(every: list[Mutant], texts: dict[str, str]) -> None:
    for mutant in islice(draw(every, 7), 500):
        text = texts[mutant.file]
        (change,) = mutant.defect(text).changes
        assert change.applied_to(text).encode() == mutant.edit.applied_to(text.encode()), mutant.id


def test_the_same_seed_draws_the_same_and_another_others(every: list[Mutant]) -> None:
    first = _places(list(islice(draw(every, 1), 50)))
    assert first == _places(list(islice(draw(list(every), 1), 50)))
    assert first != _places(list(islice(draw(every, 2), 50)))


def test_a_hundred_are_spread_over_operators_services_and_lines(every: list[Mutant]) -> None:
    hundred = list(islice(draw(every, 3), 100))
    assert {mutant.operator for mutant in hundred} == set(OPERATORS)
    assert {mutant.service for mutant in hundred} == {"auth", "backend", "common", "frontend"}
    assert len({(mutant.file, mutant.line) for mutant in hundred}) == 100


def test_a_diff_shows_the_change(every: list[Mutant], texts: dict[str, str]) -> None:
    mutant = next(m for m in every if m.operator == "await removed")
    lines = mutant.diff(texts[mutant.file]).splitlines()
    assert [line for line in lines if line.startswith("-") and "await" in line]
    assert lines[0] == f"--- {mutant.file}"


PYTHON = b"""\
def a(
    b,
):
    if b:
        c = d(
            1,
        )
    return c
"""


@pytest.mark.parametrize(
    ("part", "lines"), [(b"b:", {4}), (b"1,", {5, 6, 7}), (b"return", {8}), (b"b,", {1, 2, 3})]
)
def test_python_is_reached_where_its_statement_is(part: bytes, lines: set[int]) -> None:
    tree = parse(PYTHON, "a.py")
    assert python.place(tree, PYTHON.index(part)) == lines


def test_typescript_is_reached_where_its_innermost_statement_is() -> None:
    source = b"const a = (b: number) => b + 1;\nfunction c() { if (d) return 1; e(); }\n"
    tree = parse(source, "a.ts")
    places = [browser.place(tree, source.index(part)) for part in (b"a =", b"+ 1", b"1; e", b"e()")]
    assert len(set(places)) == 4
    assert all(len(place) == 1 for place in places)


def test_the_watched_frontend_is_still_typescript() -> None:
    for change in browser.instrument(REPOSITORY):
        if not change.file.endswith(".py"):
            parse(change.new.encode(), change.file)


def test_tests_that_reach_a_mutant_come_quickest_first(every: list[Mutant]) -> None:
    mutant = next(m for m in every if m.file == "services/auth/cookies.py")
    ran = {mutant.file: frozenset({mutant.line})}
    reached = {"slow": ran, "elsewhere": {mutant.file: frozenset[int]()}, "quick": ran}
    reach = Reach(REPOSITORY, reached, {"slow": 9.0, "elsewhere": 1.0, "quick": 2.0}, ())
    assert reach.tests(mutant) == ("quick", "slow")


def test_only_runs_that_tell_something_count(every: list[Mutant]) -> None:
    some = list(islice(draw(every, 5), 4))
    red = Red("e2e/test_a.py::test_b", "no answer | at all")
    found = Measurement(
        5,
        outcomes=[
            (some[0], Outcome(some[0].id, "noticed", 1, red=(red,))),
            (some[1], Outcome(some[1].id, "survived", 1)),
            (some[2], Outcome(some[2].id, "error", 1, detail="The stack did not start, …")),
            (some[3], Outcome(some[3].id, "error", 1, detail="pytest ended with exit code 3")),
        ],
    )
    assert (found.total.noticed, found.total.counted, found.total.share) == (1, 2, "50%")
    assert found.survivors == [some[1]]
    assert found.not_started == [some[2]]
    text = markdown(found, REPOSITORY)
    assert "1 of 2 random mutants were noticed (50%), seed 5." in text
    assert some[1].diff((REPOSITORY / some[1].file).read_text()) in text
    assert "no answer \\| at all" in text
