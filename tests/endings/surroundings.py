"""What stands before a command to give it other surroundings than the machine's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures import REPOSITORY

STRANGER = 65534
"""The user id of `nobody`."""


def namespace(script: str, folder: Path) -> tuple[str, ...]:
    """A mount namespace of the command's own, after `script` has mounted something at "$0".

    It is gone with the command's last process, whatever happens.
    """
    user = () if os.geteuid() == 0 else ("--map-root-user",)
    allowed = subprocess.run(
        ["unshare", *user, "--mount", "true"], capture_output=True, text=True, check=False
    )
    if allowed.returncode:
        pytest.fail(
            f"This test mounts a file system of its own, and may not: {allowed.stderr.strip()}. "
            "Run it as root with CAP_SYS_ADMIN, or where user namespaces are allowed.",
            pytrace=False,
        )
    return ("unshare", *user, "--mount", "sh", "-c", f'{script} && exec "$@"', str(folder))


def small_disk(folder: Path, size: str) -> tuple[str, ...]:
    """A disk of `size` at `folder`."""
    return namespace(f'mount -t tmpfs -o size={size} none "$0"', folder)


def read_only(folder: Path) -> tuple[str, ...]:
    """The same folder, in which nothing can be written."""
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0"'
    return namespace(script, folder)


def without_shared_memory() -> tuple[str, ...]:
    """A /dev/shm that is empty and cannot be written."""
    return namespace('mount -t tmpfs -o ro none "$0"', Path("/dev/shm"))


def as_stranger(open_folder: Path) -> tuple[str, ...]:
    """Another user than root; the same one when we are not root.

    A Python in root's home is shown to that user in a mount namespace: `open_folder` is a
    folder that anybody can enter, to do so by.
    """
    if os.geteuid() != 0:
        return ()
    become = ("setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups")
    python = Path(sys.executable).resolve()
    closed = [folder for folder in python.parents if not folder.stat().st_mode & 0o001]
    if not closed:
        return become
    inside = python.relative_to(closed[-1]).parts[0]
    script = (
        f'mkdir "$0/{inside}" && mount --bind "{closed[-1]}/{inside}" "$0/{inside}" && '
        f'mount -t tmpfs -o mode=755 none "{closed[-1]}" && mkdir "{closed[-1]}/{inside}" && '
        f'mount --bind "$0/{inside}" "{closed[-1]}/{inside}"'
    )
    return (*namespace(script, open_folder), *become)


def copy_checkout(folder: Path) -> None:
    """Copy what is under version control, and what runs have made once, to `folder`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if not name.startswith("tests/") and (REPOSITORY / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    for template in (REPOSITORY / ".cache").glob("postgres-*"):
        shutil.copytree(template, folder / ".cache" / template.name)
    built = "services/frontend/dist"
    shutil.copytree(REPOSITORY / built, folder / built)
