"""The pages that a person sees."""

from collections.abc import Iterable
from html import escape

from starlette.responses import HTMLResponse

from providers.google.personas import Persona

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="data:,">
</head>
<body><main><h1>{escape(title)}</h1>
{body}
<footer>This page stands in for Google. No real account is used.</footer>
</main></body>
</html>
"""
    return HTMLResponse(page, status, _HEADERS)


def _person(persona: Persona) -> str:
    return f"""<li><button name="account" value="{escape(persona.sub)}">
<img src="/pictures/{escape(persona.sub)}.svg" alt="" width="32" height="32">
Continue as {escape(persona.label)}</button></li>"""


def consent(client: str, people: Iterable[Persona], typed: str, problem: str) -> HTMLResponse:
    """The choice between `people`, an account to be `typed`, and Cancel; with a `problem`, if any.

    The forms have no action: they go to the page's own URL with its query.
    """
    alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    body = f"""<p>Choose an account to continue to <strong>{escape(client)}</strong>. It will see
your name, e-mail address and picture.</p>
{alert}
<form method="post"><ul>{"".join(_person(persona) for persona in people)}</ul></form>
<form method="post" class="other">
<label for="account">E-mail or persona</label>
<input id="account" name="account" value="{escape(typed)}" autocomplete="off" required>
<button>Continue</button>
</form>
<form method="post"><button name="cancel" value="1">Cancel</button></form>"""
    return _page("Choose an account", body)


def error(sentence: str) -> HTMLResponse:
    """What is shown, with status 400, when nobody may be sent back."""
    return _page("Sign-in is not possible", f'<p role="alert">{escape(sentence)}</p>', 400)


def picture(persona: Persona) -> str:
    """A portrait, as SVG: the first letter on a disc."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">'
        '<circle cx="48" cy="48" r="48" fill="#1a56b8"/>'
        '<text x="48" y="64" font-size="48" text-anchor="middle" font-family="sans-serif" '
        f'fill="#fff">{escape(persona.label[0].upper())}</text></svg>'
    )
