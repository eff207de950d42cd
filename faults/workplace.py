"""Copies of the repository in a temporary folder: a defect is never put into the work tree."""

import compileall
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from py_compile import PycInvalidationMode

from faults.defect import Defect
from fixtures.config import Build, load_config
from fixtures.stack import build, run_folder

_TOP = {"artifacts", "benchmarks", "docs", "examples", "tests"}
_ANYWHERE = {"node_modules", "__pycache__"}


def _copied(root: Path, folder: Path) -> Iterator[Path]:
    """What a run of the suite needs of `folder`, below the repository at `root`."""
    for entry in sorted(folder.iterdir()):
        if entry.name in _ANYWHERE:
            continue
        if folder == root and (entry.name in _TOP or entry.name.startswith(".")):
            continue
        if entry.is_dir():
            yield from _copied(root, entry)
        else:
            yield entry


class Workplace:
    """A snapshot of the repository at `root`, and copies of it with a defect each.

    `folder` is a temporary folder that is this object's alone. What is built (the Frontend)
    is kept in `root`'s cache by the contents it was built from.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        """The repository that was copied."""
        self._folder = folder
        self._baseline = folder / "unchanged"
        self._built = root / ".cache" / "faults" / "built"
        digest = hashlib.sha256()
        for file in _copied(root, root):
            place = file.relative_to(root)
            target = self._baseline / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)
            if place.parts[0] != "faults" and "dist" not in place.parts:
                digest.update(f"\0{place}\0".encode() + file.read_bytes())
        self.key = digest.hexdigest()
        """Stands for the product and the suite as they are in the snapshot."""
        # Not the repository's own, which may tell of a stack that is kept running.
        cache = root / ".cache" / "faults" / "stack"
        cache.mkdir(parents=True, exist_ok=True)
        (self._baseline / ".cache").symlink_to(cache)
        for modules in root.glob("services/*/node_modules"):
            # Entry by entry: a tool that writes into node_modules writes into the copy.
            target = self._baseline / modules.relative_to(root)
            target.mkdir(parents=True)
            for entry in modules.iterdir():
                (target / entry.name).symlink_to(entry)
        # By hash, not by time: a changed file is never taken for the one that was compiled.
        compileall.compile_dir(
            self._baseline, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH
        )
        config = load_config(self._baseline / "playwright.config.py")
        self._builds = [service.build for service in config.stack.services if service.build]

    def check(self, defect: Defect) -> None:
        """Raise DefectError when `defect` cannot be put into a copy."""
        defect.seeded(self._baseline)

    @contextmanager
    def copy(self, defect: Defect | None = None) -> Iterator[Path]:
        """A copy with `defect` in it; gone afterwards. Raises DefectError."""
        place = Path(tempfile.mkdtemp(prefix="copy-", dir=self._folder))
        try:
            shutil.copytree(self._baseline, place, symlinks=True, dirs_exist_ok=True)
            if defect is not None:
                defect.seed(place)
            for one in self._builds:
                self._fetch(one, place / one.cwd)
            yield place
            for one in self._builds:
                self._keep(one, place / one.cwd)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _kept(self, one: Build, folder: Path) -> Path:
        return self._built / build.fingerprint(one, folder)

    def _fetch(self, one: Build, folder: Path) -> None:
        """Put a build of these very contents in place, if there is one."""
        kept = self._kept(one, folder)
        if kept.exists() and not build.is_current(one, folder):
            shutil.rmtree(folder / one.output, ignore_errors=True)
            shutil.copytree(kept, folder / one.output)

    def _keep(self, one: Build, folder: Path) -> None:
        kept = self._kept(one, folder)
        if build.is_current(one, folder) and not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=kept.parent))
            shutil.copytree(folder / one.output, unfinished, dirs_exist_ok=True)
            try:
                unfinished.rename(kept)
            except OSError:  # another worker was faster
                shutil.rmtree(unfinished)


@contextmanager
def workplace(root: Path) -> Iterator[Workplace]:
    """A workplace for the repository at `root`; its folder is gone afterwards.

    The folder of a runner that was killed is removed by the next run of the suite, which
    knows it by its name and its free lock.
    """
    folder, lock = run_folder.make()
    try:
        yield Workplace(root, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
