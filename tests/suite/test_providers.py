"""The stand-ins serve clients that were not written for them."""

import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import openai
import pytest
from authlib.integrations.httpx_client import OAuth2Client
from openai.types.chat import ChatCompletionUserMessageParam

from fixtures.running import RunningStack
from fixtures.stack.client import StackClient


def discovery(stack: RunningStack) -> dict[str, Any]:
    """What the identity provider says of itself."""
    issuer = str(stack.addresses["google"]["issuer"])
    found = dict(httpx.get(f"{issuer}/.well-known/openid-configuration", trust_env=False).json())
    assert found["issuer"] == issuer
    return found


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_the_identity_provider_serves_any_client_of_openid_connect(
    stack: RunningStack, method: str
) -> None:
    """A confidential client of Authlib's, without PKCE and with scopes that Google has not."""
    provider, nonce = discovery(stack), secrets.token_urlsafe()
    client = OAuth2Client(
        "chat",
        "not-a-secret",
        scope="openid profile email offline_access",
        redirect_uri=f"{stack.url('auth')}/auth/google/callback",
        token_endpoint_auth_method=method,
    )
    url, state = client.create_authorization_url(provider["authorization_endpoint"], nonce=nonce)
    back = httpx.post(url, data={"account": "rita.returning@example.com"}, trust_env=False)
    assert parse_qs(urlsplit(back.headers["Location"]).query)["state"] == [state]

    token = client.fetch_token(
        provider["token_endpoint"], authorization_response=back.headers["Location"]
    )

    keys = jwt.PyJWKSet.from_dict(httpx.get(provider["jwks_uri"], trust_env=False).json())
    key = keys[jwt.get_unverified_header(token["id_token"])["kid"]]
    claims = jwt.decode(
        token["id_token"], key, ["RS256"], audience="chat", issuer=provider["issuer"]
    )
    told = client.get(provider["userinfo_endpoint"]).json()
    assert claims["nonce"] == nonce
    for answer in (claims, told):
        assert answer["email"] == "rita.returning@example.com"
        assert answer["name"] == "Rita Returning"
        assert answer["preferred_username"] == "rita.returning"
        assert answer["sub"] == claims["sub"]


def test_the_identity_providers_key_outlives_a_restart(
    stack: RunningStack, stack_client: StackClient
) -> None:
    keys = [httpx.get(discovery(stack)["jwks_uri"], trust_env=False).json()]
    stack_client.stop_component("google")
    stack_client.start_component("google")
    keys.append(httpx.get(discovery(stack)["jwks_uri"], trust_env=False).json())
    assert keys[0] == keys[1]
    assert keys[0]["keys"][0]["kid"]


@pytest.fixture
def model(stack: RunningStack) -> Iterator[openai.OpenAI]:
    """The vendor's own client, at the stand-in."""
    base_url = str(stack.addresses["llm"]["base_url"])
    with openai.OpenAI(api_key="not-a-secret", base_url=base_url, max_retries=0) as client:
        yield client


def test_the_model_lists_itself_and_answers_streaming_and_not(model: openai.OpenAI) -> None:
    [listed] = model.models.list().data
    hello: list[ChatCompletionUserMessageParam] = [{"role": "user", "content": "Hello"}]

    whole = model.chat.completions.create(model=listed.id, messages=hello)
    pieces = model.chat.completions.create(model=listed.id, messages=hello, stream=True)

    streamed = [piece.choices[0].delta.content or "" for piece in pieces]
    assert len([piece for piece in streamed if piece]) > 1, "it came in one piece"
    assert "".join(streamed) == whole.choices[0].message.content
    assert 'You said: "Hello"' in "".join(streamed)
