"""J3, further: the WebSocket's door and frames."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="backend-token-in-the-address",
        title="The WebSocket takes a token from its address, where logs keep it.",
        journey="J3.2",
        service="backend",
        changes=(
            Change(
                "services/backend/connection.py",
                ("            return str(offered.removeprefix(TOKEN_PREFIX))\n    return None\n"),
                (
                    "            return str(offered.removeprefix(TOKEN_PREFIX))\n"
                    '    return websocket.query_params.get("token")\n'
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_websocket_auth_handshake.py::test_a_refused_client_hears_why_and_nothing_else"
        ),
    ),
    Defect(
        id="backend-any-scheme",
        title="Whatever follows any scheme in the Authorization header is taken for a token.",
        journey="J3.2",
        service="backend",
        changes=(
            Change(
                "services/backend/auth_client.py",
                'if scheme.lower() == "bearer" else None',
                "if scheme.lower() else None",
            ),
        ),
        noticed_by="e2e/test_websocket_refusals.py::test_what_is_no_token_lets_nobody_in",
    ),
    Defect(
        id="backend-outage-of-auth-is-its-own",
        title="The WebSocket closes with 1011 while Auth cannot be asked.",
        journey="J3.4",
        service="backend",
        changes=(
            Change(
                "services/backend/connection.py",
                "if problem.status == 401 else TRY_AGAIN_LATER",
                "if problem.status == 401 else INTERNAL_ERROR",
            ),
        ),
        noticed_by=(
            "e2e/test_websocket_refusals.py::test_nobody_is_let_in_while_auth_cannot_be_asked"
        ),
    ),
    Defect(
        id="backend-nul-in-a-message",
        title="A message with a NUL in it closes the connection.",
        journey="J3.4",
        service="backend",
        changes=(
            Change(
                "services/backend/frames.py",
                '    content: Annotated[str, Field(pattern=r"^[^\\x00]*$")]',
                "    content: str",
            ),
        ),
        noticed_by=(
            "e2e/test_frames.py::test_a_malformed_frame_is_refused_and_the_connection_lives_on"
        ),
    ),
    Defect(
        id="backend-frames-of-any-size",
        title="Frames of more than 64 KiB are read.",
        journey="J3.4",
        service="backend",
        changes=(
            Change(
                "services/backend/connection.py",
                "> FRAME_BYTES:",
                "> FRAME_BYTES * 4:",
            ),
        ),
        noticed_by="e2e/test_frames.py::test_a_frame_over_64_kib_closes_the_connection",
    ),
    Defect(
        id="backend-resumes-one-too-early",
        title="Whoever resumes is told the last event once more.",
        journey="J3.5",
        service="backend",
        changes=(
            Change(
                "services/backend/hub.py",
                ("        self.after(number)\n        return number\n"),
                ("        self.after(number)\n        return max(0, number - 1)\n"),
            ),
        ),
        noticed_by="e2e/test_frames.py::test_who_resumes_is_told_exactly_what_was_missed",
    ),
    Defect(
        id="backend-resumes-from-anywhere",
        title="An event of another life of Backend counts as known.",
        journey="J3.5",
        service="backend",
        changes=(
            Change(
                "services/backend/hub.py",
                "if epoch != self._epoch or not (",
                "if not (",
            ),
        ),
        noticed_by=(
            "e2e/test_frames.py::test_who_resumes_from_an_unknown_event_is_told_to_begin_anew"
        ),
    ),
    Defect(
        id="backend-early-words-lost",
        title="What a client says before it is greeted is lost.",
        journey="J3.4",
        service="backend",
        changes=(
            Change(
                "services/backend/connection.py",
                "        await self._send(json.dumps(ready))\n",
                (
                    "        with suppress(TimeoutError):\n"
                    "            async with asyncio.timeout(0.2):\n"
                    "                await self._websocket.receive()\n"
                    "        await self._send(json.dumps(ready))\n"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_frames.py::test_what_a_client_says_before_it_is_known_is_heard_afterwards"
        ),
    ),
    Defect(
        id="frontend-renewal-forgets-what-was-under-way",
        title="A message that was under way when the token expired is not sent again.",
        journey="J3.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/chat-client.ts",
                (
                    "    this.#acks.clear();\n"
                    "    this.#set({ messageBytes: frame.limits.message_bytes });\n"
                ),
                "    this.#set({ messageBytes: frame.limits.message_bytes });\n",
            ),
        ),
        noticed_by="e2e/test_token_expiry.py::test_what_was_under_way_when_the_token_expired_arrives_once",
    ),
)
