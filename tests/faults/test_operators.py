"""Each mutation operator, with an example before and after."""

import pytest

from faults.mutants.generate import of_file
from faults.mutants.operators import OPERATORS

EXAMPLES = [
    ("condition negated", "py", "if a:\n    b()", "if not (a):\n    b()"),
    ("condition negated", "py", "if not a:\n    b()", "if a:\n    b()"),
    ("condition negated", "py", "c = [a for a in b if a]", "c = [a for a in b if not (a)]"),
    ("condition negated", "py", "c = a if b else d", "c = a if not (b) else d"),
    ("condition negated", "ts", "if (!a) b();", "if (a) b();"),
    ("condition negated", "tsx", "const c = a ? <b /> : null;", "const c = !(a) ? <b /> : null;"),
    ("comparison changed", "py", "c = a is not None", "c = a is None"),
    ("comparison changed", "py", "c = a in b", "c = a not in b"),
    ("comparison changed", "py", "c = a < b", "c = a <= b"),
    ("comparison changed", "ts", "const c = a !== b;", "const c = a === b;"),
    ("comparison changed", "ts", "const c = a >= b;", "const c = a > b;"),
    ("boolean changed", "py", "c = a and b", "c = a or b"),
    ("boolean changed", "py", "c = True", "c = False"),
    ("boolean changed", "py", "c = not a", "c = a"),
    ("boolean changed", "ts", "const c = a ?? b;", "const c = a && b;"),
    ("boolean changed", "tsx", "const c = a && <b />;", "const c = a || <b />;"),
    ("number changed", "py", "LIMIT = 5", "LIMIT = 6"),
    ("number changed", "py", "LIMIT = 5", "LIMIT = 4"),
    ("number changed", "ts", "const LIMIT = 1_000;", "const LIMIT = 1001;"),
    ("arithmetic changed", "py", "c = a + b", "c = a - b"),
    ("arithmetic changed", "ts", "a += 1;", "a -= 1;"),
    ("status changed", "py", 'raise Problem(401, "x", "y")', 'raise Problem(403, "x", "y")'),
    ("status changed", "py", "CODE = 1008", "CODE = 1011"),
    ("status changed", "ts", "const c = a.status === 401;", "const c = a.status === 403;"),
    ("string changed", "py", 'c = a["user_id"]', 'c = a["user_idx"]'),
    ("string changed", "py", 'c = f"session:{a}"', 'c = f"session:x{a}"'),
    ("string changed", "ts", 'const c = "/auth/login";', 'const c = "/auth/loginx";'),
    ("string changed", "tsx", 'const c = <a href="/b" />;', 'const c = <a href="/bx" />;'),
    ("call removed", "py", "await send(a)", "pass"),
    ("call removed", "py", "c = name.strip()", "c = name"),
    ("call removed", "py", "c = max(a, b)", "c = a"),
    ("call removed", "ts", "void this.load(a);", "{}"),
    ("call removed", "ts", "const c = name.trim();", "const c = name;"),
    ("await removed", "py", "c = await a(b)", "c = a(b)"),
    ("await removed", "ts", "const c = await a(b);", "const c = a(b);"),
    ("arguments swapped", "py", "a(b, c, d=e)", "a(c, b, d=e)"),
    ("arguments swapped", "ts", "new A(b, c);", "new A(c, b);"),
    ("statement removed", "py", "raise A", "pass"),
    ("statement removed", "py", "self.a = b", "pass"),
    ("statement removed", "py", "a += b", "pass"),
    ("statement removed", "ts", "throw a;", "{}"),
    ("statement removed", "ts", "this.#a = b;", "{}"),
    ("value not returned", "py", "def a():\n    return b", "def a():\n    return None"),
    ("value not returned", "ts", "function a() { return b; }", "function a() { return null; }"),
    ("value not returned", "ts", "function a() { return; }", "function a() { {} }"),
]


def _mutants(suffix: str, source: str) -> list[tuple[str, str]]:
    """Operator and changed text of every mutant of a source file."""
    before = source.encode()
    found = of_file(f"services/auth/a.{suffix}", before)
    return [(mutant.operator, mutant.edit.applied_to(before).decode()) for mutant in found]


@pytest.mark.parametrize(("operator", "suffix", "before", "after"), EXAMPLES)
def test_an_operator_makes_of(operator: str, suffix: str, before: str, after: str) -> None:
    assert (operator, after) in _mutants(suffix, before)


def test_every_operator_has_an_example() -> None:
    assert {example[0] for example in EXAMPLES} == set(OPERATORS)


@pytest.mark.parametrize(
    ("suffix", "source"),
    [
        ("py", '"""A text."""'),
        ("py", "# a comment"),
        ("py", "import a.b"),
        ("py", "from typing import Any"),
        ("py", '_log.info("run_started", extra={"a": 1})'),
        ("py", 'def a():\n    b = {"c": d["e"]}\n    _log.info("x", extra={**b, "f": 1})'),
        ("py", '_log = logging.getLogger("runner")'),
        ("py", 'T = TypeVar("T_co")'),
        ("py", "TIMEOUT_SECONDS = 2 * 3"),
        ("py", "c = connect(a, timeout=5)"),
        ("py", "c = create_pool(a, max_size=10)"),
        ("py", 'def a(b: "Pool[Record]") -> "Thread": pass'),
        ("py", 'if TYPE_CHECKING:\n    A = "list"'),
        ("py", 'class A(JsonFormatter):\n    b = "time"'),
        ("py", "class A(BaseSettings):\n    b: int = Field(ge=1)"),
        ("py", 'def __repr__(self):\n    return "Auth"'),
        ("py", 'c = a(responses={401: "token_missing"})'),
        ("py", "@dataclass(frozen=True)\nclass A: pass"),
        ("py", 'detail = "Please log in again."'),
        ("ts", "const RETRY_MS = 5_000;"),
        ("ts", 'type A = { kind: "link" } | { kind: "rename" };'),
        ("ts", 'interface A { b: "one" | "two" }'),
        ("ts", 'const a = b as "one" | "two";'),
        ("tsx", 'const a = <li className="thread" key="one">Log in</li>;'),
        ("tsx", '<path d="M3" />;'),
    ],
)
def test_nothing_is_changed_where_nobody_could_tell(suffix: str, source: str) -> None:
    assert _mutants(suffix, source) == []
