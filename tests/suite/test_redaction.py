"""Secrets go from whatever is kept, and nothing else does."""

import json
from urllib.parse import quote

import pytest

from fixtures.evidence.redaction import GONE, Redactor

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl"
TOKEN = "Zm9vYmFyYmF6cXV4MTIzNDU2"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {TOKEN}",
        f'{{"name":"Authorization","value":"Bearer {TOKEN}"}}',
        f'{{"name":"Set-Cookie","value":"refresh_token={TOKEN}; Path=/auth; HttpOnly"}}',
        f'{{"name":"Cookie","value":"theme=dark; refresh_token={TOKEN}"}}',
        f'{{"name":"refresh_token","value":"{TOKEN}","path":"/auth"}}',
        f'{{"name":"Sec-WebSocket-Protocol","value":"chat.v1, bearer.{TOKEN}"}}',
        f'{{"access_token":"{TOKEN}","expires_in":300}}',
        json.dumps({"text": json.dumps({"current_password": TOKEN})}),
        f"http://127.0.0.1:3000/verify?token={TOKEN}",
        f"http://127.0.0.1:8001/auth/google/callback?code={TOKEN}&state=x",
        f"/login?next={quote(f'/verify?token={TOKEN}', safe='')}",
        f"grant_type=authorization_code&code={TOKEN}&code_verifier=abc",
        f"email=alice%40example.com&password={TOKEN}",
        f'{{"method":"fill","params":{{"selector":"internal:label=\\"Password\\"s",'
        f'"strict":true,"value":"{TOKEN}","timeout":30000}}}}',
        f'["INPUT",{{"__playwright_value_":"{TOKEN}","type":"password"}}]',
        f'["INPUT",{{"type":"password","value":"{TOKEN}"}}]',
    ],
)
def test_a_secret_is_found_by_what_is_around_it_and_goes_everywhere(text: str) -> None:
    redactor = Redactor()
    redactor.learn(text)
    assert TOKEN not in redactor.clean(text)
    assert redactor.clean(f"and here: {TOKEN}!") == f"and here: {GONE}!"


def test_a_jwt_goes_wherever_it_stands() -> None:
    assert Redactor().clean(f"console says {JWT} twice") == f"console says {GONE} twice"


@pytest.mark.parametrize("secret", ['Pass-"quoted"-1', "Pass-ümlaut&more", "Pass-with space+1"])
def test_a_known_secret_goes_however_it_is_quoted(secret: str) -> None:
    redactor = Redactor()
    redactor.add(secret)
    for text in (secret, json.dumps(secret), quote(secret, safe=""), json.dumps([secret])):
        cleaned = redactor.clean(f"<{text}>")
        assert "Pass-" not in cleaned, cleaned


@pytest.mark.parametrize(
    "text",
    [
        '{"code":"token_expired","detail":"The token has expired."}',
        '{"state":"complete","message":"answered"}',
        "http://127.0.0.1:8000/api/threads?query=hello",
        '{"name":"Content-Type","value":"application/json"}',
        '{"method":"fill","params":{"selector":"internal:label=\\"E-mail\\"i","value":"a@b.c"}}',
        '["INPUT",{"__playwright_value_":"a@example.com","type":"text"}]',
        "status_code=response.status_code",
        "GET /auth/password/forgot → 202",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    redactor = Redactor()
    redactor.learn(text)
    assert redactor.clean(text) == text
