"""J2, further: tokens and sessions."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="backend-trace-not-handed-on",
        title="Backend asks Auth outside of the trace of the request.",
        journey="J2.2",
        service="backend",
        changes=(
            Change(
                "services/backend/auth_client.py",
                '{"Authorization": f"Bearer {token}", **trace_headers()}',
                '{"Authorization": f"Bearer {token}"}',
            ),
        ),
        noticed_by=(
            "e2e/test_jwt_token_cross_service.py"
            "::test_backend_asks_auth_each_time_and_hands_on_what_it_says"
        ),
    ),
    Defect(
        id="auth-refresh-gives-the-spent-token",
        title="A refresh hands out the token that it has just spent.",
        journey="J2.5",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/session.py",
                (
                    "    return _answer(ctx, response, user, await ctx.sessions.rotate(spent, "
                    "idempotency_key))"
                ),
                (
                    "    await ctx.sessions.rotate(spent, idempotency_key)\n"
                    "    return _answer(ctx, response, user, spent)"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_jwt_token_cross_service.py::test_refreshing_again_and_again_keeps_the_session"
        ),
    ),
    Defect(
        id="auth-cookie-outlives-logout",
        title="Logging out leaves the cookie in the browser.",
        journey="J2.6",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/session.py",
                "    clear_refresh_cookie(response, ctx.settings)\n",
                "",
            ),
        ),
        noticed_by=(
            "e2e/test_jwt_token_cross_service.py"
            "::test_a_token_is_worth_nothing_once_its_session_is_logged_out"
        ),
    ),
    Defect(
        id="auth-tokens-in-caches",
        title="Caches may keep answers that have tokens in them.",
        journey="J2.5",
        service="auth",
        changes=(
            Change(
                "services/auth/context.py",
                '"no-store"',
                '"private"',
            ),
        ),
        noticed_by=(
            "e2e/test_session_rules.py"
            "::test_the_cookie_and_the_answers_with_tokens_are_kept_by_nobody_else"
        ),
    ),
    Defect(
        id="auth-refresh-for-any-page",
        title="A page of any site can refresh the token and log out.",
        journey="J2.5",
        service="auth",
        changes=(
            Change(
                "services/auth/context.py",
                (
                    'if request.headers.get("Origin", ctx.settings.frontend_url) != '
                    "ctx.settings.frontend_url:"
                ),
                'if not request.headers.get("Origin", ctx.settings.frontend_url):',
            ),
        ),
        noticed_by=(
            "e2e/test_session_rules.py"
            "::test_a_page_of_a_foreign_origin_can_neither_refresh_nor_log_out"
        ),
    ),
    Defect(
        id="auth-session-fixation",
        title="A login goes on with the session that was planted in the browser.",
        journey="J2.1",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/session.py",
                (
                    "async def login(body: Login, response: Response, ctx: Ctx, client: "
                    "ClientAddress) -> SessionAnswer:"
                ),
                (
                    "async def login(\n"
                    "    body: Login, response: Response, ctx: Ctx, client: ClientAddress, cookie: "
                    "RefreshCookie = None\n"
                    ") -> SessionAnswer:"
                ),
            ),
            Change(
                "services/auth/routes/session.py",
                "    token = await ctx.sessions.start(known.user.id)\n",
                (
                    "    planted = ctx.sessions.read_token(cookie) if cookie else None\n"
                    "    token = planted or await ctx.sessions.start(known.user.id)\n"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_session_rules.py::test_a_login_makes_a_new_session_whatever_was_planted"
        ),
    ),
    Defect(
        id="auth-logout-needs-a-token",
        title="Whoever has the cookie alone cannot log out.",
        journey="J2.6",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/session.py",
                ("    if token is not None:\n        named"),
                ("    if token is not None and access_token:\n        named"),
            ),
        ),
        noticed_by="e2e/test_session_rules.py::test_the_cookie_alone_logs_out",
    ),
    Defect(
        id="auth-claims-not-required",
        title="Tokens are accepted that lack what every token has to say.",
        journey="J2.6",
        service="auth",
        changes=(
            Change(
                "services/auth/tokens.py",
                '_REQUIRED = ["iss", "aud", "sub", "sid", "jti", "iat", "exp"]',
                '_REQUIRED = ["sub", "sid", "exp"]',
            ),
        ),
        noticed_by=(
            "e2e/test_session_rules.py"
            "::test_a_token_whose_claims_are_missing_or_wrong_opens_nothing"
        ),
    ),
    Defect(
        id="auth-too-late-to-log-out",
        title="With an expired token nobody can log out.",
        journey="J2.6",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/session.py",
                "ctx.access_tokens.read(access_token, allow_expired=True)",
                "ctx.access_tokens.read(access_token)",
            ),
        ),
        noticed_by=(
            "e2e/test_session_rules.py::test_an_expired_token_still_says_which_session_to_log_out"
        ),
    ),
    Defect(
        id="auth-made-up-refresh-token",
        title="Whoever knows the id of a session can make up a refresh token that ends it.",
        journey="J2.5",
        service="auth",
        changes=(
            Change(
                "services/auth/sessions.py",
                "if not hmac.compare_digest(tag.encode(), self._tag(body).encode()):",
                'if value.count(".") != 2:',
            ),
        ),
        noticed_by=("e2e/test_session_rules.py::test_a_made_up_refresh_token_ends_nobodys_session"),
    ),
    Defect(
        id="auth-any-key-of-an-attempt",
        title="An attempt to refresh can be named by a key that is easy to guess.",
        journey="J2.5",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/session.py",
                "Header(min_length=16, max_length=255)",
                "Header()",
            ),
        ),
        noticed_by=(
            "e2e/test_session_rules.py::test_a_refresh_can_be_repeated_under_its_own_key_alone"
        ),
    ),
    Defect(
        id="auth-next-token-for-any-key",
        title="A spent refresh token is exchanged again, under whichever key.",
        journey="J2.5",
        service="auth",
        changes=(
            Change(
                "services/auth/sessions.py",
                'seed = f"{spent.value}.{attempt}".encode()',
                "seed = spent.value.encode()",
            ),
        ),
        noticed_by=(
            "e2e/test_session_rules.py"
            "::test_a_spent_refresh_token_under_another_key_ends_the_session"
        ),
    ),
    Defect(
        id="auth-everybody-wins",
        title="All who use a refresh token at once get the next one.",
        journey="J2.5",
        service="auth",
        changes=(
            Change(
                "services/auth/sessions.py",
                "attempt or secrets.token_urlsafe(32)",
                'attempt or "none"',
            ),
        ),
        noticed_by="e2e/test_session_rules.py::test_of_refreshes_at_once_exactly_one_wins",
    ),
    Defect(
        id="auth-user-who-is-gone",
        title="The token of a user who is gone is an error of the server.",
        journey="J2.6",
        service="auth",
        changes=(
            Change(
                "services/auth/context.py",
                ("    if user is None:\n        raise session_ended()"),
                "    assert user is not None",
            ),
        ),
        noticed_by="e2e/test_session_rules.py::test_nobody_comes_in_as_a_user_who_is_gone",
    ),
)
