"""Mutants that compiler or type checker refuse: no such defect could ever be shipped."""

import subprocess
import sys
from pathlib import Path

from faults.control import ControlError
from faults.mutants.generate import Mutant

_FRONTEND = Path("services/frontend")
_TSC = (
    *("node_modules/typescript/bin/tsc", "--noEmit", "--incremental"),
    *("--tsBuildInfoFile", "node_modules/.tsbuildinfo"),
    # Whoever takes a call away also takes away what only it used.
    *("--noUnusedLocals", "false", "--noUnusedParameters", "false"),
)


class Checker:
    """Checks mutants one after another in `copy`, a copy of the repository that it may change."""

    def __init__(self, copy: Path) -> None:
        self._copy = copy
        self._tried = False

    def refuses(self, mutant: Mutant) -> bool:
        """Whether the mutant is stillborn. Raises ControlError when the product itself is."""
        file = self._copy / mutant.file
        before = file.read_bytes()
        after = mutant.edit.applied_to(before)
        if mutant.file.endswith(".py"):
            return not _compiles(after)
        if not self._tried:
            self._tried = True
            if complaint := self._type_errors():
                raise ControlError(
                    f"The Frontend's types are wrong before any change:\n{complaint}\n"
                    "Make `make lint` green first."
                )
        try:
            file.write_bytes(after)
            return bool(self._type_errors())
        finally:
            file.write_bytes(before)

    def _type_errors(self) -> str:
        node = Path(sys.executable).parent / "node"
        done = subprocess.run(
            [node, *_TSC], cwd=self._copy / _FRONTEND, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr if done.returncode else ""


def _compiles(source: bytes) -> bool:
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True
