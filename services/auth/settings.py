"""What an Auth process is told by its environment (`AUTH_…`)."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http or https URL")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must be an origin, without a path")
    return f"{parts.scheme}://{parts.netloc}".lower()


Origin = Annotated[str, AfterValidator(_base_url)]
"""Scheme, host and port, without a slash at the end (RFC 6454)."""

Positive = Annotated[int, Field(gt=0)]


class Settings(BaseSettings):
    """Settings of Auth. Times are in seconds."""

    model_config = SettingsConfigDict(env_prefix="AUTH_", env_ignore_empty=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8001, ge=1, le=65535)
    public_url: Origin = "http://127.0.0.1:8001"
    """Where browsers reach Auth; the issuer of its tokens."""
    frontend_url: Origin = "http://127.0.0.1:3000"
    """The one origin that browsers may call from, and where links in mails point."""

    database_url: str
    redis_url: str
    smtp_host: str
    smtp_port: int = Field(default=25, ge=1, le=65535)
    mail_from: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    signing_key_file: Path
    """PEM of the P-256 key that signs access tokens; made when missing."""

    access_token_seconds: Positive = 600
    refresh_token_seconds: Positive = 30 * 24 * 3600
    link_seconds: Positive = 24 * 3600
    reset_link_seconds: Positive = 3600

    login_attempts: Positive = 5
    """Wrong passwords per e-mail and client address within the window."""
    login_window_seconds: Positive = 60
    mail_requests_per_client: Positive = 2000
    """Calls that send a mail (register, resend, forgot) per client address in the window."""
    mail_requests_per_email: Positive = 20
    """The same per receiving address: nobody's mailbox is flooded."""
    mail_requests_window_seconds: Positive = 3600

    google_issuer: str | None = None
    """OpenID Connect issuer; without one, signing in with Google is off."""
    google_client_id: str = ""
    google_client_secret: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _google_is_whole(self) -> Self:
        if self.google_issuer and not self.google_client_id:
            raise ValueError("AUTH_GOOGLE_ISSUER needs AUTH_GOOGLE_CLIENT_ID")
        return self

    @property
    def google_redirect_uri(self) -> str:
        """Where the provider sends the browser back to, as registered with it."""
        return f"{self.public_url}/auth/google/callback"

    @property
    def cookies_secure(self) -> bool:
        """Whether cookies carry `Secure`: always, but on plain HTTP during development."""
        return self.public_url.startswith("https://")
