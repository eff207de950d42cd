"""These tests run against the stack of their own run, not against that of tests/."""

from fixtures.run import stack

__all__ = ["stack"]
