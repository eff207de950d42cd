"""J9, further: Google."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="auth-google-renames-accounts",
        title="Google's name replaces the one that somebody signed up with.",
        journey="J9.4",
        service="auth",
        changes=(
            Change(
                "services/auth/accounts.py",
                (
                    '"UPDATE users SET name = CASE WHEN password_hash IS NULL THEN coalesce($2, '
                    'name) "\n'
                    '                "ELSE name END WHERE id'
                ),
                ('"UPDATE users SET name = coalesce($2, name) "\n                "WHERE id'),
            ),
        ),
        noticed_by=(
            "e2e/test_oauth_complete_flow.py"
            "::test_google_is_linked_to_the_account_that_has_the_address"
        ),
    ),
    Defect(
        id="auth-google-away-is-a-failure",
        title="While Google is away the page says that something went wrong.",
        journey="J9.7",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/google.py",
                'return _refused(ctx, "provider_unavailable", error)',
                'return _refused(ctx, "sign_in_failed", error)',
            ),
        ),
        noticed_by=(
            "e2e/test_oauth_complete_flow.py"
            "::test_while_google_is_away_the_page_says_so_and_a_password_still_works"
        ),
    ),
    Defect(
        id="auth-google-name-is-the-address",
        title="Somebody without a name at Google is called by the whole address.",
        journey="J9.6",
        service="auth",
        changes=(
            Change(
                "services/auth/accounts.py",
                'name or email.partition("@")[0]',
                "name or email",
            ),
        ),
        noticed_by=(
            "e2e/test_oauth_edge_cases.py::test_somebody_without_a_name_is_greeted_by_their_address"
        ),
    ),
    Defect(
        id="auth-google-password-that-is-none",
        title="Whoever has no password is asked for the current one.",
        journey="J9.6",
        service="auth",
        changes=(
            Change(
                "services/auth/accounts.py",
                "CASE WHEN password_hash IS NOT NULL THEN 'password' END",
                "CASE WHEN email IS NOT NULL THEN 'password' END",
            ),
        ),
        noticed_by=(
            "e2e/test_oauth_edge_cases.py"
            "::test_somebody_who_only_has_google_has_no_password_to_log_in_with"
        ),
    ),
    Defect(
        id="frontend-google-fails-without-a-word",
        title=("A login with Google that came to nothing ends on the login page without a word."),
        journey="J9.7",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/pages/oauth-callback.tsx",
                'navigate("/login?error=sign_in_failed"',
                'navigate("/login"',
            ),
        ),
        noticed_by="e2e/test_oauth_edge_cases.py::test_callback_without_a_session_says_so",
    ),
    Defect(
        id="auth-google-callback-without-a-start",
        title="A callback is believed in a browser that never set out.",
        journey="J9.7",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/google.py",
                (
                    "    if not state or not cookie or not hmac.compare_digest(state.encode(), "
                    "cookie.encode()):"
                ),
                (
                    "    if not state or (cookie and not hmac.compare_digest(state.encode(), "
                    "cookie.encode())):"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_oauth_edge_cases.py::test_callback_planted_in_another_browser_opens_nothing"
        ),
    ),
    Defect(
        id="auth-google-token-for-others-as-well",
        title="An ID token that is meant for another client as well is believed.",
        journey="J9.3",
        service="auth",
        changes=(
            Change(
                "services/auth/google.py",
                'claims["aud"] in (client_id, [client_id])',
                '(claims["aud"] == client_id or client_id in claims["aud"])',
            ),
        ),
        noticed_by="e2e/test_oauth_edge_cases.py::test_forged_id_token_opens_nothing",
    ),
    Defect(
        id="auth-google-busy-is-a-failure",
        title="Google, when it is busy, counts as having failed.",
        journey="J9.7",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/google.py",
                '("server_error", "temporarily_unavailable")',
                '("server_error",)',
            ),
        ),
        noticed_by=(
            "e2e/test_oauth_edge_cases.py::test_whatever_else_comes_back_from_google_opens_nothing"
        ),
    ),
    Defect(
        id="frontend-google-login-keeps-who-one-was",
        title="After a login with Google over another session the page goes on as the former user.",
        journey="J9.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/pages/oauth-callback.tsx",
                'import { refresh } from "../api/session.ts";',
                'import { freshSession } from "../api/session.ts";',
            ),
            Change(
                "services/frontend/src/pages/oauth-callback.tsx",
                "    refresh().then(\n",
                "    freshSession().then(\n",
            ),
        ),
        noticed_by="e2e/test_oauth_edge_cases.py::test_login_with_google_over_somebody_elses_session_changes_who_one_is",
    ),
    Defect(
        id="auth-outage-at-the-callback-is-raw",
        title="Who comes back from Google while PostgreSQL is away sees raw JSON at Auth.",
        journey="J9.7",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/google.py",
                "except (*REDIS_AWAY, *POSTGRES_AWAY) as outage:",
                "except REDIS_AWAY as outage:",
            ),
            Change(
                "services/auth/routes/google.py",
                "from services.auth.outages import POSTGRES_AWAY, REDIS_AWAY\n",
                "from services.auth.outages import REDIS_AWAY\n",
            ),
        ),
        noticed_by="e2e/test_oauth_edge_cases.py::test_who_comes_back_from_google_during_an_outage_is_led_to_the_login_page",
    ),
)
