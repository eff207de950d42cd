"""From an exception to a message, the line of the test, and the way to the error."""

from pathlib import Path

import pytest

from fixtures import REPOSITORY
from fixtures.report.errors import code_frame, failure_of

HERE = Path(__file__).resolve().relative_to(REPOSITORY).as_posix()


def greet(name: str) -> None:
    raise ValueError(f"nobody is called {name}\nreally")


def greet_wrongly() -> None:
    try:
        greet("Alice")
    except ValueError as error:
        raise RuntimeError("no greeting") from error


def test_the_frame_points_at_the_deepest_line_of_the_test_file() -> None:
    with pytest.raises(ValueError, match="Alice") as caught:
        greet("Alice")
    failure = failure_of(caught.getrepr(style="long"), HERE, REPOSITORY)
    assert failure.message == "ValueError: nobody is called Alice\nreally"
    assert failure.headline == "ValueError: nobody is called Alice"
    assert failure.place is not None
    [marked] = [line for line in failure.frame.splitlines() if line.startswith(">")]
    assert (
        marked
        == f'> {failure.place.line} |     raise ValueError(f"nobody is called {{name}}\\nreally")'
    )
    assert [call.split()[-1] for call in failure.calls.splitlines()][-1] == 'greet("Alice")'


def test_an_error_in_a_helper_is_shown_where_the_test_called_it() -> None:
    with pytest.raises(FileNotFoundError) as caught:
        Path("/does/not/exist").read_text()
    failure = failure_of(caught.getrepr(style="long"), HERE, REPOSITORY)
    assert failure.place is not None
    assert failure.place.file == HERE
    assert ">" in failure.frame
    assert 'Path("/does/not/exist").read_text()' in failure.frame
    assert "pathlib" in failure.calls.splitlines()[0]


def test_the_exceptions_before_it_are_named() -> None:
    with pytest.raises(RuntimeError) as caught:
        greet_wrongly()
    failure = failure_of(caught.getrepr(style="long"), HERE, REPOSITORY)
    assert failure.message.startswith("RuntimeError: no greeting\n\nBefore it: ValueError: nobody")


def test_a_text_is_a_message_without_a_place() -> None:
    failure = failure_of("backend is no longer running", HERE, REPOSITORY)
    assert (failure.message, failure.place, failure.frame) == (
        "backend is no longer running",
        None,
        "",
    )


def test_the_headline_of_a_story_is_its_marked_line() -> None:
    story = (
        "file e2e/test_it.py, line 1\n  def test_it(missing):\nE       fixture 'missing' not found"
    )
    assert failure_of(story, HERE, REPOSITORY).headline == "fixture 'missing' not found"


def test_a_file_that_is_gone_has_no_frame(tmp_path: Path) -> None:
    assert code_frame(tmp_path / "gone.py", 3) == ""
