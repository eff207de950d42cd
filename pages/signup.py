"""Signing up and verifying the address."""

from playwright.sync_api import Page, expect

from fixtures.data import NewUser
from pages.base import AppPage


class SignupPage(AppPage):
    """Where an account is asked for."""

    path = "/signup"
    title = "Create your account"

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.name = page.get_by_role("textbox", name="Name", exact=True)
        self.email = page.get_by_role("textbox", name="E-mail", exact=True)
        self.password = page.get_by_label("Password", exact=True)
        self.submit = page.get_by_role("button", name="Create account")
        self.login_link = page.get_by_role("link", name="Log in")

    def fill(self, user: NewUser) -> None:
        """Fill in the form."""
        self.name.fill(user.name)
        self.email.fill(user.email)
        self.password.fill(user.password)

    def sign_up(self, user: NewUser) -> "CheckMailPage":
        """Fill in the form and send it."""
        self.fill(user)
        self.submit.click()
        return CheckMailPage(self.page)


class CheckMailPage(AppPage):
    """What is shown after signing up: a mail is on its way."""

    path = "/check-your-mail"
    title = "Check your mail"

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.email = page.get_by_role("textbox", name="E-mail", exact=True)
        self.send_again = page.get_by_role("button", name="Send the mail again")

    def expect_address(self, email: str) -> None:
        """Wait until the page names the address the mail went to."""
        expect(self.main).to_contain_text(email)


class VerifyPage(AppPage):
    """Where the link of the verification mail leads."""

    path = "/verify"
    title = "E-mail verified"

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.login_link = page.get_by_role("main").get_by_role("link", name="Log in")
        self.email = page.get_by_role("textbox", name="E-mail", exact=True)
        self.try_again = page.get_by_role("button", name="Try again")
        self.send_new_link = page.get_by_role("button", name="Send a new link")

    def open_link(self, link: str) -> "VerifyPage":
        """Open the link of a mail, as a click in a mail program does."""
        self.page.goto(link)
        return self

    def expect_not_checked(self, reason: str) -> None:
        """Wait until the page says that it could not find out, and why."""
        expect(self.heading).to_have_text("We could not check this link")
        self.expect_alert(reason)

    def expect_refused(self) -> None:
        """Wait until the page says that the link does not work."""
        expect(self.heading).to_have_text("This link does not work")
