"""Operators on values: numbers, status codes, and strings that programs read."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from faults.mutants.syntax import Edit, is_field, replace, text

_STATUS = {
    "200": "204", "201": "200", "202": "200", "204": "200", "302": "301", "303": "302",
    "400": "422", "401": "403", "403": "401", "404": "410", "409": "400", "410": "404",
    "413": "400", "422": "400", "429": "503", "500": "502", "502": "500", "503": "500",
    "1000": "1001", "1001": "1000", "1008": "1011", "1009": "1008", "1011": "1008",
    "1012": "1001", "1013": "1011",
}  # fmt: skip
"""Another of the same kind: what a programmer may well have taken for it."""

_STATUS_NAMES = {
    "UNAUTHORIZED": "FORBIDDEN", "FORBIDDEN": "UNAUTHORIZED", "NOT_FOUND": "GONE",
    "POLICY_VIOLATION": "INTERNAL_ERROR",
}  # fmt: skip

_ARITHMETIC = {
    "+": "-", "-": "+", "*": "/", "/": "*", "//": "*", "%": "*",
    "+=": "-=", "-=": "+=", "*=": "/=", "/=": "*=",
}  # fmt: skip

# What programs read: no white space, no sentence. One letter or sign is a separator.
_KEY = re.compile(r"[\w./:*@?&=#+-]{2,}")
_STRINGS = {"string", "template_string"}
_FRAGMENTS = {"string_content", "string_fragment"}


def _is_status(node: Node) -> bool:
    """Whether a number stands where a status or a close code does, and is one."""
    if text(node) not in _STATUS or node.parent is None:
        return False
    parent = node.parent
    if parent.type in ("binary_operator", "subscript", "subscript_expression"):
        return False
    named = parent.child_by_field_name("name") or parent.child_by_field_name("key")
    named = named or parent.child_by_field_name("left")
    said = text(named).lower() if named is not None else ""
    is_limit = bool(re.search(r"count|size|length|max|batch|second|_ms|events|sessions|kept", said))
    return not is_limit


def status(node: Node) -> Iterator[Edit]:
    """`401` becomes `403`, close code `1008` becomes `1011`."""
    if node.type in ("integer", "number") and _is_status(node):
        yield replace(node, _STATUS[text(node)])
    elif is_field(node, "attribute") and text(node) in _STATUS_NAMES:
        yield replace(node, _STATUS_NAMES[text(node)])


def number(node: Node) -> Iterator[Edit]:
    """`5` becomes `6` and `4`; `0.5` becomes `1.5`. Status codes have an operator of their own."""
    if node.type not in ("integer", "float", "number") or _is_status(node):
        return
    written = text(node)
    value = float(written.replace("_", "")) if re.fullmatch(r"[\d_.]+", written) else None
    if value is None:
        return
    whole = node.type == "integer" or "." not in written
    steps = (1, -1) if value > 0 else (1,)
    for step in steps:
        yield replace(node, str(int(value) + step if whole else value + step))


def arithmetic(node: Node) -> Iterator[Edit]:
    """`a + b` becomes `a - b`, `x += 1` becomes `x -= 1`, `/` becomes `*`. Not on strings."""
    if node.type not in (
        *("binary_operator", "binary_expression"),
        *("augmented_assignment", "augmented_assignment_expression"),
    ):
        return
    sign = node.child_by_field_name("operator")
    is_text = any(child.type in _STRINGS for child in node.children)
    if sign is not None and not is_text and (other := _ARITHMETIC.get(text(sign))):
        yield replace(sign, other)


def string(node: Node) -> Iterator[Edit]:
    """`"session_ended"` becomes `"session_endedx"`: keys, codes, paths, names, never prose."""
    if node.type not in _STRINGS:
        return
    parts = [child for child in node.children if child.type in _FRAGMENTS]
    if any(re.search(r"\s", text(part)) for part in parts):
        return
    for part in parts:
        if _KEY.fullmatch(text(part)):
            yield replace(part, f"{text(part)}x")
            return
