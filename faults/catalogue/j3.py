"""J3: the door to real time."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="backend-any-origin",
        title="A page of any site can open the WebSocket.",
        journey="J3.4",
        service="backend",
        changes=(
            Change(
                "services/backend/connection.py",
                "if origin is not None and origin != parts.settings.frontend_url:",
                'if origin is not None and not origin.startswith("http"):',
            ),
        ),
        noticed_by=(
            "e2e/test_websocket_auth_handshake.py"
            "::test_a_page_of_a_foreign_origin_is_refused_before_the_upgrade"
        ),
    ),
    Defect(
        id="backend-close-without-reason",
        title="A refused connection is closed without a reason.",
        journey="J3.4",
        service="backend",
        changes=(
            Change(
                "services/backend/connection.py",
                "await websocket.close(code, problem.code)",
                "await websocket.close(code)",
            ),
        ),
        noticed_by=(
            "e2e/test_websocket_auth_handshake.py"
            "::test_who_comes_back_with_an_expired_token_is_let_in_with_a_new_one"
        ),
    ),
    Defect(
        id="backend-close-with-the-wrong-code",
        title="A connection without a good token is told to try again later.",
        journey="J3.4",
        service="backend",
        changes=(
            Change(
                "services/backend/connection.py",
                "code = POLICY_VIOLATION if problem.status == 401 else TRY_AGAIN_LATER",
                "code = TRY_AGAIN_LATER",
            ),
        ),
        noticed_by=(
            "e2e/test_websocket_auth_handshake.py"
            "::test_who_comes_back_with_an_expired_token_is_let_in_with_a_new_one"
        ),
    ),
    Defect(
        id="backend-greets-before-it-checks",
        title="The server tells its limits before it has checked the token.",
        journey="J3.4",
        service="backend",
        changes=(
            Change(
                "services/backend/connection.py",
                ("    try:\n        token = _token(websocket)\n"),
                (
                    '    limits = {"message_bytes": parts.settings.message_bytes}\n'
                    '    await websocket.send_text(json.dumps({"type": "hello", "limits": '
                    "limits}))\n"
                    "    try:\n"
                    "        token = _token(websocket)\n"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_websocket_auth_handshake.py"
            "::test_a_client_connects_with_its_token_in_the_header"
        ),
    ),
    Defect(
        id="backend-one-connection-too-many",
        title="One more connection is let in than is advertised.",
        journey="J3.4",
        service="backend",
        changes=(
            Change(
                "services/backend/connection.py",
                "if len(channel.listeners) >= self._parts.settings.connections:",
                "if len(channel.listeners) > self._parts.settings.connections:",
            ),
        ),
        noticed_by=(
            "e2e/test_websocket_refusals.py"
            "::test_one_connection_too_many_is_refused_with_a_reason_that_the_page_shows"
        ),
    ),
    Defect(
        id="frontend-connected-too-early",
        title="The page says that it is connected before the server has let it in.",
        journey="J3.4",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/socket.ts",
                "    this.#socket = socket;\n",
                ('    this.#socket = socket;\n    this.#set("connected");\n'),
            ),
        ),
        noticed_by=(
            "e2e/test_websocket_refusals.py"
            "::test_one_connection_too_many_is_refused_with_a_reason_that_the_page_shows"
        ),
    ),
    Defect(
        id="backend-socket-outlives-token",
        title="A WebSocket goes on after its token has expired.",
        journey="J3.5",
        service="backend",
        changes=(
            Change(
                "services/backend/connection.py",
                "            seconds_left, self.close",
                "            seconds_left + 3600, self.close",
            ),
        ),
        noticed_by=(
            "e2e/test_token_expiry.py"
            "::test_a_token_that_expires_during_a_session_is_replaced_unnoticed"
        ),
    ),
    Defect(
        id="backend-token-as-subprotocol",
        title="The server answers with the token as the chosen subprotocol.",
        journey="J3.2",
        service="backend",
        changes=(
            Change(
                "services/backend/connection.py",
                "await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)",
                "await websocket.accept(offered[-1] if offered else None)",
            ),
        ),
        noticed_by=(
            "e2e/test_websocket_auth_handshake.py"
            "::test_a_browser_connects_with_its_token_in_the_subprotocol"
        ),
    ),
    Defect(
        id="backend-header-not-read",
        title="A token in the Authorization header is not read at the WebSocket.",
        journey="J3.2",
        service="backend",
        changes=(
            Change(
                "services/backend/connection.py",
                'if token := bearer(websocket.headers.get("authorization")):',
                'if token := bearer(websocket.headers.get("authentication")):',
            ),
        ),
        noticed_by=(
            "e2e/test_websocket_auth_handshake.py"
            "::test_a_client_connects_with_its_token_in_the_header"
        ),
    ),
    Defect(
        id="frontend-other-reason-expected",
        title="The Frontend waits for another reason of an expired token than Backend gives.",
        journey="J3.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/socket.ts",
                'event.reason === "token_expired"',
                'event.reason === "expired"',
            ),
        ),
        noticed_by=(
            "e2e/test_websocket_auth_handshake.py"
            "::test_who_comes_back_with_an_expired_token_is_let_in_with_a_new_one"
        ),
    ),
)
