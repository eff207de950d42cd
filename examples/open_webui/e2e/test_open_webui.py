"""What Open WebUI promises, from the first account to what is left of a chat."""

import json

from playwright.sync_api import Page

from fixtures.contexts import BrowserErrors, NewContext
from fixtures.data import DataFactory
from fixtures.poller import Poller
from fixtures.probes.google import GoogleAccounts
from fixtures.probes.llm import LlmJournal, answer_to
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.redis import RedisProbe
from fixtures.running import RunningStack
from pages.auth import AuthPage

USERS = """SELECT name, role, oauth #>> '{oidc,sub}' AS sub FROM "user" WHERE email = $1"""
MESSAGES = """SELECT chat_message.role, content #>> '{}' AS content FROM chat_message
JOIN "user" ON "user".id = user_id WHERE email = $1 ORDER BY parent_id NULLS FIRST"""


def test_the_first_account_is_the_administrators(
    new_context: NewContext, stack: RunningStack, data: DataFactory, browser_errors: BrowserErrors
) -> None:
    # Its welcome page throws this when one leaves it.
    browser_errors.allow("Cannot read properties of null")
    root, url = data.user("Root Example"), stack.url("newborn")
    welcome = AuthPage(new_context().new_page()).open(url)
    welcome.sign_up_first(root).expect_logged_in(root, is_administrator=True)
    AuthPage(new_context().new_page()).open(url).expect_closed_to_strangers()


def test_somebody_signs_up_and_comes_back(
    page: Page, data: DataFactory, db: PostgresProbe, browser_errors: BrowserErrors
) -> None:
    browser_errors.allow("Not authenticated")  # its page throws this when one logs out
    user, auth = data.user(), AuthPage(page).open()
    chat = auth.sign_up(user).expect_logged_in(user, is_administrator=False)
    assert db.row(USERS, user.email) == {"name": user.name, "role": "user", "sub": None}
    chat.log_out()
    auth.submit_credentials(user.email, "wrong")
    auth.expect_notice("The email or password provided is incorrect.")
    auth.expect_logged_out()
    auth.log_in(user).expect_logged_in(user)


def test_login_with_google_makes_one_account(
    new_context: NewContext, data: DataFactory, google: GoogleAccounts, db: PostgresProbe
) -> None:
    user = data.user()
    account = google.of(user)
    auth = AuthPage(new_context().new_page()).open()
    auth.continue_with_google().cancel()
    auth.expect_notice("Sign-in with your identity provider failed.")
    auth.expect_logged_out()
    assert db.rows(USERS, user.email) == []
    for _ in range(2):
        auth = AuthPage(new_context().new_page()).open()
        auth.continue_with_google().continue_as(user).expect_logged_in(user)
    assert db.row(USERS, user.email) == {"name": user.name, "role": "user", "sub": account.sub}


def test_an_answer_survives_a_reload(
    page: Page, data: DataFactory, db: PostgresProbe, llm: LlmJournal, eventually: Poller
) -> None:
    user, question = data.user(), data.message()
    chat = AuthPage(page).open().sign_up(user)
    chat.ask(question)
    chat.expect_messages(question, answer_to(question))

    def expect_rows() -> None:
        rows = [(row["role"], row["content"]) for row in db.rows(MESSAGES, user.email)]
        assert rows == [("user", question), ("assistant", answer_to(question))]

    eventually(expect_rows)
    chat.reload()
    chat.expect_messages(question, answer_to(question))
    assert llm.asked([question]) == [question]


def test_an_open_page_has_a_session_in_redis(
    page: Page, data: DataFactory, redis_store: RedisProbe, eventually: Poller
) -> None:
    user = data.user()

    def expect_sessions(count: int) -> None:
        pool = redis_store.hash("open_webui:session_pool").values()
        theirs = sum(json.loads(session)["email"] == user.email for session in pool)
        assert theirs == count, f"{user.email} has {theirs} of {len(pool)} sessions"

    AuthPage(page).open().sign_up(user).expect_logged_in(user)
    eventually(lambda: expect_sessions(1))
    page.close()
    eventually(lambda: expect_sessions(0))
