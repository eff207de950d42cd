"""Ports that were chosen are nobody else's, though no server listens on them yet."""

import subprocess
import sys

from fixtures import REPOSITORY
from fixtures.stack.ports import choose_free, is_free

_IN_ORDER = """
from fixtures.stack import ports
candidates = iter(range({first}, {first} + 50))
ports.random.choice = lambda _: next(candidates)
print(ports.choose_free(set()))
"""


def chosen_by_another_process(first: int) -> int:
    """What another process chooses that tries `first`, and then those above it."""
    command = [sys.executable, "-c", _IN_ORDER.format(first=first)]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return int(ran.stdout)


def test_a_chosen_port_is_not_chosen_by_another_process() -> None:
    port = choose_free(set())
    assert is_free(port), "the claim is in the way of the server that it is for"
    assert chosen_by_another_process(port) > port


def test_a_port_that_nobody_has_chosen_is_chosen() -> None:
    taken: set[int] = set()
    port = choose_free(taken)
    assert taken == {port}
    free = next(it for it in range(port + 1, port + 50) if is_free(it))
    assert chosen_by_another_process(free) == free
