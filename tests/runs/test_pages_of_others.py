"""Products that nobody here wrote: pages call hosts outside and greet with dialogs, logs vary."""

from tests.runs.conftest import Project

DIALOG = (
    "<button id=under onclick=\"document.title = 'reached'\">Under</button>"
    "<div role=dialog style='position: fixed; inset: 0; background: white'>"
    "<button onclick='this.parentElement.remove()'>Okay, let us go!</button></div>"
)

TESTS = f"""
import pytest
from playwright.sync_api import expect

def test_calls_outside(page):
    page.goto("/")
    page.set_content(
        "<img src='http://images.example.com/a.png'>"
        "<link rel=stylesheet href='https://fonts.example.com/css'>"
        "<script>new WebSocket('wss://live.example.com/ws')</script>"
    )
    page.wait_for_timeout(300)

def test_an_allowed_host_is_called(page):
    # It does not exist, so the browser itself must say that it cannot find it.
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED|ERR_INTERNET_DISCONNECTED"):
        page.goto("http://www.invalid/")

def test_dialog(page):
    page.set_content({DIALOG!r})
    page.locator("#under").click()
    expect(page).to_have_title("reached")

def test_logs(stack):
    assert stack.log_lines("toy") == []
"""

DISMISS = """dismiss=('role=button[name="Okay, let us go!"]',),"""


def test_a_product_of_others_is_as_welcome(project: Project) -> None:
    project.write_config(
        *("--say", "{'not': 'JSON'}", "--say", '{"half": '),
        use=DISMISS,
        fields='allowed_hosts=("*.invalid",),',
    )
    project.write_tests(TESTS)

    code, output = project.run("-n", "1")

    assert code == 0, output
    [line] = [line for line in output.splitlines() if "blocked:" in line]
    for host in ("images", "fonts", "live"):
        assert f"{host}.example.com (" in line
    assert "127.0.0.1" not in line
    assert "invalid" not in line
    assert "allowed_hosts in playwright.config.py" in output
    assert "network hops" not in output, "of a service that logs no requests none can be counted"


def test_what_is_not_the_worlds_fault_still_fails(project: Project) -> None:
    project.write_config("--say", "{'not': 'JSON'}", use="action_timeout=1_500,")
    project.write_tests(
        TESTS.replace("wait_for_timeout(300)", "evaluate('console.error(\"on fire\")')")
    )

    code, output = project.run("-k", "calls or dialog")

    assert code == 1, output
    assert "console error: on fire" in output
    assert output.count("console error") == 1, "a blocked host was taken for an error"
    assert "Timeout 1500ms exceeded" in output, "the click took as long as it liked"
    assert "subtree intercepts pointer events" in output, "the dialog was in nobody's way"
    assert "images.example.com (" in output
