"""A full disk: under the logs, the evidence, and the temporary folder, at start and in a test.

The disk is a small tmpfs. It is mounted in a mount namespace of the run's own
(`unshare --mount`), so that it is gone with the run, whatever happens.
"""

from pathlib import Path

import pytest

from tests.endings.conftest import Begin, Judge
from tests.endings.surroundings import small_disk
from tests.runs.conftest import Project
from tests.runs.tests_to_run import PASSING

RED, USAGE_ERROR = 1, 4

FILLS = """
from pathlib import Path

def test_fills(page):
    page.goto("/")
    with Path({folder!r}, "filler").open("wb") as file:
        try:
            while True:
                file.write(bytes(65_536))
                file.flush()
        except OSError:
            pass
    assert {outcome}

def test_after(page):
    page.goto("/")
"""


@pytest.mark.parametrize(("outcome", "end"), [("True", "passes"), ("page.title() == 'x'", "fails")])
@pytest.mark.slow
def test_evidence_and_logs(
    project: Project, begin: Begin, judge: Judge, outcome: str, end: str
) -> None:
    project.artifacts.mkdir()
    project.prefix = small_disk(project.artifacts, "64m")
    project.write_tests(FILLS.format(folder=str(project.artifacts), outcome=outcome))
    witness = begin(project)
    witness.wait_for("--type=renderer")
    witness.now()
    name = f"disk full under logs and evidence, in a test that {end}"
    says = f"The disk that holds {project.artifacts}"
    judge(name, project, witness, code=RED, says=says)


@pytest.mark.slow
def test_evidence_at_start(project: Project, begin: Begin, judge: Judge) -> None:
    project.artifacts.mkdir()
    project.prefix = small_disk(project.artifacts, "1m")
    project.write_tests(PASSING)
    witness = begin(project)
    witness.now()
    ended = judge(
        "disk full under logs and evidence, at start",
        *(project, witness),
        code=USAGE_ERROR,
        says=str(project.artifacts),
    )
    assert "1.0 MB of free space" in ended.said[0]
    assert "up in" not in ended.output


@pytest.mark.slow
def test_temporary_folder_at_start(
    project: Project, begin: Begin, judge: Judge, tmp_path: Path
) -> None:
    """/dev/shm is too small to be used, and then the usual folder is."""
    small = tmp_path / "small"
    small.mkdir()
    project.prefix = (*small_disk(Path("/dev/shm"), "1m"), *small_disk(small, "1m"))
    project.write_tests(PASSING)
    witness = begin(project, TMPDIR=str(small))
    witness.now()
    ended = judge(
        "disk full under the temporary folder",
        *(project, witness),
        code=USAGE_ERROR,
        says=str(small),
    )
    assert "TMPDIR" in ended.said[-1]
