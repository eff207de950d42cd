"""Operators on what is done: calls, awaits, arguments, statements, returned values."""

from collections.abc import Iterator
from itertools import pairwise

from tree_sitter import Node

from faults.mutants.syntax import Edit, is_python, replace, text

_CALLS = {"call", "call_expression"}
_AWAITS = {"await", "await_expression"}
_ASSIGNMENTS = {
    "assignment", "augmented_assignment", "assignment_expression",
    "augmented_assignment_expression", "update_expression",
}  # fmt: skip
_NAMES = {"identifier"}
_NOTHING = {"None", "null", "undefined", "True", "False", "true", "false"}
_LEAVING = {"raise_statement", "throw_statement", "break_statement", "continue_statement"}
# A call without an effect of its own, whose first argument or object can stand for its result.
_TRANSPARENT = {
    "abs", "bool", "float", "int", "list", "max", "min", "round", "set", "sorted", "str", "tuple",
}  # fmt: skip
_TRANSPARENT_METHODS = {
    "casefold", "filter", "lower", "removeprefix", "reverse", "rstrip", "slice", "sort", "strip",
    "toLowerCase", "toReversed", "toSorted", "trim", "upper",
}  # fmt: skip


def _nothing(statement: Node) -> Edit:
    return replace(statement, "pass" if is_python(statement) else "{}")


def _bare(node: Node) -> Node:
    """The call in `await call()`, `void call()`."""
    while node.type in _AWAITS or (node.type == "unary_expression" and text(node)[:5] == "void "):
        node = node.named_children[-1]
    return node


def call(node: Node) -> Iterator[Edit]:
    """`await f(x)` as a statement goes; `name.strip()` becomes `name`, `max(1, x)` becomes `1`."""
    if node.type == "expression_statement":
        if _bare(node.named_children[0]).type in _CALLS:
            yield _nothing(node)
        return
    if node.type not in _CALLS:
        return
    function, arguments = node.child_by_field_name("function"), _positional(node)
    assert function is not None
    if function.type in _NAMES and text(function) in _TRANSPARENT and arguments:
        yield replace(node, text(arguments[0]))
    elif function.type in ("attribute", "member_expression"):
        method = function.named_children[-1]
        if text(method) in _TRANSPARENT_METHODS:
            yield replace(node, text(function.named_children[0]))


def _is_returned(node: Node) -> bool:
    """Whether TypeScript waits for it all the same: `return await f()`, but not inside `try`."""
    if is_python(node) or node.parent is None or node.parent.type != "return_statement":
        return False
    at: Node | None = node
    while at is not None and not at.type.endswith(("function", "_declaration", "_definition")):
        if at.type == "try_statement":
            return False
        at = at.parent
    return True


def await_(node: Node) -> Iterator[Edit]:
    """`await f()` becomes `f()`."""
    if node.type in _AWAITS and not _is_returned(node):
        yield replace(node, text(node.named_children[0]))


def _positional(node: Node) -> list[Node]:
    arguments = node.child_by_field_name("arguments")
    if arguments is None or arguments.type not in ("argument_list", "arguments"):
        return []  # such as a generator expression, or a template
    plain = []
    for argument in arguments.named_children:
        if argument.type in ("keyword_argument", "list_splat", "dictionary_splat", "comment"):
            break
        if argument.type == "spread_element":
            break
        plain.append(argument)
    return plain


def arguments(node: Node) -> Iterator[Edit]:
    """`f(a, b)` becomes `f(b, a)`: each pair of neighbours, where they differ."""
    if node.type not in (*_CALLS, "new_expression"):
        return
    given = _positional(node)
    for left, right in pairwise(given):
        if text(left) != text(right):
            between = node.text or b""
            offset = node.start_byte
            middle = between[left.end_byte - offset : right.start_byte - offset].decode()
            yield Edit(left.start_byte, right.end_byte, f"{text(right)}{middle}{text(left)}")


def statement(node: Node) -> Iterator[Edit]:
    """A `raise`, `break`, `continue`, `del`, or an assignment to what outlives the block, goes."""
    if node.type in (*_LEAVING, "delete_statement"):
        yield _nothing(node)
    elif node.type == "expression_statement":
        inner = node.named_children[0]
        if inner.type in _ASSIGNMENTS and _outlives(inner):
            yield _nothing(node)


def _outlives(assignment: Node) -> bool:
    """Whether it changes an object or an earlier value, rather than naming a new one."""
    if assignment.type not in ("assignment", "assignment_expression"):
        return True
    if assignment.type == "assignment_expression":
        return True  # a declaration is another node in TypeScript
    left = assignment.child_by_field_name("left")
    return left is not None and left.type in ("attribute", "subscript")


def value_returned(node: Node) -> Iterator[Edit]:
    """`return x` becomes `return None`, or `return null`; `return` in a guard goes."""
    if node.type != "return_statement":
        return
    value = next(iter(node.named_children), None)
    if value is None:
        yield _nothing(node)
    elif text(value) not in _NOTHING:
        yield replace(value, "None" if is_python(node) else "null")
