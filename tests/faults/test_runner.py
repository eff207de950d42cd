"""Noticed is what a red test says, and nothing else."""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from faults.control import ControlError
from faults.defect import DefectError
from faults.journeys import FILES, own_files
from faults.outcome import Outcome
from faults.runner import run
from fixtures import REPOSITORY
from tests.faults.conftest import HELLO, RUDE, SERVICE_FILE, TEST, TEST_FILE, defect
from tests.manager.conftest import gone, wait_for

UNSEEN = defect('b"goodbye"', 'b"good night"', id="unseen")
DEAD = defect("import sys\n", "import sys\n\nsys.exit('no')\n", id="dead")
MEANT = replace(DEAD, id="meant", prevents_start=True)


def test_what_counts_as_noticed(repository: Path) -> None:
    told: list[Outcome] = []
    defects = [RUDE, UNSEEN, DEAD, MEANT]
    result = run(defects, root=repository, on_outcome=told.append)
    rude, unseen, dead, meant = result.outcomes

    assert (rude.status, rude.in_journey) == ("noticed", True)
    assert [red.test for red in rude.red] == [f"{TEST_FILE}::{HELLO}"]
    assert rude.red[0].message.startswith("AssertionError: it does not greet")
    assert (unseen.status, unseen.red) == ("survived", ())
    every_file = {file for files in FILES.values() for file in files}
    assert {test.partition("::")[0] for test in unseen.green} == every_file, "not all were asked"
    # A stack that stays down is noticed only when it is meant to.
    assert (dead.status, dead.red) == ("error", ())
    assert "The stack did not start" in dead.detail
    assert meant.status == "noticed"
    assert "toy" in meant.red[0].message
    assert sorted(one.defect for one in told) == sorted(one.id for one in defects)
    assert result.false_alarms == ()

    known = [RUDE, UNSEEN, MEANT]
    again = run(known, root=repository, resume=True)
    assert again.outcomes == (rude, unseen, meant), "what is known of this code is taken over"


def test_a_test_that_is_red_without_a_defect_notices_nothing(repository: Path) -> None:
    broken = "\n\ndef test_broken():\n    assert False, 'red anyway'\n"
    (repository / TEST_FILE).write_text(broken + TEST)
    result = run([RUDE], root=repository)
    assert [red.test for red in result.false_alarms] == [f"{TEST_FILE}::test_broken"]
    assert [red.test for red in result.outcomes[0].red] == [f"{TEST_FILE}::{HELLO}"]


FICKLE = """

def test_fickle(stack):
    mark = Path({mark!r})
    if httpx.get(stack.url("toy")).text != "hello" and not mark.exists():
        mark.write_text("yes")
        raise AssertionError("red once")
"""


def test_a_test_that_is_red_once_only_confirms_nothing(repository: Path, tmp_path: Path) -> None:
    fickle = FICKLE.format(mark=str(tmp_path / "was-red"))
    (repository / TEST_FILE).write_text(f"from pathlib import Path\n\nimport httpx\n{fickle}{TEST}")
    (rude,) = run([RUDE], root=repository, confirm=True).outcomes
    assert [red.test for red in rude.red] == [f"{TEST_FILE}::{HELLO}"]


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ("import nowhere\n", "cannot be run on the product as it is"),
        ("def test_it():\n    assert False, 'red'\n", "is red without any defect"),
    ],
)
def test_without_a_green_test_nothing_is_claimed(repository: Path, tests: str, said: str) -> None:
    for file in own_files(RUDE):
        (repository / file).write_text(tests)
    with pytest.raises(ControlError, match=said):
        run([RUDE], root=repository)


def test_a_moved_place_is_an_error_before_anything_runs(repository: Path) -> None:
    told: list[Outcome] = []
    with pytest.raises(DefectError, match=SERVICE_FILE):
        run([RUDE, defect("gone", "here")], root=repository, on_outcome=told.append)
    assert told == []


INTERRUPTED = """
import signal
import sys
from pathlib import Path
from faults.runner import run
from tests.faults.conftest import RUDE
signal.signal(signal.SIGINT, signal.default_int_handler)
run([RUDE], root=Path(sys.argv[1]))
"""

HANGING = """
import time
from pathlib import Path


def test_long(stack):
    Path({mark!r}).write_text("yes\\n")
    time.sleep(60)
"""


def test_ctrl_c_leaves_nothing_behind(repository: Path, tmp_path: Path) -> None:
    mark = tmp_path / "in-test"
    (repository / TEST_FILE).write_text(HANGING.format(mark=str(mark)))
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(repository)],
        cwd=REPOSITORY,
        stderr=subprocess.PIPE,
        process_group=0,
    )
    wait_for(mark, within=30)
    family = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    assert len(family) >= 3, "pytest, its supervisor and the service should be running"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert [pid for pid in family if not gone(pid)] == []
