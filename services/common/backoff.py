"""How long to wait before something that has failed is tried again."""


def backoff(failures: int, first: float, longest: float) -> float:
    """Answer the wait in seconds when `failures` tries have failed before this one.

    It begins with `first`, is twice as long each time, and never longer than `longest`.
    """
    return min(first * 2.0 ** min(failures, 16), longest)
