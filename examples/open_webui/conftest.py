"""Loads the suite's pytest plugins: the same as the suite's own conftest.py."""

from pathlib import Path
from runpy import run_path

SUITE = Path(__file__).resolve().parents[2]
pytest_plugins = run_path(str(SUITE / "conftest.py"))["pytest_plugins"]
