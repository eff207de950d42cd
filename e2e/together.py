"""The same thing done by several at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def at_once(do: Callable[[T], R], each: Sequence[T]) -> list[R]:
    """Do it for each, on threads that begin together; returns what came of it, in order.

    Raises what any of them raises.
    """
    together = Barrier(len(each))

    def begin(one: T) -> R:
        together.wait()
        return do(one)

    with ThreadPoolExecutor(len(each)) as threads:
        return list(threads.map(begin, each))
