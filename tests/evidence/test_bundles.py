"""Each kind of failure leaves what its cause can be found in, and a suspicion that is right."""

import json
import zipfile

import pytest

from tests.evidence.conftest import Failures

# The first test waits for the whole run.
pytestmark = pytest.mark.timeout(300)

SILENT = "No sign of a cause behind the page."
MOST_BYTES = 5 * 1024 * 1024

SUSPICIONS = {
    "test_wrong_text": SILENT,
    "test_refusal_that_was_not_expected": (
        f"{SILENT} The last answer of auth to POST /auth/login was 401."
    ),
    "test_500_in_auth": "Suspect: auth. POST /auth/login answered 500 at ",
    "test_500_in_backend": (
        "Suspect: backend. POST /auth/validate answered 200, but GET /api/threads answered 500 at "
    ),
    "test_500_in_frontend": "Suspect: frontend. GET /favicon.svg answered 500 at ",
    "test_service_killed": "Suspect: backend. Its process has ended",
    "test_store_stopped": "Suspect: redis. Its process has ended",
    "test_hang_of_a_service": "Suspect: auth. Its process stands still (SIGSTOP)",
    "test_hang_of_the_test": SILENT,
    "test_page_error": "Suspect: frontend. Uncaught at ",
    "test_setup_failure": SILENT,
    "test_two_actors": SILENT,
    "test_websocket_closed": (
        "Suspect: backend. POST /auth/validate answered 200, but /ws closed 1011 internal_error at "
    ),
    "test_page_crash": "Suspect: the browser. A page of alice has crashed.",
    "test_browser_crash": "Suspect: the browser. The browser has crashed.",
    "test_secrets": SILENT,
}


@pytest.mark.parametrize(("test", "suspicion"), SUSPICIONS.items())
def test_the_suspicion_is_right_or_silent(failures: Failures, test: str, suspicion: str) -> None:
    said = failures.properties[test]["suspicion"]
    assert said.startswith(suspicion), f"{said}\n{failures.terminal(test)}"


def test_the_exception_and_its_place_are_named(failures: Failures) -> None:
    said = failures.properties["test_500_in_auth"]["suspicion"]
    assert 'UndefinedTableError: relation "users" does not exist, accounts.py:' in said


def test_the_terminal_says_what_to_suspect_and_where_to_look(failures: Failures) -> None:
    said = failures.terminal("test_500_in_auth")
    assert failures.properties["test_500_in_auth"]["suspicion"] in said
    bundle = failures.bundle("test_500_in_auth")
    assert f"Evidence: {bundle}\n" in said
    assert f"Look: .venv/bin/playwright show-trace {bundle}/page.trace.zip\n" in said


@pytest.mark.parametrize(
    ("test", "files"),
    [
        ("test_wrong_text", ["alice.trace.zip", "alice.webm", "alice-1.png", "requests.jsonl"]),
        ("test_wrong_text", ["websocket.jsonl", "rows.json", "mails.json", "logs/auth.log"]),
        ("test_two_actors", ["alice.trace.zip", "alice.webm", "bob.trace.zip", "bob.webm"]),
        ("test_two_actors", ["alice-1.png", "bob-1.png", "logs/backend.log", "logs/llm.log"]),
        ("test_setup_failure", ["alice.trace.zip", "alice.webm", "alice-1.png"]),
        ("test_page_error", ["page.trace.zip", "page.webm", "page-1.png", "console.jsonl"]),
        ("test_hang_of_the_test", ["page.trace.zip", "page.webm", "page-1.png"]),
        # Nobody could ask a browser that is gone for anything.
        ("test_browser_crash", ["alice.trace.zip", "alice.webm", "alice-1.jpeg"]),
    ],
)
def test_the_files_of_a_bundle(failures: Failures, test: str, files: list[str]) -> None:
    bundle = failures.bundle(test)
    kept = {str(it.relative_to(bundle)): it.stat().st_size for it in bundle.rglob("*")}
    for name in [*files, "timeline.md", "suspicion.txt"]:
        assert kept.get(name), f"{test} has no {name}, but {sorted(kept)}"
    assert "## Not gathered" not in (bundle / "timeline.md").read_text()


def test_a_bundle_of_one_actor_is_small(failures: Failures) -> None:
    for bundle in failures.bundles():
        size = sum(it.stat().st_size for it in bundle.rglob("*") if it.is_file())
        assert size <= MOST_BYTES, f"{bundle.name} has {size} bytes"


def test_a_trace_has_the_steps_and_the_sources(failures: Failures) -> None:
    with zipfile.ZipFile(failures.bundle("test_wrong_text") / "alice.trace.zip") as trace:
        assert '"title":"the chat is open"' in trace.read("trace.trace").decode()
        sources = [trace.read(it).decode() for it in trace.namelist() if it.startswith("src/")]
    assert any("its heading is another" in source for source in sources)


def test_the_steps_are_told(failures: Failures) -> None:
    steps = json.loads(failures.properties["test_wrong_text"]["steps"])
    assert [step["title"] for step in steps] == ["the chat is open", "its heading is another"]
    assert steps[0]["error"] is None
    assert "Nonsense" in steps[1]["error"]
    assert steps[1]["duration"] >= 1000, "milliseconds"


def test_a_timeline_has_everything_in_order(failures: Failures) -> None:
    words = (failures.bundle("test_websocket_closed") / "timeline.md").read_text().split()
    text = " ".join(words)
    told = [
        "auth info postgres INSERT users",
        "mail to ['alice.",
        "alice action Frame.goto /chat",
        '"type": "ready"',
        '→ {"type":"send_message"',
        "backend error connection crashed",
        "/ws → 1011 internal_error",
    ]
    places = [text.find(it) for it in told]
    assert min(places) >= 0, f"not all of {told} in\n{text}"
    assert places == sorted(places), f"{told} are at {places} in\n{text}"


def test_the_logs_have_the_calls_of_stores(failures: Failures) -> None:
    logs = failures.bundle("test_two_actors") / "logs"
    for service, call in (
        ("auth", "redis HGET"),
        ("backend", "postgres INSERT messages"),
        ("backend", "clickhouse INSERT messages"),
        ("backend", "llm chat.completions"),
    ):
        assert f'"message": "{call}"' in (logs / f"{service}.log").read_text()


def test_rows_are_of_this_tests_users(failures: Failures) -> None:
    rows = json.loads((failures.bundle("test_two_actors") / "rows.json").read_text())
    users = rows["postgres/auth"]["users"]
    assert {user["name"] for user in users} == {"Alice Example", "Bob Example"}
    assert {user["password_hash"] for user in users} == {"[redacted]"}
    assert [it["role"] for it in rows["postgres/backend"]["messages"]].count("user") == 1
    assert {it["name"] for it in rows["postgres/backend"]["users"]} == {
        user["name"] for user in users
    }
    assert any(key.startswith("session:") for key in rows["redis"]), rows["redis"]
    assert "clickhouse" in rows


def test_a_store_that_is_down_says_so(failures: Failures) -> None:
    rows = json.loads((failures.bundle("test_store_stopped") / "rows.json").read_text())
    assert rows["redis"].startswith("could not be read: ConnectionError")


def test_logs_are_of_this_test_alone(failures: Failures) -> None:
    others = failures.bundle("test_wrong_text") / "rows.json"
    [other] = json.loads(others.read_text())["postgres/auth"]["users"]
    log = (failures.bundle("test_two_actors") / "logs" / "backend.log").read_text()
    assert '"message accepted"' in log
    assert other["id"] not in log


def test_a_context_past_the_fixture_is_refused(failures: Failures) -> None:
    said = failures.terminal("test_context_past_the_fixture")
    assert "A browser context made by browser.new_context() has no trace" in said


def test_nothing_is_kept_of_a_test_that_passes(failures: Failures) -> None:
    assert "bundle" not in failures.properties["test_that_passes"]
    assert not [it for it in failures.bundles() if "passes" in it.name]


def test_no_secret_is_in_any_kept_file(failures: Failures) -> None:
    secrets = set(failures.secrets)
    assert len(secrets) >= 8, "passwords, tokens, cookies, codes"
    found = [
        f"{name}: {secret[:6]}…"
        for name, content in failures.contents()
        for secret in secrets
        if secret.encode() in content
    ]
    assert found == []


def test_secrets_are_told_from_the_rest(failures: Failures) -> None:
    """What looks for secrets would find them: the archives are read, and hold what was sent."""
    with zipfile.ZipFile(failures.bundle("test_secrets") / "page.trace.zip") as trace:
        text = b"".join(trace.read(it) for it in trace.namelist()).decode(errors="replace")
    assert "/auth/login" in text
    assert "alice." in text
    assert text.count("[redacted]") >= 10


def test_the_whole_run_kept_one_folder_a_failure(failures: Failures) -> None:
    failed = {name for name, told in failures.properties.items() if "suspicion" in told}
    assert len(failures.bundles()) == len(failed)


def test_half_a_character_is_told_as_a_question_mark(failures: Failures) -> None:
    assert "It shows half a face: ?" in failures.terminal("test_half_a_character")
