"""J9: Login with Google."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="auth-google-state-not-compared",
        title="The state that Google sends back is not compared with the browser's.",
        journey="J9.7",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/google.py",
                (
                    "    if not state or not cookie or not "
                    "hmac.compare_digest(state.encode(), cookie.encode()):\n"
                ),
                "    if not state:\n",
            ),
        ),
        noticed_by="e2e/test_oauth_complete_flow.py::test_forged_parameter_opens_nothing",
    ),
    Defect(
        id="auth-google-nonce-not-compared",
        title="An ID token of another sign-in is accepted.",
        journey="J9.2",
        service="auth",
        changes=(
            Change(
                "services/auth/google.py",
                (
                    '        is_fresh = hmac.compare_digest(str(claims["nonce"]).encode(), '
                    "nonce.encode())\n"
                ),
                '        is_fresh = bool(claims["nonce"])\n',
            ),
        ),
        noticed_by="e2e/test_oauth_complete_flow.py::test_forged_parameter_opens_nothing",
    ),
    Defect(
        id="auth-google-without-pkce",
        title="The sign-in with Google goes without PKCE.",
        journey="J9.2",
        service="auth",
        changes=(
            Change(
                "services/auth/google.py",
                (
                    '            "code_challenge": '
                    'base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),\n'
                    '            "code_challenge_method": "S256",\n'
                ),
                "",
            ),
            Change(
                "services/auth/google.py", '                "code_verifier": code_verifier,\n', ""
            ),
        ),
        noticed_by="e2e/test_oauth_complete_flow.py::test_somebody_new_logs_in_with_google",
    ),
    Defect(
        id="auth-google-attempt-kept",
        title="A sign-in with Google can come back more than once.",
        journey="J9.7",
        service="auth",
        changes=(
            Change(
                "services/auth/google_attempts.py",
                "await self._redis.getdel(_key(state))",
                "await self._redis.get(_key(state))",
            ),
        ),
        noticed_by="e2e/test_oauth_complete_flow.py::test_replayed_callback_opens_nothing",
    ),
    Defect(
        id="auth-google-denial-is-an-error",
        title="Who denies consent is told that the login did not work.",
        journey="J9.7",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/google.py",
                (
                    '    if error == "access_denied":\n'
                    '        raise SignInRefused("access_denied")\n'
                    "    if error in"
                ),
                "    if error in",
            ),
        ),
        noticed_by="e2e/test_oauth_complete_flow.py::test_denied_consent_changes_nothing",
    ),
    Defect(
        id="auth-google-unverified-address",
        title="An address that Google has not verified opens the account that has it.",
        journey="J9.4",
        service="auth",
        changes=(
            Change(
                "services/auth/google.py",
                'if claims.get("email_verified") is not True:',
                'if "email_verified" not in claims:',
            ),
        ),
        noticed_by=(
            "e2e/test_oauth_edge_cases.py"
            "::test_address_that_google_has_not_verified_opens_nothing[chromium-new]"
        ),
    ),
    Defect(
        id="auth-google-strangers-password-stays",
        title="Who registered the address first keeps a password to the owner's account.",
        journey="J9.4",
        service="auth",
        changes=(
            Change(
                "services/auth/accounts.py",
                ('"UPDATE users SET name = $2, password_hash = NULL, email_verified_at = now() "'),
                '"UPDATE users SET name = $2, email_verified_at = now() "',
            ),
        ),
        noticed_by=(
            "e2e/test_oauth_edge_cases.py"
            "::test_stranger_who_registered_the_address_first_is_shut_out"
        ),
    ),
    Defect(
        id="auth-google-back-to-the-wrong-service",
        title="Google's answer leads to a page of Auth instead of the Frontend.",
        journey="J9.3",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/google.py",
                'f"{ctx.settings.frontend_url}/oauth/callback"',
                'f"{ctx.settings.public_url}/oauth/callback"',
            ),
        ),
        noticed_by="e2e/test_oauth_complete_flow.py::test_somebody_new_logs_in_with_google",
    ),
    Defect(
        id="auth-google-name-never-updated",
        title="A name that was changed at Google stays as it was.",
        journey="J9.4",
        service="auth",
        changes=(
            Change(
                "services/auth/accounts.py", "THEN coalesce($2, name) ", "THEN coalesce(name, $2) "
            ),
        ),
        noticed_by="e2e/test_oauth_complete_flow.py::test_second_login_updates_the_same_user",
    ),
    Defect(
        id="auth-google-another-account-each-time",
        title="A second login with Google makes a second account.",
        journey="J9.4",
        service="auth",
        changes=(
            Change(
                "services/auth/accounts.py",
                'await self._own(connection, email, name or email.partition("@")[0])',
                (
                    'await self._own(connection, f"{subject}.{uuid4().hex[:8]}@example.com", '
                    "name or email)"
                ),
            ),
            Change(
                "services/auth/accounts.py",
                '"SELECT user_id FROM identities WHERE provider = $1 AND subject = $2",',
                '"SELECT user_id FROM identities WHERE provider = $2 AND subject = $1",',
            ),
            Change(
                "services/auth/accounts.py",
                "from uuid import UUID\n",
                "from uuid import UUID, uuid4\n",
            ),
        ),
        noticed_by="e2e/test_oauth_complete_flow.py::test_somebody_new_logs_in_with_google",
    ),
    Defect(
        id="frontend-google-ends-in-a-spinner",
        title="After a login with Google the page waits for ever.",
        journey="J9.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/pages/oauth-callback.tsx",
                '() => navigate("/dashboard", { replace: true }),',
                "() => undefined,",
            ),
        ),
        noticed_by="e2e/test_oauth_complete_flow.py::test_somebody_new_logs_in_with_google",
    ),
    Defect(
        id="backend-user-copied-once",
        title="A user's new name never arrives in Backend's database.",
        journey="J9.4",
        service="backend",
        changes=(
            Change(
                "services/backend/users.py",
                "email = excluded.email, name = excluded.name, ",
                "email = excluded.email, name = known.name, ",
            ),
        ),
        noticed_by="e2e/test_oauth_complete_flow.py::test_second_login_updates_the_same_user",
    ),
)
