"""The services manager: how stacks start, fail to start, and stop."""

import signal
import socket
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from fixtures.config import Build, Store
from fixtures.stack.errors import StackError
from fixtures.stack.ports import choose_free, is_free
from fixtures.stack.process import is_running
from tests.manager.conftest import SERVER, NewStack, gone, toy, until


def test_a_started_service_answers_and_a_stopped_one_leaves_nothing(new_stack: NewStack) -> None:
    stack = new_stack(toy())
    stack.start()
    url = str(stack.addresses["toy"]["url"])
    assert httpx.get(url).text == "toy says 200"

    stack.stop()

    assert gone(stack.pids["toy"], within=0)
    assert is_free(int(stack.addresses["toy"]["port"]))
    assert stack.run_dir is not None
    assert not stack.run_dir.exists()


def test_dependencies_start_first_and_siblings_together(new_stack: NewStack) -> None:
    stack = new_stack(
        toy("last", depends_on=("left", "right")),
        toy("left", "--slow", "1"),
        toy("right", "--slow", "1"),
    )
    stack.start()
    born = {name: psutil.Process(pid).create_time() for name, pid in stack.pids.items()}
    assert born["last"] > max(born["left"], born["right"]) + 0.9, "did not wait for both"
    assert abs(born["left"] - born["right"]) < 0.9, "siblings were started one after the other"


def test_a_service_that_dies_at_start_is_reported_with_its_last_lines(new_stack: NewStack) -> None:
    stack = new_stack(toy("fine"), toy("broken", "--die", "no such table: users"))
    with pytest.raises(StackError) as failure:
        stack.start()
    message = str(failure.value)
    assert "broken ended (exit code 3)" in message
    assert "no such table: users" in message
    assert "broken.log" in message


def test_a_service_that_is_never_healthy_is_reported_with_what_was_seen(
    new_stack: NewStack,
) -> None:
    stack = new_stack(toy("ill", "--status", "503", start_timeout=0.8))
    with pytest.raises(StackError) as failure:
        stack.start()
    message = str(failure.value)
    assert "ill was not healthy within 0.8 s" in message
    assert "answered 503: ill says 503" in message
    assert "ill was started" in message


def test_a_slow_service_is_waited_for(new_stack: NewStack) -> None:
    stack = new_stack(toy("slow", "--slow", "1.5"))
    assert stack.start() >= 1.5


def test_a_service_that_ignores_sigterm_is_killed(new_stack: NewStack) -> None:
    stack = new_stack(toy("deaf", "--ignore-sigterm", stop_timeout=0.3))
    stack.start()
    stack.stop()
    assert gone(stack.pids["deaf"], within=0)


def test_a_taken_port_is_reported_with_its_holder(new_stack: NewStack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        stack = new_stack(toy(port=port, port_variable="TOY_PORT"))
        with pytest.raises(StackError) as failure:
            stack.start()
        message = str(failure.value)
        assert f"Port {port}, which toy needs, is taken by" in message
        assert f"pid {psutil.Process().pid}" in message
        assert "TOY_PORT" in message
        assert stack.pids == {}, "something was started although the port was taken"


def test_a_refused_start_leaves_the_logs_of_the_run_that_holds_the_port_alone(
    new_stack: NewStack, tmp_path: Path
) -> None:
    port = choose_free(set())
    first = new_stack(toy(port=port))
    first.start()
    log = tmp_path / "logs" / "toy.log"
    before = log.read_text()
    with pytest.raises(StackError, match="is taken by"):
        new_stack(toy(port=port)).start()
    assert log.read_text() == before


def test_somebody_elses_answer_is_not_taken_for_ours(new_stack: NewStack) -> None:
    """The port is free when it is checked, and taken by other code before ours is up."""
    port = choose_free(set())
    stranger = toy("stranger").model_copy(
        update={
            "command": (sys.executable, str(SERVER), "--port", str(port)),
            "health": f"http://127.0.0.1:{port}/",
        }
    )
    ours = toy("ours", "--slow", "5", port=port, depends_on=("stranger",))
    stack = new_stack(stranger, ours)
    with pytest.raises(StackError, match=f"Port {port} is answered by process .* not the ours"):
        stack.start()


def test_a_death_during_the_run_is_reported(new_stack: NewStack) -> None:
    stack = new_stack(toy("victim"))
    stack.start()
    psutil.Process(stack.pids["victim"]).kill()
    assert until(lambda: stack.deaths, within=3), "the death was not reported"
    assert "victim ended (killed by SIGKILL)" in stack.deaths[0]


def test_a_component_can_be_stopped_and_started_again_with_its_data(new_stack: NewStack) -> None:
    stack = new_stack(stores=(Store(kind="redis"),))
    stack.start()
    port = int(stack.addresses["redis"]["port"])

    def ask(line: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(line + b"\r\n")
            return connection.recv(100)

    assert ask(b"SET greeting hello").startswith(b"+OK")
    stack.stop_component("redis")
    assert is_free(port)
    assert stack.deaths == [], "a stop on purpose was taken for a death"
    stack.start_component("redis")
    assert b"hello" in ask(b"GET greeting")


def test_a_component_started_in_another_environment_is_restored_to_its_own(
    new_stack: NewStack,
) -> None:
    env = {"MOOD": "calm", "PEER": "{other.url}"}
    stack = new_stack(toy("other"), toy("toy", "--tell", "MOOD", env=env))
    stack.start()
    url = str(stack.addresses["toy"]["url"])
    assert httpx.get(url).text == "toy says 200, calm"

    stack.stop_component("toy")
    stack.start_component("toy", env={"MOOD": "stormy"})
    assert httpx.get(url).text == "toy says 200, stormy"
    variables = psutil.Process(stack.pids["toy"]).environ()
    assert variables["PEER"] == stack.addresses["other"]["url"], "the configured ones are gone"

    untouched = stack.pids["other"]
    stack.restore()
    assert httpx.get(url).text == "toy says 200, calm"
    assert stack.pids["other"] == untouched, "what nobody altered was started anew"
    restored = stack.pids["toy"]
    stack.restore()
    assert stack.pids["toy"] == restored, "restored once is enough"
    assert stack.deaths == []


def test_a_component_stopped_after_all_starts_in_its_own_environment(new_stack: NewStack) -> None:
    stack = new_stack(toy("toy", "--tell", "MOOD", env={"MOOD": "calm"}))
    stack.start()
    stack.stop_component("toy")
    stack.start_component("toy", env={"MOOD": "stormy"})
    stack.stop_component("toy")
    stack.start_component("toy")
    assert httpx.get(str(stack.addresses["toy"]["url"])).text == "toy says 200, calm"


def test_an_interrupted_command_leaves_nothing_to_confuse_the_next(new_stack: NewStack) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    stack = new_stack(toy("slow", "--slow", "1"), toy("quick"))
    stack.start()
    stack.stop_component("slow")
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(KeyboardInterrupt):
            stack.start_component("slow")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    stack.stop_component("quick")
    assert "quick" not in stack.pids, (
        "the answer to the interrupted command was taken for this one's"
    )
    assert is_free(int(stack.addresses["quick"]["port"]))
    assert "slow" in stack.pids


def test_a_paused_component_is_silent_until_it_goes_on(new_stack: NewStack) -> None:
    stack = new_stack(toy())
    stack.start()
    url = str(stack.addresses["toy"]["url"])
    stack.pause_component("toy")
    with pytest.raises(httpx.TimeoutException):
        httpx.get(url, timeout=0.5)
    stack.resume_component("toy")
    assert httpx.get(url).status_code == 200


def test_a_paused_component_can_be_stopped(new_stack: NewStack) -> None:
    stack = new_stack(toy())
    stack.start()
    stack.pause_component("toy")
    stack.stop()
    assert gone(stack.pids["toy"], within=0)


def test_a_program_that_is_not_there_is_named(new_stack: NewStack) -> None:
    service = toy("odd").model_copy(update={"command": ("no-such-program",)})
    with pytest.raises(StackError, match=r"odd\.command: there is no program 'no-such-program'"):
        new_stack(service).start()


def test_an_unknown_placeholder_is_named(new_stack: NewStack) -> None:
    with pytest.raises(
        StackError, match=r"toy\.env\.PEER: there is no \{peer\.url\}\. Correct it; known are: "
    ):
        new_stack(toy(env={"PEER": "{peer.url}"})).start()


def test_a_build_runs_once_and_again_only_when_its_inputs_change(
    new_stack: NewStack, tmp_path: Path
) -> None:
    source = tmp_path / "src" / "deep" / "source.txt"
    source.parent.mkdir(parents=True)
    script = "mkdir -p dist && cat src/deep/source.txt >> dist/built"
    step = Build(command=("sh", "-c", script), inputs=("src/**",), output="dist")
    built = tmp_path / "dist" / "built"

    for content, expected in [("one", "one"), ("one", "one"), ("two", "onetwo")]:
        source.write_text(content)
        stack = new_stack(toy(build=step))
        stack.start()
        stack.stop()
        assert built.read_text() == expected


def test_a_failing_build_is_reported_with_its_output(new_stack: NewStack, tmp_path: Path) -> None:
    (tmp_path / "source.txt").write_text("x")
    script = "echo type error in line 7; exit 2"
    step = Build(command=("sh", "-c", script), inputs=("*.txt",), output="dist")
    with pytest.raises(StackError, match=r"(?s)build of toy failed \(exit code 2\).*line 7"):
        new_stack(toy(build=step)).start()


def test_a_build_that_takes_too_long_is_ended(new_stack: NewStack, tmp_path: Path) -> None:
    (tmp_path / "source.txt").write_text("x")
    step = Build(command=("sleep", "60"), inputs=("*.txt",), output="dist", timeout=0.2)
    said = r"build of toy took longer than 0\.2 s\..*or raise build\.timeout"
    with pytest.raises(StackError, match=said):
        new_stack(toy(build=step)).start()


def test_of_a_long_stack_the_error_above_it_is_told(new_stack: NewStack) -> None:
    script = "echo 'ReferenceError: prcie is not defined'; seq -f '    at line %g' 9; exit 1"
    service = toy().model_copy(update={"command": ("sh", "-c", script)})
    said = r"(?s)toy ended \(exit code 1\)\. Its last lines:\nReferenceError: prcie .* at line 9\n"
    with pytest.raises(StackError, match=said):
        new_stack(service).start()


def test_a_service_elsewhere_is_only_waited_for(new_stack: NewStack) -> None:
    theirs = new_stack(toy("theirs"))
    theirs.start()
    url = str(theirs.addresses["theirs"]["url"])
    ours = new_stack(toy("theirs").model_copy(update={"command": None, "url": url}))
    ours.start()
    assert ours.pids == {}
    ours.stop()
    assert httpx.get(url).status_code == 200, "somebody else's service was stopped"


def test_the_supervisor_ends_in_order_when_it_is_asked_to(new_stack: NewStack) -> None:
    stack = new_stack(toy())
    stack.start()
    supervisor = psutil.Process(stack.pids["toy"]).parent()
    assert supervisor is not None
    supervisor.send_signal(signal.SIGTERM)
    assert gone(stack.pids["toy"])
    assert gone(supervisor.pid)


def test_a_store_that_is_killed_leaves_none_of_its_children_at_its_data(
    new_stack: NewStack,
) -> None:
    stack = new_stack(stores=(Store(kind="postgres", databases=("one",)),))
    stack.start()
    children = [it.pid for it in psutil.Process(stack.pids["postgres"]).children(recursive=True)]
    assert children, "PostgreSQL has no children any more: no test"
    psutil.Process(children[0]).suspend()  # this one does not hear that its parent has gone

    stack.kill_component("postgres")
    assert [pid for pid in children if is_running(pid)] == []
    stack.start_component("postgres")
