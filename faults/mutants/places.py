"""Where a mutant may be: which files, and which parts of them never, each with the reason.

The reasons are about what a user of the product could notice in principle. None is about what
the suite does notice.
"""

import re
from collections.abc import Callable
from pathlib import Path

from tree_sitter import Node

from faults.mutants.syntax import SUFFIXES, is_field, text, walk

SOURCES = ("services/**/*.py", "services/frontend/src/**/*.ts", "services/frontend/src/**/*.tsx")
_NOT_SOURCES = re.compile(
    r"\.test\.ts$|/node_modules/|/dist/"
    r"|^services/(auth|backend)/refusals\.py$"  # the API's documentation
    r"|^services/common/spans\.py$"  # lines of the log
)

_DURATION = re.compile(
    r"(?i)(^|_)(seconds?|ms|milliseconds|minutes?|timeout|delay|interval|wait|ttl|lock|retry_after)$"
)
_CAPACITY = re.compile(
    r"(?i)(port|size|batch\w*|kept\w*|remembered\w*|max_bytes|retries|near|workers|\w+_cost|parallelism)$"
)
_PAUSE = re.compile(r"(?i)^#?(backoff|attempt|failures|pause)$")
_VERSION = re.compile(r"(?i)(version|generation)$")
_LOGS = re.compile(r"^_?(log|logger|logging|console|warnings)\b|^sys\.stderr\.")
_BOUNDS = {"ge", "gt", "le", "lt"}
_DOCUMENTS = {"tags", "responses", "summary", "description", "title", "example", "examples"}
_LOOKS = {"className", "key", "viewBox", "d", "width", "height", "fill", "stroke", "strokeWidth"}


def sources(root: Path) -> list[str]:
    """The files of the product at `root` that mutants are made of, sorted: paths from there."""
    found = {path for pattern in SOURCES for path in root.glob(pattern)}
    names = {path.relative_to(root).as_posix() for path in found if path.suffix in SUFFIXES}
    return sorted(name for name in names if not _NOT_SOURCES.search(name))


def _name_given(node: Node) -> str:
    """The name a value is given: of its variable, parameter, member or keyword."""
    for field in ("left", "name", "key"):
        if node.parent is not None and (found := node.parent.child_by_field_name(field)):
            return "" if found == node else text(found).rpartition(".")[2]
    return ""


def _in_value_named(node: Node, pattern: re.Pattern[str]) -> bool:
    """Whether the node is, or is a part of, a value whose name matches."""
    at: Node | None = node
    while at is not None and not at.type.endswith(("statement", "block", "module", "program")):
        if pattern.search(_name_given(at)):
            return True
        at = at.parent
    return False


_FUNCTIONS = {"function_definition", "function_declaration", "method_definition"}
_STEPS = {"augmented_assignment", "augmented_assignment_expression"}
_FIGURES = {"integer", "float", "number", "binary_operator", "binary_expression"}


def _figure_named(pattern: re.Pattern[str]) -> Callable[[Node], bool]:
    """What tells a number, or a sum of some, that belongs to a value whose name matches."""

    def is_such(node: Node) -> bool:
        if node.type in _STEPS:
            return pattern.search(text(node.named_children[0]).rpartition(".")[2]) is not None
        return node.type in _FIGURES and _in_value_named(node, pattern)

    return is_such


def _called(node: Node) -> str:
    function = node.child_by_field_name("function")
    return text(function) if function is not None else ""


def _function_around(node: Node) -> Node | None:
    """The innermost function with a name that the node is in."""
    at = node.parent
    while at is not None and at.type not in _FUNCTIONS:
        at = at.parent
    return at


def _is_randomness(node: Node) -> bool:
    """Whether this is the length of a secret, drawn by lot or derived."""
    is_secret = _called_above(node).partition(".")[0] in ("secrets", "HKDF")
    return node.type == "integer" and is_secret


def _paces_attempts(node: Node) -> bool:
    """Whether this is a figure that decides how long to wait before another attempt."""
    function = _function_around(node)
    name = function.child_by_field_name("name") if function is not None else None
    is_within = name is not None and _PAUSE.search(text(name)) is not None
    return (node.type in _FIGURES and is_within) or _figure_named(_PAUSE)(node)


def _is_docstring(node: Node) -> bool:
    return node.type == "expression_statement" and node.named_children[0].type == "string"


def _is_only_types(node: Node) -> bool:
    """`if TYPE_CHECKING:` never runs."""
    condition = node.child_by_field_name("condition") if node.type == "if_statement" else None
    return condition is not None and text(condition) == "TYPE_CHECKING"


def _is_representation(node: Node) -> bool:
    name = node.child_by_field_name("name") if node.type == "function_definition" else None
    return name is not None and text(name) in ("__repr__", "__str__")


def _documents(node: Node) -> bool:
    name = node.child_by_field_name("name") if node.type == "keyword_argument" else None
    return name is not None and text(name) in _DOCUMENTS and "problem" not in _called_above(node)


def _called_above(node: Node) -> str:
    call = node.parent.parent if node.parent is not None else None
    return _called(call) if call is not None else ""


def _logs(node: Node) -> bool:
    if node.type == "expression_statement":
        node = node.named_children[0]
    return node.type in ("call", "call_expression") and bool(_LOGS.match(_called(node)))


def _only_logged(node: Node) -> bool:
    """Whether this gives a name to a dictionary that nothing but log calls uses."""
    right = node.child_by_field_name("right") if node.type == "assignment" else None
    name, scope = node.child_by_field_name("left"), _function_around(node)
    if right is None or right.type != "dictionary" or name is None or scope is None:
        return False
    uses = [n for n in walk(scope, lambda n: n == name) if text(n) == text(name) and not n.children]
    return bool(uses) and all(_is_in_log(use) for use in uses)


def _is_in_log(node: Node) -> bool:
    at: Node | None = node
    while at is not None and not _logs(at):
        at = at.parent
    return at is not None


def _is_class_of(node: Node, base: str) -> bool:
    bases = node.child_by_field_name("superclasses") if node.type == "class_definition" else None
    return bases is not None and base in text(bases)


def _bounds_setting(node: Node) -> bool:
    name = node.child_by_field_name("name") if node.type == "keyword_argument" else None
    at: Node | None = node if name is not None and text(name) in _BOUNDS else None
    while at is not None and not _is_class_of(at, "BaseSettings"):
        at = at.parent
    return at is not None


def _checks_setting(node: Node) -> bool:
    name = node.child_by_field_name("name") if node.type == "function_definition" else None
    if name is None:
        return False
    whole = node
    while whole.parent is not None:
        whole = whole.parent
    return f"AfterValidator({text(name)})" in text(whole)


def _lets_go(node: Node) -> bool:
    """Whether this closes a connection when its process ends: nothing else here is an `aclose`."""
    if node.type == "function_definition":
        return text(node.child_by_field_name("name") or node) == "aclose"
    while node.type in ("expression_statement", "await"):
        node = node.named_children[0]
    return node.type == "call" and _called(node).endswith(".aclose")


def _is_unit(node: Node) -> bool:
    """Whether this is the 1000 that makes seconds of milliseconds, or the other way."""
    above = node.parent.type if node.parent is not None else ""
    is_factor = above in ("binary_expression", "binary_operator")
    return is_factor and node.type in ("number", "integer") and text(node) == "1000"


def _looks(node: Node) -> bool:
    return node.type == "jsx_attribute" and text(node.named_children[0]) in _LOOKS


_GUARDS = {"frozen=True", "slots=True", "strict=True", "kw_only=True"}

_TYPES = {
    "type", "type_annotation", "type_arguments", "type_parameters", "type_alias_declaration",
    "interface_declaration", "ambient_declaration", "literal_type", "union_type",
    "type_predicate_annotation",
}  # fmt: skip

EXCLUDED: dict[str, Callable[[Node], bool]] = {
    "comments and docstrings do nothing": lambda n: n.type == "comment" or _is_docstring(n),
    "types are gone when the program runs": lambda n: n.type in _TYPES or _is_only_types(n),
    "a wrong import stops the service before it serves anybody": lambda n: (
        n.type in ("import_statement", "import_from_statement", "future_import_statement")
    ),
    "logs are for operators; no user sees them": lambda n: _logs(n) or _only_logged(n),
    "names that only type checkers and debuggers read": lambda n: (
        n.type == "call" and _called(n) in ("TypeVar", "NewType", "cast")
    ),
    "what only forbids things that this code does not do": lambda n: (
        n.type == "keyword_argument" and text(n) in _GUARDS
    ),
    "how lines of the log are put together is for operators too": lambda n: _is_class_of(
        n, "Formatter"
    ),
    "bounds of a setting only matter to whoever sets it wrong": _bounds_setting,
    "checks of a setting only matter to whoever sets it wrong": _checks_setting,
    "how an object shows itself is for people who debug": _is_representation,
    "the API's documentation does not change what it does": _documents,
    "connections that a service lets go of as it ends, the system closes all the same": _lets_go,
    "looks: style classes, drawings, and keys that only speed rendering up": _looks,
    "a duration one off is below what anybody could tell": _figure_named(_DURATION),
    "a thousandth of a duration is, too": _is_unit,
    "a count of changes is only compared with itself, whatever its steps are": _figure_named(
        _VERSION
    ),
    "how long is waited before something is tried again; that it is tried is seen": (
        _paces_attempts
    ),
    "a secret of another length is as good": _is_randomness,
    "capacities and costs only change speed, and the stack names every port": _figure_named(
        _CAPACITY
    ),
}
"""Why something is left out, and what tells that a node is such a thing."""


def excluded(node: Node) -> str | None:
    """Why nothing at this node, or below it, is changed; None when it may be."""
    if is_field(node, "type"):
        return "types are gone when the program runs"
    return next((why for why, is_such in EXCLUDED.items() if is_such(node)), None)
