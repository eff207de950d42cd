"""The catalogue is whole, and every defect can be seeded into the code as it is."""

import ast
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from faults.catalogue import CATALOGUE
from faults.defect import Defect
from faults.further import FURTHER
from faults.journeys import FILES, names_of_tests, of_step
from fixtures import REPOSITORY

EVERY = (*CATALOGUE, *FURTHER)


@pytest.mark.parametrize("defect", EVERY, ids=[defect.id for defect in EVERY])
def test_defect_can_be_seeded(defect: Defect, tmp_path: Path) -> None:
    for change in defect.changes:
        copy = tmp_path / change.file
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / change.file, copy)

    defect.seed(tmp_path)

    for change in defect.changes:
        seeded = (tmp_path / change.file).read_text()
        assert seeded != (REPOSITORY / change.file).read_text()
        if change.file.endswith(".py"):
            ast.parse(seeded)


def test_ids_are_unique_and_begin_with_their_place() -> None:
    counts = Counter(defect.id for defect in EVERY)
    assert [one for one, count in counts.items() if count > 1] == []
    places = ("auth-", "backend-", "frontend-", "common-", "stores-")
    assert [defect.id for defect in EVERY if not defect.id.startswith(places)] == []


def test_every_journey_has_five_defects_and_every_service_some() -> None:
    journeys = Counter(of_step(defect.journey) for defect in CATALOGUE)
    assert {name: journeys[name] for name in FILES if journeys[name] < 5} == {}
    assert {"auth", "backend", "common", "frontend", "stores"} == {
        defect.service for defect in CATALOGUE
    }


def test_titles_are_sentences_that_tell_defects_apart() -> None:
    titles = [defect.title for defect in EVERY]
    assert [title for title in titles if not title.endswith(".")] == []
    assert len(set(titles)) == len(titles)


def test_every_test_file_belongs_to_one_journey() -> None:
    listed = sorted(file for files in FILES.values() for file in files)
    there = sorted(f"e2e/{path.name}" for path in (REPOSITORY / "e2e").glob("test_*.py"))
    assert listed == there


def test_for_every_test_there_is_a_defect() -> None:
    named = {defect.noticed_by.partition("[")[0] for defect in EVERY}
    without = [test for test in names_of_tests(REPOSITORY) if test not in named]
    assert without == [], "break what they guard, and keep the change in faults/further"


def test_the_tests_that_are_there_for_defects_exist() -> None:
    named = sorted({defect.noticed_by for defect in EVERY if defect.noticed_by})
    command = [sys.executable, "-m", "pytest", *named, "--collect-only", "-q", "-n", "0"]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"Name the tests as they are called now:\n{ran.stdout[-2000:]}"
