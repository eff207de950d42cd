"""`python -m fixtures.report show` serves until Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from fixtures.report.__main__ import main


def test_a_report_is_served_until_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("the report")
    command = (sys.executable, "-m", "fixtures.report", "show", str(tmp_path), "--port", "0")
    without_display = {k: v for k, v in os.environ.items() if "DISPLAY" not in k}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=without_display
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        url = said.split()[4]
        assert httpx.get(url).text == "the report", said
        process.send_signal(signal.SIGINT)
        assert process.stdout.read().strip() == ""
    assert process.returncode == 0


def test_a_taken_port_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "index.html").write_text("the report")
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        assert main(["show", str(tmp_path), "--port", str(port)]) == 1
    assert f"Port {port} cannot be used" in capsys.readouterr().err


def test_a_folder_without_a_report_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(tmp_path)]) == 1
    assert "has no index.html. Run the tests first" in capsys.readouterr().err
