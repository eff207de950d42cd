"""J1, further: signing up, passwords, mails and pages for everybody."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="auth-health-of-another-service",
        title="Auth calls itself by another name.",
        journey="J1.1",
        service="auth",
        changes=(
            Change(
                "services/auth/app.py",
                'health.router("auth", _checks',
                'health.router("accounts", _checks',
            ),
        ),
        noticed_by="e2e/test_real_user_signup_login_chat.py::test_service_is_alive_and_ready",
    ),
    Defect(
        id="frontend-empty-login-sent",
        title="The login form is sent without a password.",
        journey="J1.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/validation.ts",
                '  value === "" ? "Please enter your password." : null;',
                '  value === "-" ? "Please enter your password." : null;',
            ),
        ),
        noticed_by="e2e/test_signup_and_login_refusals.py::test_login_says_what_is_missing",
    ),
    Defect(
        id="auth-second-mail-of-no-use",
        title="The link of a mail that was sent again does not work.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/outbox.py",
                'name=row["name"] or user["name"],',
                'name=row["name"],',
            ),
        ),
        noticed_by=(
            "e2e/test_verification_mail.py::test_the_mail_can_be_sent_again_and_its_link_works_once"
        ),
    ),
    Defect(
        id="auth-mail-asks-for-answers",
        title="Holiday notes are sent in answer to the mails.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/mail.py",
                'mail["Auto-Submitted"] = "auto-generated"',
                'mail["Auto-Submitted"] = "no"',
            ),
        ),
        noticed_by=(
            "e2e/test_verification_mail.py::test_the_mail_says_who_sent_it_and_asks_for_no_answer"
        ),
    ),
    Defect(
        id="frontend-broken-link-is-the-end",
        title="Whoever opens a broken link is not offered a new one.",
        journey="J1.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/pages/verify.tsx",
                'code === "link_used" ?',
                'code !== "link_expired" ?',
            ),
        ),
        noticed_by=(
            "e2e/test_verification_mail.py::test_a_link_that_was_never_sent_offers_a_new_one"
        ),
    ),
    Defect(
        id="auth-links-for-ever",
        title="A link in a mail is good for ever.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/links.py",
                'if link["is_expired"]:',
                'if link["is_expired"] is None:',
            ),
        ),
        noticed_by=(
            "e2e/test_verification_mail.py::test_an_old_link_has_expired_and_offers_a_new_one"
        ),
    ),
    Defect(
        id="auth-mail-lost-with-its-server",
        title="A mail that cannot be sent at once is never sent.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/outbox.py",
                '_RELEASE = "UPDATE mail_outbox SET due_at = now() WHERE',
                '_RELEASE = "DELETE FROM mail_outbox WHERE',
            ),
        ),
        noticed_by=(
            "e2e/test_verification_mail.py::test_a_mail_that_cannot_be_sent_comes_once_when_it_can"
        ),
    ),
    Defect(
        id="frontend-link-not-tried-again",
        title='"Try again" on the page of a link does nothing.',
        journey="J1.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/pages/verify.tsx",
                "            void check(token).then(setOutcome);\n",
                "",
            ),
        ),
        noticed_by=(
            "e2e/test_verification_mail.py::test_a_link_opened_during_an_outage_can_be_tried_again"
        ),
    ),
    Defect(
        id="auth-password-of-any-length",
        title="A password can be as long as one likes.",
        journey="J1.4",
        service="auth",
        changes=(
            Change(
                "services/auth/models.py",
                "Field(min_length=10, max_length=128)",
                "Field(min_length=10)",
            ),
        ),
        noticed_by=("e2e/test_credential_rules.py::test_auth_refuses_what_the_form_would_not_send"),
    ),
    Defect(
        id="auth-owner-not-told",
        title="The owner of an address does not hear that somebody signed up with it.",
        journey="J1.4",
        service="auth",
        changes=(
            Change(
                "services/auth/outbox.py",
                "return mail.already_registered(settings, email)",
                "return None",
            ),
        ),
        noticed_by=(
            "e2e/test_credential_rules.py::test_every_spelling_of_an_address_is_the_same_account"
        ),
    ),
    Defect(
        id="frontend-signs-up-twice",
        title="A double click signs up twice.",
        journey="J1.4",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/hooks/use-form.ts",
                "if (!sending.current) void submit",
                "void submit",
            ),
        ),
        noticed_by="e2e/test_credential_rules.py::test_a_double_click_signs_up_once",
    ),
    Defect(
        id="auth-long-password-shut-out",
        title="Whoever chose a long password cannot log in.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/models.py",
                "Field(min_length=1, max_length=1024)",
                "Field(min_length=1, max_length=64)",
            ),
        ),
        noticed_by=(
            "e2e/test_credential_rules.py"
            "::test_unusual_addresses_and_long_passwords_are_taken_whole"
        ),
    ),
    Defect(
        id="auth-second-signup-crashes",
        title="Signing up with an address that is there already is an error of the server.",
        journey="J1.4",
        service="auth",
        changes=(
            Change(
                "services/auth/accounts.py",
                (
                    '                "ON CONFLICT (email) DO UPDATE SET name = $2, password_hash = '
                    '$3 "\n'
                    '                "WHERE users.email_verified_at IS NULL",\n'
                ),
                '                "",\n',
            ),
        ),
        noticed_by="e2e/test_credential_rules.py::test_signups_at_once_make_one_account",
    ),
    Defect(
        id="auth-newest-password-counts",
        title="The password of the newest signup counts, whichever link is opened.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/links.py",
                'name = $2, password_hash = $3 "',
                'name = $2, password_hash = coalesce(password_hash, $3) "',
            ),
        ),
        noticed_by=(
            "e2e/test_credential_rules.py"
            "::test_the_link_that_is_opened_decides_whose_password_counts"
        ),
    ),
    Defect(
        id="auth-link-for-anything",
        title="A link that verifies an address can set a password, too.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/links.py",
                'WHERE token_hash = $1 AND purpose = $2"',
                "WHERE token_hash = $1 AND $2 <> ''\"",
            ),
        ),
        noticed_by="e2e/test_credential_rules.py::test_a_link_serves_its_own_purpose_only",
    ),
    Defect(
        id="auth-reset-proves-nothing",
        title="Whoever set a password by mail has to verify the address all the same.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/links.py",
                '"email_verified_at = coalesce(email_verified_at, now()) "',
                '"email_verified_at = email_verified_at "',
            ),
        ),
        noticed_by=(
            "e2e/test_credential_rules.py::test_whoever_can_reset_the_password_owns_the_address"
        ),
    ),
    Defect(
        id="auth-old-link-undoes-the-change",
        title="A link from before can replace a password that was changed since.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/accounts.py",
                (
                    'WHERE user_id = $1 AND used_at IS NULL",\n'
                    "                user_id,\n"
                    "            )\n"
                    "            await before"
                ),
                (
                    'WHERE user_id = $1 AND false",\n'
                    "                user_id,\n"
                    "            )\n"
                    "            await before"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_credential_rules.py::test_a_new_password_voids_the_links_that_could_undo_it"
        ),
    ),
    Defect(
        id="frontend-no-mail-at-login",
        title="Whoever is not verified yet cannot have the mail sent again at login.",
        journey="J1.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/pages/login.tsx",
                '{form.error.code === "email_not_verified" &&',
                '{form.error.code === "address_not_verified" &&',
            ),
        ),
        noticed_by=(
            "e2e/test_credential_rules.py"
            "::test_whoever_has_not_verified_the_address_can_have_the_mail_sent_again_at_login"
        ),
    ),
    Defect(
        id="auth-mails-without-limit-by-client",
        title="One client can have any number of mails sent, each to another address.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/limits.py",
                '(f"client:{client}", settings.mail_requests_per_client)',
                '(f"client:{client}:{email}", settings.mail_requests_per_client)',
            ),
        ),
        noticed_by=(
            "e2e/test_credential_rules.py::test_one_client_cannot_have_any_number_of_mails_sent"
        ),
    ),
    Defect(
        id="frontend-account-of-a-number",
        title="The account page shows the user's id in place of the address.",
        journey="J1.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/pages/account.tsx",
                "<dd>{user.email}</dd>",
                "<dd>{user.id}</dd>",
            ),
        ),
        noticed_by="e2e/test_credential_rules.py::test_the_account_page_shows_who_one_is",
    ),
    Defect(
        id="auth-guesses-at-strangers-free",
        title="Guesses at an unknown address are not counted.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/session.py",
                "        if known is None or password_hash is None or not is_right:\n",
                (
                    "        if known is None:\n"
                    '            raise Problem(401, "invalid_credentials", "E-mail or password is '
                    'wrong.")\n'
                    "        if password_hash is None or not is_right:\n"
                ),
            ),
        ),
        noticed_by="e2e/test_guessing.py::test_an_unknown_address_is_limited_alike",
    ),
    Defect(
        id="auth-one-guess-too-many",
        title="A sixth password can be tried.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/limits.py",
                ">= self._settings.login_attempts:",
                "> self._settings.login_attempts:",
            ),
        ),
        noticed_by="e2e/test_guessing.py::test_every_spelling_of_an_address_counts_as_one",
    ),
    Defect(
        id="auth-wait-grows",
        title="Each further guess makes the wait longer, also for the owner.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/limits.py",
                "                wait = max(1, await self._redis.ttl(key))\n",
                (
                    "                await self._redis.expire(key, "
                    "self._settings.login_window_seconds)\n"
                    "                wait = max(1, await self._redis.ttl(key))\n"
                ),
            ),
        ),
        noticed_by="e2e/test_guessing.py::test_the_wait_does_not_grow_with_further_guesses",
    ),
    Defect(
        id="auth-guesses-at-once",
        title="Guesses that come at once are not counted one by one.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/limits.py",
                "async with self._locks.setdefault(key, asyncio.Lock()):",
                "async with asyncio.Lock():",
            ),
        ),
        noticed_by="e2e/test_guessing.py::test_guesses_at_once_are_no_more_guesses",
    ),
    Defect(
        id="auth-guesses-counted-apart",
        title="Guesses on the account page are counted apart from those at login.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/password.py",
                "login_attempt(session.user.email, client)",
                "login_attempt(str(session.session_id), client)",
            ),
        ),
        noticed_by=("e2e/test_guessing.py::test_changing_the_password_is_no_way_around_the_limit"),
    ),
    Defect(
        id="frontend-logs-out-twice",
        title="A double click asks twice to be logged out.",
        journey="J1.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/hooks/use-logout.ts",
                "if (!busy) void run();",
                "void run();",
            ),
        ),
        noticed_by="e2e/test_account.py::test_logging_out_ends_every_tab",
    ),
    Defect(
        id="auth-everywhere-is-here",
        title='"Log out everywhere" ends this session alone.',
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/session.py",
                "await ctx.sessions.end_all(user_id)",
                "await ctx.sessions.end(session_id)",
            ),
        ),
        noticed_by=(
            "e2e/test_account.py::test_logging_out_everywhere_ends_every_browser_of_this_user"
        ),
    ),
    Defect(
        id="auth-reset-leaves-sessions",
        title="A password that is set by mail leaves the sessions of the old one.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/password.py",
                "password_hash, ctx.sessions.end_all)",
                "password_hash, ctx.sessions.owner)",
            ),
        ),
        noticed_by="e2e/test_account.py::test_forgotten_password_is_replaced_by_mail",
    ),
    Defect(
        id="auth-reset-link-twice",
        title="A link that sets a password works again and again.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/links.py",
                'if link["is_used"]:',
                'if link["is_used"] and purpose == "verification":',
            ),
        ),
        noticed_by="e2e/test_account.py::test_reset_link_works_once",
    ),
    Defect(
        id="auth-reset-link-for-a-day",
        title="A link that sets a password is good for a day.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/settings.py",
                "reset_link_seconds: Positive = 3600",
                "reset_link_seconds: Positive = 24 * 3600",
            ),
        ),
        noticed_by="e2e/test_account.py::test_old_reset_link_has_expired",
    ),
    Defect(
        id="auth-mailbox-flooded",
        title="One address can be sent thousands of mails an hour.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/limits.py",
                '(f"email:{email}", settings.mail_requests_per_email)',
                '(f"email:{email}", settings.mail_requests_per_client)',
            ),
        ),
        noticed_by="e2e/test_account.py::test_nobodys_mailbox_is_flooded",
    ),
    Defect(
        id="auth-mail-to-strangers",
        title="Somebody without an account is sent a link all the same.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/outbox.py",
                ("        if user is None:\n            return None\n"),
                (
                    "        if user is None:\n"
                    '            return mail.reset(settings, email, "unknown")\n'
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_account.py::test_forgotten_password_does_not_tell_who_has_an_account"
        ),
    ),
    Defect(
        id="auth-new-password-shuts-out",
        title="A new password logs out the browser in which it was chosen.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/password.py",
                "end_all(session.user.id, but=session.session_id)",
                "end_all(session.user.id)",
            ),
        ),
        noticed_by=(
            "e2e/test_account.py::test_changed_password_ends_the_other_sessions_and_keeps_this_one"
        ),
    ),
    Defect(
        id="frontend-language-not-said",
        title="The pages do not say which language they are in.",
        journey="J1.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/index.html",
                '<html lang="en">',
                "<html>",
            ),
        ),
        noticed_by="e2e/test_accessibility.py::test_page_for_visitors_is_accessible",
    ),
    Defect(
        id="frontend-navigation-too-pale",
        title="The navigation is too pale to be read by everybody.",
        journey="J1.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/styles/layout.css",
                ("  border-radius: 8px;\n  color: var(--text-soft);\n"),
                ("  border-radius: 8px;\n  color: var(--line-strong);\n"),
            ),
        ),
        noticed_by="e2e/test_accessibility.py::test_page_for_users_is_accessible",
    ),
    Defect(
        id="frontend-errors-too-pale",
        title="What is wrong with a field is too pale to be read by everybody.",
        journey="J1.4",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/styles/controls.css",
                (".danger-text {\n  color: var(--danger);\n"),
                (".danger-text {\n  color: var(--line-strong);\n"),
            ),
        ),
        noticed_by="e2e/test_accessibility.py::test_form_with_errors_is_accessible",
    ),
    Defect(
        id="frontend-messages-dark-on-dark",
        title="Messages are dark letters on a dark ground.",
        journey="J1.9",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/styles/chat.css",
                ("  background: var(--accent-soft);\n  white-space: pre-wrap;\n"),
                ("  background: var(--accent);\n  white-space: pre-wrap;\n"),
            ),
        ),
        noticed_by="e2e/test_accessibility.py::test_conversation_is_accessible",
    ),
    Defect(
        id="frontend-keyboard-leaves-the-dialog",
        title="The keyboard leaves a dialog that is open.",
        journey="J1.9",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/delete-dialog.tsx",
                "dialog?.showModal();",
                "dialog?.show();",
            ),
        ),
        noticed_by=("e2e/test_accessibility.py::test_dialog_keeps_the_keyboard_and_gives_it_back"),
    ),
    Defect(
        id="frontend-new-chat-by-mouse-only",
        title="A new chat cannot be begun by keyboard.",
        journey="J1.8",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/pages/dashboard.tsx",
                '<Link to="/chat" className="button primary"',
                '<Link to="/chat" tabIndex={-1} className="button primary"',
            ),
        ),
        noticed_by=("e2e/test_accessibility.py::test_keyboard_alone_leads_from_login_to_an_answer"),
    ),
    Defect(
        id="frontend-skip-link-leads-nowhere",
        title="The link past the navigation leads nowhere.",
        journey="J1.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/signed-in-layout.tsx",
                'href="#main"',
                'href="#content"',
            ),
        ),
        noticed_by="e2e/test_accessibility.py::test_skip_link_leads_past_the_navigation",
    ),
    Defect(
        id="frontend-wider-than-a-phone",
        title="The forms are wider than a phone.",
        journey="J1.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/styles/layout.css",
                "  max-width: 26rem;\n",
                "  min-width: 26rem;\n",
            ),
        ),
        noticed_by="e2e/test_accessibility.py::test_pages_for_visitors_fit_a_phone",
    ),
    Defect(
        id="frontend-no-threads-on-a-phone",
        title="On a phone there is no way to the threads.",
        journey="J1.9",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/styles/chat.css",
                ("    display: inline-flex;\n  }\n\n  .chat-head h1"),
                ("    display: none;\n  }\n\n  .chat-head h1"),
            ),
        ),
        noticed_by="e2e/test_accessibility.py::test_chat_can_be_used_on_a_phone",
    ),
    Defect(
        id="auth-clock-tells-who-has-an-account",
        title="A login for an unknown address is refused several times sooner.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/passwords.py",
                "_dummy_hash = _hasher.hash(",
                "_dummy_hash = PasswordHasher(1, memory_cost=64, parallelism=1).hash(",
            ),
        ),
        noticed_by="e2e/test_signup_and_login_refusals.py::test_an_unknown_address_is_refused_no_sooner",
    ),
    Defect(
        id="auth-mail-that-waited-serves-the-newest",
        title="The link in a mail that had to wait brings the password of the newest signup.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/outbox.py",
                'name=row["name"] or user["name"],',
                'name=user["name"] or row["name"],',
            ),
            Change(
                "services/auth/outbox.py",
                'password_hash=row["password_hash"] or user["password_hash"],',
                'password_hash=user["password_hash"] or row["password_hash"],',
            ),
        ),
        noticed_by="e2e/test_verification_mail.py::test_a_mail_that_waited_serves_who_asked_for_it",
    ),
    Defect(
        id="frontend-no-threads-on-small-tablets",
        title="On a small tablet the list of threads cannot be reached.",
        journey="J1.9",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/styles/chat.css",
                "@media (width <= 48rem) {",
                "@media (width <= 34rem) {",
            ),
        ),
        noticed_by="e2e/test_accessibility.py::test_threads_can_be_reached_at_every_width",
    ),
    Defect(
        id="auth-mail-refused-for-now-is-lost",
        title="A mail whose recipient is refused for now is never sent again.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/outbox.py",
                "is_temporary = code < 500",
                "is_temporary = code < 400",
            ),
        ),
        noticed_by=(
            "e2e/test_verification_mail.py"
            "::test_a_mail_that_is_refused_for_now_holds_up_nobody_and_is_sent_again"
        ),
    ),
    Defect(
        id="auth-mail-broken-off-is-lost",
        title="A mail over which the connection to the mail server breaks is never sent again.",
        journey="J1.5",
        service="auth",
        changes=(
            Change(
                "services/auth/outbox.py",
                "except aiosmtplib.SMTPRecipientsRefused as refusal:",
                "except aiosmtplib.SMTPException as refusal:",
            ),
            Change(
                "services/auth/outbox.py",
                "code = refusal.recipients[0].code",
                'code = getattr(refusal, "code", 550)',
            ),
        ),
        noticed_by=(
            "e2e/test_verification_mail.py::test_a_mail_over_which_the_connection_broke_is_sent_again"
        ),
    ),
)
