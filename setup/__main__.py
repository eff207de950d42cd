"""`python3 setup`: installs what is missing, and nothing twice. `python3 setup docs` builds docs.

Runs before anything is installed, so it uses the standard library alone. Steps: the
system's packages (packages.tsv, Debian and Ubuntu by apt; elsewhere it says what to
install), uv, the project's Python packages into .venv, and the build of the Frontend.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
VENV_PYTHON = ROOT / ".venv" / "bin" / "python"
UV_VERSION = "0.13.9"
MANUAL = "docs/installation.md"


class SetupError(Exception):
    """Set-up cannot go on: one sentence on what is wrong, one on what to do."""


def say(text: str) -> None:
    """Tell the user what is being done."""
    sys.stderr.write(f"setup: {text}\n")


def run(command: list[str], failure: str, **environment: str) -> None:
    """Run `command`; its output goes to the terminal only when it fails.

    Raises SetupError with `failure` and the output's end.
    """
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-12:])
        raise SetupError(f"{tail}\n{failure}")


def check_python() -> None:
    """Raise SetupError when the Python that runs this is too old for the project."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the machine's Python may be any
        raise SetupError("Python 3.11 or newer is needed. Run: make PYTHON=python3.11 setup")


def is_there(found_as: str) -> bool:
    """Whether one of the programs, given as names or path globs divided by |, exists."""
    return any(
        shutil.which(word) or next(Path("/").glob(word.lstrip("/")), None)
        for word in found_as.split("|")
    )


def missing_packages() -> list[dict[str, str]]:
    """The rows of packages.tsv whose program is not there."""
    lines = (ROOT / "setup" / "packages.tsv").read_text().splitlines()
    names = ("for", "found_as", "debian", "fedora", "macos")
    rows = [dict(zip(names, line.split("\t"), strict=True)) for line in lines if line[:1] != "#"]
    return [row for row in rows if not is_there(row["found_as"])]


def as_root() -> list[str]:
    """What to put before a command that needs root: nothing, or sudo. Raises SetupError."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        return ["sudo"]
    return []


def needs_venv_package() -> bool:
    """Debian's Python comes without ensurepip, which a virtual environment needs."""
    probe = [sys.executable, "-c", "import ensurepip, venv"]
    return subprocess.run(probe, capture_output=True, check=False).returncode != 0


def install_system_packages() -> None:
    """Install what packages.tsv lists and the machine lacks. Raises SetupError."""
    missing = missing_packages()
    wanted = [row["debian"] for row in missing]
    if needs_venv_package() and not shutil.which("uv"):
        wanted.append("python3-venv")
    if not wanted:
        return
    purposes = ", ".join(f"{row['debian']} ({row['for']})" for row in missing) or "python3-venv"
    if not shutil.which("apt-get"):
        fedora = " ".join(row["fedora"] for row in missing)
        macos = " ".join(row["macos"] for row in missing)
        raise SetupError(
            f"Missing: {purposes}, and there is no apt-get to install them with. Install them "
            f"by hand (Fedora: dnf install {fedora}; macOS: brew install {macos}; see {MANUAL})."
        )
    by_hand = f"apt-get install {' '.join(wanted)}"
    if os.geteuid() != 0 and not shutil.which("sudo"):
        raise SetupError(
            f"Missing: {purposes}, and installing needs root, which you are not (and there is no "
            f"sudo). Have an administrator run: {by_hand}"
        )
    say(f"installing {' '.join(wanted)} ...")
    apt = [*as_root(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    offline = (
        "The system's packages could not be installed. If this machine is offline, connect it; "
        f"else install them by hand: {by_hand}"
    )
    run([*apt, "update"], offline)
    run([*apt, "install", "-y", "--no-install-recommends", *wanted], offline)


def find_uv() -> str:
    """The path of uv, installed into .cache/uv when there is none. Raises SetupError."""
    on_path = shutil.which("uv")
    if on_path:
        return on_path
    own = CACHE / "uv" / "bin" / "uv"
    if not own.exists():
        say("installing uv ...")
        run(
            [sys.executable, "-m", "venv", "--clear", str(CACHE / "uv")],
            "A virtual environment cannot be made. Install the package python3-venv.",
        )
        run(
            [str(CACHE / "uv" / "bin" / "pip"), "install", "-q", f"uv=={UV_VERSION}"],
            "uv could not be installed. If this machine is offline, connect it; else install "
            f"uv {UV_VERSION} by hand ({MANUAL}).",
        )
    return str(own)


def fingerprint(*files: str) -> str:
    """A hash over the contents of `files`, and of what they are installed into."""
    digest = hashlib.sha256(f"{ROOT}|{sys.version_info[:2]}".encode())
    for file in files:
        digest.update((ROOT / file).read_bytes())
    return digest.hexdigest()


def install_python_packages() -> None:
    """Bring .venv to what uv.lock says. Raises SetupError."""
    stamp = CACHE / "python-packages"
    wanted = fingerprint("pyproject.toml", "uv.lock")
    if VENV_PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    uv = find_uv()
    say("installing the Python packages ...")
    run(
        [uv, "sync", "--quiet", "--locked", "--compile-bytecode", "--python", sys.executable],
        "The Python packages could not be installed. Mend what is said above, or connect this "
        "machine if it is offline, and run again.",
        UV_PYTHON_DOWNLOADS="never",
        VIRTUAL_ENV="",
    )
    stamp.write_text(wanted)


def build_docs() -> int:
    """Build the site, with packages of its own beside .venv; returns the exit code.

    Raises SetupError when the packages cannot be installed.
    """
    uv = find_uv()
    beside = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(CACHE / "docs-venv"), "VIRTUAL_ENV": ""}
    sync = [uv, "sync", "--quiet", "--locked", "--only-group", "docs", "--python", sys.executable]
    run(
        sync,
        "The packages that build the documentation could not be installed. If this machine is "
        "offline, connect it and run again.",
        **beside,
    )
    program = CACHE / "docs-venv" / "bin" / "mkdocs"
    # An advertisement of its theme's, three times as long as all other output.
    environment = {**beside, "NO_MKDOCS_2_WARNING": "1"}
    # Not --quiet: that hides warnings from --strict, too.
    command = [str(program), "build", "--strict"]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode == 0:
        sys.stdout.write(f"{CACHE / 'docs-site' / 'index.html'}\n")
    return done.returncode


def main() -> int:
    """Run every step, or build the documentation; returns the exit code."""
    started = time.monotonic()
    CACHE.mkdir(exist_ok=True)
    try:
        check_python()
        if sys.argv[1:] == ["docs"]:
            return build_docs()
        install_system_packages()
        install_python_packages()
        run(
            [str(VENV_PYTHON), "-m", "fixtures.stack", "build"],
            "The build failed. If this machine is offline, connect it and run again.",
        )
    except SetupError as error:
        say(str(error))
        return 1
    seconds = time.monotonic() - started
    if seconds > 5:
        say(f"ready, after {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
