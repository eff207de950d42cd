"""What goes wrong in a browser fails the test, unless the test expects it."""

import pytest

from tests.runs.conftest import Project

BROKEN = {
    "console error: on fire": "page.evaluate(\"console.error('on fire')\")",
    "uncaught exception in the page": 'page.evaluate("setTimeout(() => { throw Error(1) }, 0)")',
}


def write(project: Project, action: str, before: str = "pass") -> None:
    """Write a test that does `action` on a page and asserts nothing."""
    project.write_tests(
        "def test_it(page, browser_errors):\n"
        f"    {before}\n"
        "    page.goto('/')\n"
        f"    {action}\n"
        "    page.wait_for_timeout(300)\n"
    )


@pytest.mark.parametrize(("said", "action"), BROKEN.items())
def test_an_unexpected_error_fails_the_test(project: Project, said: str, action: str) -> None:
    write(project, action)
    code, output = project.run()
    assert code == 1, output
    assert "The browser met errors that this test does not expect" in output
    assert said in output


@pytest.mark.parametrize(("said", "action"), BROKEN.items())
def test_an_expected_error_does_not(project: Project, said: str, action: str) -> None:
    write(project, action, before=f"browser_errors.allow({said!r})")
    code, output = project.run()
    assert code == 0, output


def test_a_5xx_answer_fails_the_test(project: Project) -> None:
    project.write_config("--fail-path", "/broken")
    project.write_tests("def test_it(page):\n    page.goto('/')\n    page.goto('/broken')\n")
    code, output = project.run()
    assert code == 1, output
    assert f"503 from GET http://127.0.0.1:{project.port}/broken" in output
