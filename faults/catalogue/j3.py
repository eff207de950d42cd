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
    ),
)
