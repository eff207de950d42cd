"""`python test_runner.py --level LEVEL`: the suite by the names of its levels.

A thin door to pytest: what follows the level is handed on as it is.
"""

import argparse
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent
JOURNEYS = (
    "test_real_user_signup_login_chat.py",
    "test_jwt_token_cross_service.py",
    "test_websocket_auth_handshake.py",
    "test_message_agent_pipeline.py",
    "test_session_persistence.py",
    "test_multi_service_health.py",
    "test_database_data_flow.py",
    "test_error_propagation.py",
    "test_oauth_complete_flow.py",
    "test_concurrent_users.py",
)
LEVELS = {
    "smoke": [f"e2e/{JOURNEYS[0]}"],
    "real_e2e": [f"e2e/{name}" for name in JOURNEYS],
    "all": ["e2e", "tests"],
}


def main(arguments: list[str]) -> int:
    """Run pytest on the files of a level; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python test_runner.py",
        description="Runs a level of the suite; further arguments go to pytest.",
        epilog="smoke: the first journey. real_e2e: the ten journeys. all: every test there is.",
    )
    parser.add_argument("--level", choices=LEVELS, default="real_e2e", help="default: %(default)s")
    level, rest = parser.parse_known_args(arguments)
    paths = [str(ROOT / path) for path in LEVELS[level.level]]
    return int(pytest.main([f"--rootdir={ROOT}", *paths, *rest]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
