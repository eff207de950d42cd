"""J1: a new user's first five minutes."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="auth-login-any-password",
        title="Any password logs a verified user in.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/session.py",
                "if known is None or password_hash is None or not is_right:",
                "if known is None or password_hash is None:",
            ),
        ),
        noticed_by=(
            "e2e/test_real_user_signup_login_chat.py::test_new_user_signs_up_logs_in_and_chats"
        ),
    ),
    Defect(
        id="auth-login-unverified",
        title="Login does not wait until the address is verified.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/session.py",
                "    if not known.is_verified:\n",
                "    if known.is_verified is None:\n",
            ),
        ),
        noticed_by=(
            "e2e/test_real_user_signup_login_chat.py::test_new_user_signs_up_logs_in_and_chats"
        ),
    ),
    Defect(
        id="auth-verification-link-elsewhere",
        title="The link in the verification mail leads to a page that does not exist.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/mail.py",
                'f"{settings.frontend_url}/verify?token={token}"',
                'f"{settings.frontend_url}/verify-email?token={token}"',
            ),
        ),
        noticed_by=(
            "e2e/test_real_user_signup_login_chat.py::test_new_user_signs_up_logs_in_and_chats"
        ),
    ),
    Defect(
        id="auth-verification-without-effect",
        title="Opening the verification link says thank you and verifies nothing.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/links.py",
                "UPDATE users SET email_verified_at = now(), name = $2",
                "UPDATE users SET email_verified_at = email_verified_at, name = $2",
            ),
        ),
        noticed_by=(
            "e2e/test_real_user_signup_login_chat.py::test_new_user_signs_up_logs_in_and_chats"
        ),
    ),
    Defect(
        id="auth-signup-any-address",
        title="Signup accepts what is no e-mail address, and login refuses it later.",
        journey="J1.4",
        service="auth",
        changes=(
            Change(
                "services/auth/models.py",
                ("    email: Email\n    password: NewPassword"),
                ("    email: Annotated[str, Field(max_length=320)]\n    password: NewPassword"),
            ),
        ),
        noticed_by=(
            "e2e/test_signup_and_login_refusals.py::test_signup_says_what_is_wrong_with_each_field"
        ),
    ),
    Defect(
        id="auth-signup-tells-who-has-an-account",
        title="Signup answers 409 when the address has an account already.",
        journey="J1.4",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/registration.py",
                "from services.auth.refusals import INVALID, LIMITED, LINK, refusals\n",
                (
                    "from services.auth.refusals import INVALID, LIMITED, LINK, refusals\n"
                    "from services.common.problems import Problem\n"
                ),
            ),
            Change(
                "services/auth/routes/registration.py",
                "    password_hash = await hash_password(body.password)\n",
                (
                    "    if await ctx.accounts.credentials(body.email):\n"
                    '        raise Problem(409, "email_taken", "This address has an account '
                    'already.")\n'
                    "    password_hash = await hash_password(body.password)\n"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_signup_and_login_refusals.py"
            "::test_signing_up_with_a_taken_address_tells_only_its_owner"
        ),
    ),
    Defect(
        id="auth-login-tells-who-has-an-account",
        title="Login answers an unknown address otherwise than a wrong password.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/session.py",
                "        password_hash = known.password_hash if known else None\n",
                (
                    "        if known is None:\n"
                    '            raise Problem(404, "user_unknown", "There is no account '
                    'with this address.")\n'
                    "        password_hash = known.password_hash if known else None\n"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_signup_and_login_refusals.py"
            "::test_wrong_password_and_unknown_address_are_refused_alike"
        ),
    ),
    Defect(
        id="auth-passwords-guessed-without-limit",
        title="Passwords can be guessed as often as one likes.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/limits.py",
                ">= self._settings.login_attempts:",
                ">= self._settings.login_attempts * 1000:",
            ),
        ),
        noticed_by=(
            "e2e/test_signup_and_login_refusals.py"
            "::test_guessing_passwords_is_stopped_with_a_sentence"
        ),
    ),
    Defect(
        id="auth-cookie-for-scripts",
        title="Scripts of the page can read the refresh cookie.",
        journey="J1.6",
        service="auth",
        changes=(Change("services/auth/cookies.py", "httponly=True", "httponly=False"),),
        noticed_by=(
            "e2e/test_real_user_signup_login_chat.py::test_new_user_signs_up_logs_in_and_chats"
        ),
    ),
    Defect(
        id="frontend-form-stays-busy",
        title="After a refused login the form cannot be sent again.",
        journey="J1.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/hooks/use-form.ts",
                ("      sending.current = false;\n      setBusy(false);"),
                "      setBusy(false);",
            ),
        ),
        noticed_by=(
            "e2e/test_signup_and_login_refusals.py::test_signup_says_what_is_wrong_with_each_field"
        ),
    ),
    Defect(
        id="frontend-label-without-field",
        title="The labels of the forms belong to no field.",
        journey="J1.4",
        service="frontend",
        changes=(
            Change("services/frontend/src/components/field.tsx", "<label htmlFor={id}>", "<label>"),
        ),
        noticed_by=(
            "e2e/test_real_user_signup_login_chat.py::test_new_user_signs_up_logs_in_and_chats"
        ),
    ),
    Defect(
        id="frontend-open-redirect",
        title="After a login the page goes wherever the address said, to another site too.",
        journey="J1.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/guest-only.tsx",
                (
                    '    return <Navigate to={safePath(query.get("next"), location.origin)} '
                    "replace />;"
                ),
                (
                    '    const next = query.get("next");\n'
                    "    if (next !== null) location.replace(next);\n"
                    '    return next === null ? <Navigate to="/dashboard" replace /> : null;'
                ),
            ),
        ),
        noticed_by="e2e/test_signup_and_login_refusals.py::test_login_leads_to_no_other_site",
    ),
    Defect(
        id="frontend-token-in-another-header",
        title="The Frontend sends its token in a header that nobody reads.",
        journey="J1.7",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/api/http.ts",
                'headers["Authorization"] = `Bearer ${call.token}`;',
                'headers["X-Access-Token"] = `Bearer ${call.token}`;',
            ),
        ),
        noticed_by=(
            "e2e/test_real_user_signup_login_chat.py::test_new_user_signs_up_logs_in_and_chats"
        ),
    ),
    Defect(
        id="frontend-focus-left-behind",
        title="After a navigation the keyboard stays where the last page was.",
        journey="J1.6",
        service="frontend",
        changes=(
            Change("services/frontend/src/components/route-focus.tsx", "    target.focus();\n", ""),
        ),
        noticed_by="e2e/test_accessibility.py::test_focus_moves_to_the_heading_of_each_new_page",
    ),
    Defect(
        id="auth-address-as-typed",
        title="An address in other letters is another account.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/models.py",
                "return address.ascii_email.lower()",
                "return address.ascii_email",
            ),
        ),
        noticed_by=(
            "e2e/test_real_user_signup_login_chat.py::test_new_user_signs_up_logs_in_and_chats"
        ),
    ),
)
