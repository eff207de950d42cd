"""The base URL may name a component, whose port is only known once the stack is up."""

import pytest

from tests.runs.conftest import Project

TESTS = """
import pytest

def test_shared(page, stack, base_url):
    page.goto('/')
    assert page.url.startswith(stack.url('toy')), page.url
    assert base_url == stack.url('toy')

@pytest.mark.own_stack
def test_own(page, own_stack):
    page.goto('/')
    assert page.url.startswith(own_stack.addresses['toy']['url']), page.url
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_pages_start_at_the_component(project: Project, workers: str) -> None:
    project.set_base_url("{toy.url}")
    project.write_tests(TESTS)
    code, output = project.run("-n", workers)
    assert code == 0, output
    assert "2 passed" in output


def test_an_unknown_part_ends_the_run(project: Project) -> None:
    project.set_base_url("{toy.address}")
    project.write_tests("def test_it(page):\n    page.goto('/')\n")
    code, output = project.run()
    assert code == 4, output
    assert "base_url: there is no {toy.address}" in output
