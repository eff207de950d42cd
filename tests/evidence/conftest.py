"""One run of the tests that fail on purpose (failures/failing.py), for all that look at it."""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from fixtures import REPOSITORY

FAILURES = Path(__file__).parent / "failures"


@dataclass(frozen=True)
class Failures:
    """What the run said, and what it has left."""

    output: str
    artifacts: Path
    secrets: list[str]
    properties: dict[str, dict[str, str]]
    """What reporters were told, by the test's name."""

    def bundle(self, test: str) -> Path:
        """The folder of a test that failed. Raises AssertionError."""
        found = [it for it in self.bundles() if f"-{test.replace('_', '-')}-" in f"{it.name}-"]
        assert len(found) == 1, f"{test} has {len(found)} bundles among {self.bundles()}"
        return found[0]

    def bundles(self) -> list[Path]:
        """The folders of all tests."""
        of_the_run = ("stack", "own-stack", "report")
        return [it for it in self.artifacts.iterdir() if it.is_dir() and it.name not in of_the_run]

    def terminal(self, test: str) -> str:
        """What the terminal said of a test that failed, in one phase or in two."""
        head = rf"^_+ (?:ERROR at \w+ of )?{test}(?:\[chromium\])? _+$"
        parts = re.split(r"^(?=_{3,} .* _{3,}$|={3,} )", self.output, flags=re.MULTILINE)
        found = [part for part in parts if re.search(head, part, re.MULTILINE)]
        assert found, f"{test} did not fail:\n{self.output}"
        return "".join(found)

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Every file that was kept, archives unpacked."""
        for file in sorted(it for it in self.artifacts.rglob("*") if it.is_file()):
            name = str(file.relative_to(self.artifacts))
            yield name, file.read_bytes()
            if file.suffix == ".zip":
                with zipfile.ZipFile(file) as archive:
                    for member in archive.namelist():
                        yield f"{name}/{member}", archive.read(member)


@pytest.fixture(scope="session")
def failures(tmp_path_factory: pytest.TempPathFactory) -> Failures:
    """The run."""
    folder = tmp_path_factory.mktemp("failures")
    secrets = folder / "secrets.json"
    junit = folder / "junit.xml"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", str(FAILURES / "failing.py")),
            *("--playwright-config", str(FAILURES / "stack_config.py")),
            *("--output", str(folder / "artifacts"), "--junitxml", str(junit)),
            *("-p", "no:cacheprovider"),
        ],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "FAILURES_SECRETS": str(secrets),
            "OTEL_TRACES_EXPORTER": "console",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert secrets.exists(), done.stdout
    return Failures(
        done.stdout, folder / "artifacts", json.loads(secrets.read_text()), _properties(junit)
    )


def _properties(junit: Path) -> dict[str, dict[str, str]]:
    cases = ET.parse(junit).iter("testcase")  # noqa: S314 - our own file
    return {
        case.attrib["name"].partition("[")[0]: {
            it.attrib["name"]: it.attrib["value"] for it in case.iter("property")
        }
        for case in cases
    }
