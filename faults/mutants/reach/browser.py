"""What the Frontend's TypeScript runs: each statement says so, once a page, on the console.

Chromium's own coverage would have to be asked before each page closes or leaves, by every
test; what the console said is there whatever becomes of the page.
"""

import functools
from collections.abc import Iterator
from pathlib import Path

from tree_sitter import Node

from faults.defect import Change
from faults.mutants.places import sources
from faults.mutants.syntax import Edit, parse, walk

MARK = "reached:"

_TELL = """
function __reached(at: number) {
  const page = globalThis as any, name = "FILE:" + at;
  if ((page.__told ??= new Set()).has(name)) return;
  page.__told.add(name);
  if (page.__toTell) { page.__toTell.push(name); return; }
  page.__toTell = [name];
  queueMicrotask(() => { console.debug("MARK " + page.__toTell.join(" ")); page.__toTell = null; });
}
"""

_BLOCKS = {"statement_block", "program", "switch_case", "switch_default"}
_NOT_RUN = {"import_statement", "interface_declaration", "type_alias_declaration", "comment"}


def _probes(root: Node) -> Iterator[tuple[Node, str]]:
    """What is told of when it begins to run: statements, and values of arrow functions."""
    for node in walk(root, lambda node: node.type in _NOT_RUN):
        above = node.parent
        if above is None:
            continue
        is_statement = node.type.endswith(("_statement", "_declaration"))
        if above.type == "arrow_function" and node == above.child_by_field_name("body"):
            if node.type != "statement_block":
                yield node, "value"
        elif above.type in _BLOCKS and is_statement:
            yield node, "statement"
        elif above.type in ("if_statement", "else_clause") and node.type.endswith("_statement"):
            yield node, "branch"


def _marked(source: bytes, file: str) -> bytes:
    edits: list[Edit] = []
    for node, kind in _probes(parse(source, file)):
        tell = f"__reached({node.start_byte})"
        before, after = {
            "value": (f"({tell}, ", ")"),
            "statement": (f"{tell}; ", ""),
            "branch": (f"{{ {tell}; ", " }"),
        }[kind]
        edits += [Edit(node.start_byte, node.start_byte, before)]
        edits += [Edit(node.end_byte, node.end_byte, after)]
    # From the end on, so that offsets hold; of two at one place the inner one's end is first.
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        source = edit.applied_to(source)
    return source + _TELL.replace("FILE", file).replace("MARK", MARK).encode()


def instrument(root: Path) -> list[Change]:
    """The changes that make the Frontend tell what it runs, and pytest listen."""
    changes = []
    for file in sources(root):
        if not file.endswith(".py"):
            before = (root / file).read_bytes()
            changes.append(Change(file, before.decode(), _marked(before, file).decode()))
    plugins = "pytest_plugins = ["
    listener = f'{plugins}\n    "faults.mutants.reach.listener",'
    return [*changes, Change("conftest.py", plugins, listener)]


def read(copy: Path) -> dict[str, set[int]]:
    """The offsets that the pages of `copy` told of, by file."""
    found: dict[str, set[int]] = {}
    told = copy / "reached" / "browser"
    for name in told.read_text(encoding="utf-8").split() if told.exists() else ():
        file, _, offset = name.rpartition(":")
        found.setdefault(file, set()).add(int(offset))
    return found


@functools.lru_cache(maxsize=1)
def _spans(root: Node) -> list[tuple[int, int]]:
    return [(node.start_byte, node.end_byte) for node, _ in _probes(root)]


def place(root: Node, offset: int) -> frozenset[int]:
    """The offset that tells of the innermost statement at a byte offset; none: it never runs."""
    around = [start for start, end in _spans(root) if start <= offset < end]
    return frozenset((max(around),)) if around else frozenset()
