"""What the services' Python runs, by coverage.py inside each of their processes.

https://coverage.readthedocs.io/
"""

from pathlib import Path

from coverage import CoverageData
from tree_sitter import Node

from faults.defect import Change

_MEASURE = """

from pathlib import Path

import coverage

_coverage = coverage.Coverage(
    data_file=Path(__file__).parents[1] / "reached" / "python",
    data_suffix=True,
    auto_data=True,
    source_pkgs=["services"],
    config_file=False,
    messages=False,
)
# uvicorn raises the signal that ended it once more, and then nothing runs at exit.
_coverage.set_option("run:sigterm", True)
_coverage.start()
"""

_COMPOUND = {
    "if_statement", "elif_clause", "while_statement", "for_statement", "with_statement",
    "function_definition", "class_definition", "except_clause", "match_statement", "case_clause",
    "try_statement",
}  # fmt: skip


def instrument(root: Path) -> list[Change]:
    """The change that makes every process of the services measure itself."""
    package = (root / "services" / "__init__.py").read_text(encoding="utf-8")
    return [Change("services/__init__.py", package, package + _MEASURE)]


def read(copy: Path) -> dict[str, set[int]]:
    """The lines that ran in the processes of `copy`, by file."""
    found: dict[str, set[int]] = {}
    for file in (copy / "reached").glob("python.*"):
        data = CoverageData(str(file))
        data.read()
        for path in data.measured_files():
            name = Path(path).relative_to(copy.resolve()).as_posix()
            found.setdefault(name, set()).update(data.lines(path) or ())
    return found


def _lines(node: Node) -> range:
    """The lines of the statement that `node` is in; of its head, when that is a compound one."""
    at = node
    while at.parent is not None:
        if at.type in _COMPOUND:
            body = at.child_by_field_name("body") or at.child_by_field_name("consequence")
            end = body.start_point.row if body is not None else at.end_point.row
            return range(at.start_point.row + 1, max(end, at.start_point.row + 1) + 1)
        if at.type.endswith("_statement"):
            return range(at.start_point.row + 1, at.end_point.row + 2)
        at = at.parent
    return range(node.start_point.row + 1, node.end_point.row + 2)


def place(root: Node, offset: int) -> frozenset[int]:
    """The lines of the statement at a byte offset: when one of them ran, it was reached."""
    node = root.descendant_for_byte_range(offset, offset + 1)
    assert node is not None
    return frozenset(_lines(node))
