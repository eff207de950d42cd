"""Operators on decisions."""

from collections.abc import Iterator

from tree_sitter import Node

from faults.mutants.syntax import Edit, is_python, replace, text

_CONDITIONAL = {
    "if_statement", "elif_clause", "while_statement", "if_clause", "conditional_expression",
    "ternary_expression", "do_statement",
}  # fmt: skip

_NOTS = ("not", "!")

_COMPARISONS = {
    "==": "!=", "!=": "==", "===": "!==", "!==": "===",
    "<": "<=", "<=": "<", ">": ">=", ">=": ">",
    "is": "is not", "is not": "is", "in": "not in", "not in": "in",
}  # fmt: skip

_BOOLEANS = {
    "and": "or", "or": "and", "&&": "||", "||": "&&", "??": "&&",
    "True": "False", "False": "True", "true": "false", "false": "true",
}  # fmt: skip


def _condition_of(node: Node) -> Node | None:
    if node.type == "conditional_expression":  # body, if, condition, else, alternative
        return node.named_children[1]
    if node.type == "if_clause":
        return node.named_children[0]
    return node.child_by_field_name("condition")


def _unwrapped(node: Node) -> Node:
    while node.type == "parenthesized_expression":
        node = node.named_children[0]
    return node


def _is_not(node: Node) -> bool:
    return node.type in ("not_operator", "unary_expression") and text(node.children[0]) in _NOTS


def _is_condition(node: Node) -> bool:
    above = node.parent
    while above is not None and above.type == "parenthesized_expression":
        above = above.parent
    return above is not None and above.type in _CONDITIONAL and _condition_of(above) is not None


def condition(node: Node) -> Iterator[Edit]:
    """`if a:` becomes `if not (a):`; also in loops, comprehensions and conditional expressions."""
    if node.type not in _CONDITIONAL or (found := _condition_of(node)) is None:
        return
    found = _unwrapped(found)
    if text(found) in _BOOLEANS:  # `while True`: the operator `boolean` is for that
        return
    if _is_not(found):
        yield replace(found, text(found.children[1]))
    else:
        yield replace(found, f"{'not ' if is_python(node) else '!'}({text(found)})")


def comparison(node: Node) -> Iterator[Edit]:
    """`==` becomes `!=`, `<` becomes `<=`, `in` becomes `not in`, and the reverse of each."""
    if node.type not in ("comparison_operator", "binary_expression"):
        return
    fields = "operators" if node.type == "comparison_operator" else "operator"
    for sign in node.children_by_field_name(fields):
        other = _COMPARISONS.get(" ".join(text(sign).split()))
        if other and (is_python(node) or text(sign) != "in"):  # TypeScript has no `not in`
            yield replace(sign, other)


def boolean(node: Node) -> Iterator[Edit]:
    """`and` becomes `or`, `??` becomes `&&`, `True` becomes `False`; a `not` outside `if` goes."""
    if node.type in ("boolean_operator", "binary_expression"):
        sign = node.child_by_field_name("operator")
        if sign is not None and (other := _BOOLEANS.get(text(sign))):
            yield replace(sign, other)
    elif node.type in ("true", "false"):
        yield replace(node, _BOOLEANS[text(node)])
    elif _is_not(node) and not _is_condition(node):
        yield replace(node, text(node.children[1]))
