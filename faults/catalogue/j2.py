"""J2: one token, every service."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="auth-signature-not-checked",
        title="Auth reads access tokens without checking their signature.",
        journey="J2.6",
        service="auth",
        changes=(
            Change(
                "services/auth/tokens.py",
                '"verify_exp": not allow_expired}',
                '"verify_signature": False, "verify_exp": not allow_expired}',
            ),
        ),
        noticed_by="e2e/test_jwt_token_cross_service.py::test_forged_tokens_are_refused_everywhere",
    ),
    Defect(
        id="auth-algorithm-of-the-token",
        title="Auth checks a token with the algorithm that its header names, `none` included.",
        journey="J2.6",
        service="auth",
        changes=(
            Change(
                "services/auth/tokens.py",
                (
                    "        whole = jwt.decode_complete(\n"
                    "            token,\n"
                    "            self._key.public_key(),\n"
                    "            algorithms=[ALGORITHM],"
                ),
                (
                    '        algorithm = jwt.get_unverified_header(token)["alg"]\n'
                    "        whole = jwt.decode_complete(\n"
                    "            token,\n"
                    '            None if algorithm == "none" else self._key.public_key(),\n'
                    "            algorithms=[algorithm],"
                ),
            ),
            Change(
                "services/auth/tokens.py",
                '"verify_exp": not allow_expired}',
                '"verify_signature": algorithm != "none"}',
            ),
        ),
        noticed_by="e2e/test_jwt_token_cross_service.py::test_forged_tokens_are_refused_everywhere",
    ),
    Defect(
        id="auth-audience-not-checked",
        title="Auth accepts tokens that were made for somebody else.",
        journey="J2.6",
        service="auth",
        changes=(
            Change(
                "services/auth/tokens.py",
                '"verify_exp": not allow_expired}',
                '"verify_exp": not allow_expired, "verify_aud": False}',
            ),
        ),
        noticed_by=(
            "e2e/test_jwt_token_cross_service.py"
            "::test_tokens_signed_by_auths_key_are_refused_for_what_they_say"
        ),
    ),
    Defect(
        id="auth-expired-token-accepted",
        title="Auth accepts access tokens that have expired.",
        journey="J2.6",
        service="auth",
        changes=(
            Change(
                "services/auth/tokens.py",
                '"verify_exp": not allow_expired}',
                '"verify_exp": False}',
            ),
        ),
        noticed_by=(
            "e2e/test_jwt_token_cross_service.py"
            "::test_tokens_signed_by_auths_key_are_refused_for_what_they_say"
        ),
    ),
    Defect(
        id="auth-logged-out-token-accepted",
        title="An access token is good after its session has ended.",
        journey="J2.6",
        service="auth",
        changes=(
            Change(
                "services/auth/context.py",
                "    if await ctx.sessions.owner(claims.session_id) != claims.user_id:\n",
                "    if claims.session_id is None:\n",
            ),
        ),
        noticed_by=(
            "e2e/test_jwt_token_cross_service.py"
            "::test_refresh_brings_a_token_that_is_good_everywhere"
        ),
    ),
    Defect(
        id="auth-refresh-token-again-and-again",
        title="A refresh token that was spent can be spent again.",
        journey="J2.5",
        service="auth",
        changes=(
            Change(
                "services/auth/session_scripts.py",
                "if newest ~= ARGV[2] and newest ~= ARGV[3] then",
                "if not newest then",
            ),
        ),
        noticed_by=(
            "e2e/test_jwt_token_cross_service.py"
            "::test_refresh_brings_a_token_that_is_good_everywhere"
        ),
    ),
    Defect(
        id="auth-refresh-reuse-without-consequence",
        title="A refresh token that comes back a second time does not end its session.",
        journey="J2.5",
        service="auth",
        changes=(
            Change(
                "services/auth/session_scripts.py",
                ("  end_one(ARGV[1], user_id)\n  return 'reused'"),
                "  return 'reused'",
            ),
        ),
        noticed_by=(
            "e2e/test_jwt_token_cross_service.py"
            "::test_refresh_brings_a_token_that_is_good_everywhere"
        ),
    ),
    Defect(
        id="auth-refresh-cookie-for-a-day",
        title="The refresh cookie dies after a day, the session it stands for after thirty.",
        journey="J2.5",
        service="auth",
        changes=(
            Change(
                "services/auth/cookies.py",
                "_set(response, settings, value, settings.refresh_token_seconds)",
                "_set(response, settings, value, 24 * 3600)",
            ),
        ),
        noticed_by=(
            "e2e/test_jwt_token_cross_service.py"
            "::test_refresh_brings_a_token_that_is_good_everywhere"
        ),
    ),
    Defect(
        id="auth-token-outlives-its-promise",
        title="Access tokens are good for much longer than `expires_in` says.",
        journey="J2.1",
        service="auth",
        changes=(
            Change(
                "services/auth/tokens.py",
                '"exp": now + self.seconds,',
                '"exp": now + self.seconds * 60,',
            ),
        ),
        noticed_by=(
            "e2e/test_jwt_token_cross_service.py"
            "::test_one_token_is_issued_kept_sent_and_checked_with_auth"
        ),
    ),
    Defect(
        id="auth-key-under-another-id",
        title="The published key has another id than the tokens name.",
        journey="J2.1",
        service="auth",
        changes=(
            Change(
                "services/auth/tokens.py",
                '"kid": self._kid, "use": "sig"',
                '"kid": "1", "use": "sig"',
            ),
        ),
        noticed_by=(
            "e2e/test_jwt_token_cross_service.py"
            "::test_one_token_is_issued_kept_sent_and_checked_with_auth"
        ),
    ),
    Defect(
        id="backend-verdicts-kept",
        title="Backend asks Auth about a token once, and never again.",
        journey="J2.2",
        service="backend",
        changes=(
            Change(
                "services/backend/auth_client.py",
                "        self._http = http\n",
                ("        self._http = http\n        self._verdicts: dict[str, Verdict] = {}\n"),
            ),
            Change(
                "services/backend/auth_client.py",
                ('        headers = {"Authorization": f"Bearer {token}", **trace_headers()}\n'),
                (
                    "        if token in self._verdicts:\n"
                    "            return self._verdicts[token]\n"
                    '        headers = {"Authorization": f"Bearer {token}", '
                    "**trace_headers()}\n"
                ),
            ),
            Change(
                "services/backend/auth_client.py",
                "            return Verdict.model_validate_json(answer.content)\n",
                (
                    "            self._verdicts[token] = "
                    "Verdict.model_validate_json(answer.content)\n"
                    "            return self._verdicts[token]\n"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_jwt_token_cross_service.py"
            "::test_one_token_is_issued_kept_sent_and_checked_with_auth"
        ),
    ),
    Defect(
        id="frontend-refresh-without-cookie",
        title="The Frontend asks for a new token without sending the refresh cookie.",
        journey="J2.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/api/session.ts",
                "      cookies: true,\n",
                "      cookies: false,\n",
            ),
        ),
        noticed_by=(
            "e2e/test_jwt_token_cross_service.py"
            "::test_refresh_brings_a_token_that_is_good_everywhere"
        ),
    ),
)
