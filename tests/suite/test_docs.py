"""What the documentation names is there: links, files, pages of the site, error messages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures import REPOSITORY

PAGES = sorted((REPOSITORY / "docs").rglob("*.md"))
TEXTS = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *PAGES]

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")
_SUFFIXES = (".py", ".md", ".toml", ".tsv", ".yml", ".json", ".sh", ".lock", "/")
# Made by runs and by set-up, or the reader's own.
_NOT_HERE = re.compile(
    r"artifacts/|^report/|\.venv/|\.cache/|node_modules|[/.]?dist/|test_tour\.py"
)
_FILLED = "\0"
_RAISED = {"StackError", "ConfigError", "UsageError", "fail", "SetupError", "ValueError"}


def _prose(text: Path) -> str:
    return _FENCE.sub("", text.read_text())


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as Markdown renderers make them."""
    titles = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text()), re.MULTILINE)
    plain = [re.sub(r"[^\w\s-]", "", title).strip().lower() for title in titles]
    return {re.sub(r"[\s]+", "-", title) for title in plain}


def _ids(text: Path) -> str:
    return str(text.relative_to(REPOSITORY))


@pytest.mark.parametrize("text", TEXTS, ids=_ids)
def test_links_lead_somewhere(text: Path) -> None:
    for link in _LINK.findall(_prose(text)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (text.parent / name).resolve() if name else text
        assert target.exists(), f"{_ids(text)} links to {link}, which is not there"
        if text in PAGES:
            assert target.is_relative_to(REPOSITORY / "docs"), (
                f"{_ids(text)} links to {link}, which the site does not have: name it in `code`"
            )
        if anchor:
            assert anchor in _anchors(target), f"{_ids(text)}: no heading makes #{anchor}"


@pytest.mark.parametrize("text", TEXTS, ids=_ids)
def test_named_files_exist(text: Path) -> None:
    for code in _CODE.findall(_prose(text)):
        for word in code.split():
            is_path = _FILE.fullmatch(word) and "/" in word.rstrip("/")
            is_file = is_path and word.endswith(_SUFFIXES)
            if not is_file or _NOT_HERE.search(word):
                continue
            assert (REPOSITORY / word).exists(), f"{_ids(text)} names `{word}`, which is not there"


def test_every_page_is_in_the_navigation_of_the_site() -> None:
    navigation = (REPOSITORY / "mkdocs.yml").read_text().partition("\nnav:\n")[2]
    listed = re.findall(r"- (?:[^:\n]+: )?(\S+\.md)$", navigation, re.MULTILINE)
    pages = [str(page.relative_to(REPOSITORY / "docs")) for page in PAGES]
    assert sorted(listed) == pages, "mkdocs.yml lists other pages than docs/ has"


def _messages(folder: Path) -> Iterator[tuple[str, str]]:
    """Where a message is raised, and the longest fixed part of its first sentence."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else ""
            name = function.id if isinstance(function, ast.Name) else name
            if name in _RAISED:
                sentence = re.split(r"\. |\n", _text(node.args[0]))[0]
                fixed = max(sentence.split(_FILLED), key=len)
                yield f"{file.relative_to(REPOSITORY)}:{node.lineno}", _plain(fixed).strip(" .:;,(")


def _text(argument: ast.expr) -> str:
    """The message, with _FILLED for what is filled in; empty for one made elsewhere."""
    if isinstance(argument, ast.JoinedStr):
        return "".join(map(_text, argument.values))
    is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    return str(argument.value) if is_text else _FILLED  # type: ignore[attr-defined]


def _plain(text: str) -> str:
    return " ".join(text.replace("`", "").split())


def test_every_message_of_the_suite_has_its_remedy() -> None:
    known = _plain((REPOSITORY / "docs" / "troubleshooting.md").read_text())
    found = list(_messages(REPOSITORY / "fixtures")) + list(_messages(REPOSITORY / "setup"))
    assert len(found) > 20, "the messages were not found"
    missing = [f"{where}: {text}" for where, text in found if len(text) > 8 and text not in known]
    listed = "\n".join(missing)
    assert not missing, f"docs/troubleshooting.md does not explain:\n{listed}"
