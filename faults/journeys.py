"""Which tests tell of which journey, and in what order they are asked about a defect."""

import ast
from pathlib import Path

from faults.defect import Defect

FILES: dict[str, tuple[str, ...]] = {
    "J1": (
        "e2e/test_real_user_signup_login_chat.py",
        "e2e/test_signup_and_login_refusals.py",
        "e2e/test_verification_mail.py",
        "e2e/test_credential_rules.py",
        "e2e/test_guessing.py",
        "e2e/test_account.py",
        "e2e/test_accessibility.py",
    ),
    "J2": ("e2e/test_jwt_token_cross_service.py", "e2e/test_session_rules.py"),
    "J3": (
        "e2e/test_websocket_auth_handshake.py",
        "e2e/test_websocket_refusals.py",
        "e2e/test_frames.py",
        "e2e/test_token_expiry.py",
    ),
    "J4": (
        "e2e/test_message_agent_pipeline.py",
        "e2e/test_content.py",
        "e2e/test_message_box.py",
        "e2e/test_stop_and_retry.py",
        "e2e/test_agent_limits.py",
        "e2e/test_threads.py",
    ),
    "J5": (
        "e2e/test_session_persistence.py",
        "e2e/test_bad_network.py",
        "e2e/test_tabs.py",
    ),
    "J6": ("e2e/test_multi_service_health.py", "e2e/test_frozen_dependencies.py"),
    "J7": (
        "e2e/test_database_data_flow.py",
        "e2e/test_message_delivery.py",
        "e2e/test_durability.py",
        "e2e/test_thread_deletion.py",
    ),
    "J8": ("e2e/test_error_propagation.py", "e2e/test_outages.py"),
    "J9": ("e2e/test_oauth_complete_flow.py", "e2e/test_oauth_edge_cases.py"),
    "J10": ("e2e/test_concurrent_users.py", "e2e/test_slow_answer.py"),
}
"""A journey's own file first, then those that tell more of it."""

# For a defect of no journey, such as a random one: where its service is used most.
_OF_SERVICE = {
    "auth": ("J1", "J2", "J9"),
    "backend": ("J4", "J3", "J7"),
    "frontend": ("J1", "J4", "J5"),
    "stores": ("J7", "J6"),
}


def of_step(step: str) -> str:
    """The journey of a step: "J1" of "J1.6". Raises ValueError when there is none."""
    journey = step.partition(".")[0]
    if journey not in FILES:
        raise ValueError(f"There is no journey {journey!r}. Name one of {', '.join(FILES)}.")
    return journey


def own_files(defect: Defect) -> tuple[str, ...]:
    """The files of the defect's journey; nothing for a defect of no journey."""
    return FILES[of_step(defect.journey)] if defect.journey else ()


def names_of_tests(root: Path) -> list[str]:
    """Every test function of the repository at `root`, as `file::function`."""
    return [
        f"{file}::{node.name}"
        for files in FILES.values()
        for file in files
        for node in ast.parse((root / file).read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def batches(defect: Defect) -> list[tuple[str, ...]]:
    """All test files, in batches; the next is only worth running when the last one was green."""
    if defect.journey:
        first: tuple[str, ...] = own_files(defect)
    else:
        first = tuple(file for name in _OF_SERVICE[defect.service] for file in FILES[name])
    rest = tuple(file for files in FILES.values() for file in files if file not in first)
    return [first, rest]
