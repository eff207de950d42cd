"""Source files as syntax trees, in the product's two languages.

One parser reads both (tree-sitter), so that an operator is written once and means the same in
both. https://tree-sitter.github.io/py-tree-sitter/
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import tree_sitter_python
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

_LANGUAGES = {
    ".py": Language(tree_sitter_python.language()),
    ".ts": Language(tree_sitter_typescript.language_typescript()),
    ".tsx": Language(tree_sitter_typescript.language_tsx()),
}
SUFFIXES = frozenset(_LANGUAGES)


@dataclass(frozen=True)
class Edit:
    """The bytes from `start` to `end` become `text`."""

    start: int
    end: int
    text: str

    def applied_to(self, source: bytes) -> bytes:
        """The source with the edit in it."""
        return source[: self.start] + self.text.encode() + source[self.end :]


def parse(source: bytes, file: str) -> Node:
    """The root of the file's syntax tree. Raises ValueError when it does not parse."""
    root = Parser(_LANGUAGES[PurePosixPath(file).suffix]).parse(source).root_node
    if root.has_error:
        raise ValueError(f"{file} does not parse. Correct its syntax.")
    return root


def text(node: Node) -> str:
    """The source of a node."""
    assert node.text is not None
    return node.text.decode()


def replace(node: Node, new: str) -> Edit:
    """The edit that puts `new` where `node` is."""
    return Edit(node.start_byte, node.end_byte, new)


def is_python(node: Node) -> bool:
    """Whether the node is of a Python file."""
    top = node
    while top.parent is not None:
        top = top.parent
    return top.type == "module"


def is_field(node: Node, name: str) -> bool:
    """Whether the node is the field `name` of its parent."""
    return node.parent is not None and node.parent.child_by_field_name(name) == node


def walk(node: Node, skip: Callable[[Node], bool]) -> Iterator[Node]:
    """`node` and all named nodes below it, in the file's order, without what `skip` leaves out."""
    if skip(node):
        return
    yield node
    for child in node.named_children:
        yield from walk(child, skip)
