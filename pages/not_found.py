"""The page for addresses that lead nowhere."""

from pages.base import AppPage


class NotFoundPage(AppPage):
    """Shown for every unknown address."""

    title = "Page not found"
