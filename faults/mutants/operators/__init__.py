"""Mutation operators: each takes a syntax node and yields the edits that make it wrong.

The names are those of the field; each has an example in `tests/faults/test_operators.py`.
"""

from collections.abc import Callable, Iterator, Mapping

from tree_sitter import Node

from faults.mutants.operators import effects, logic, values
from faults.mutants.syntax import Edit

Operator = Callable[[Node], Iterator[Edit]]

OPERATORS: Mapping[str, Operator] = {
    "condition negated": logic.condition,
    "comparison changed": logic.comparison,
    "boolean changed": logic.boolean,
    "number changed": values.number,
    "arithmetic changed": values.arithmetic,
    "status changed": values.status,
    "string changed": values.string,
    "call removed": effects.call,
    "await removed": effects.await_,
    "arguments swapped": effects.arguments,
    "statement removed": effects.statement,
    "value not returned": effects.value_returned,
}
