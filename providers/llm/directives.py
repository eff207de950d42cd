"""Orders to the LLM inside a user's message, such as `[[slow:200]]`. See docs/providers.md."""

import re
from dataclasses import dataclass

_WITH_NUMBER = {"long": (1, 100_000), "slow": (0, 10_000), "fail": (400, 599)}
_PLAIN = ("markdown", "html", "drop", "cut", "hang", "empty", "nul", "tools")
_PATTERN = re.compile(
    rf"\[\[(?:({'|'.join(_WITH_NUMBER)}):(\d{{1,6}})|({'|'.join(_PLAIN)}))\]\] ?", re.ASCII
)


@dataclass(frozen=True)
class Order:
    """A user's message taken apart.

    `text` is what remains without the directives; `names` are their names, in order; `long` is in
    characters, `slow` in milliseconds, `fail` an HTTP status; None: not asked for.
    """

    text: str
    names: tuple[str, ...]
    long: int | None = None
    slow: int | None = None
    fail: int | None = None


def read(message: str) -> Order:
    """Take the directives out of `message`. One that is unknown or out of range is plain text."""
    names: list[str] = []
    numbers: dict[str, int] = {}

    def take(match: re.Match[str]) -> str:
        name, digits, plain = match.groups()
        if plain:
            names.append(plain)
            return ""
        low, high = _WITH_NUMBER[name]
        if not low <= int(digits) <= high:
            return match.group()
        names.append(name)
        numbers[name] = int(digits)
        return ""

    text = _PATTERN.sub(take, message)
    return Order(text.strip() if names else text, tuple(names), **numbers)
