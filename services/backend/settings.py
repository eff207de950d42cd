"""What Backend reads from its environment (`BACKEND_…`)."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _url(*schemes: str) -> AfterValidator:
    """Accept URLs of these `schemes` only, and drop a trailing slash."""

    def check(value: str) -> str:
        if value.split("://")[0] not in schemes or "://" not in value:
            raise ValueError(f"must be a URL that begins with {' or '.join(schemes)}://")
        return value.rstrip("/")

    return AfterValidator(check)


HttpUrl = Annotated[str, _url("http", "https")]


class Settings(BaseSettings):
    """Addresses, the vendor's model, and the limits that clients are held to.

    The limits are per user; sizes are in bytes of UTF-8, times in seconds.
    """

    model_config = SettingsConfigDict(env_prefix="BACKEND_")

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    frontend_url: HttpUrl
    database_url: Annotated[str, _url("postgresql", "postgres")]
    clickhouse_url: Annotated[str, _url("clickhouse", "clickhouses")]
    redis_url: Annotated[str, _url("redis", "rediss", "unix")]
    auth_url: HttpUrl
    llm_base_url: HttpUrl
    llm_api_key: SecretStr
    llm_model: str
    llm_timeout_seconds: float = Field(30, gt=0)
    """How long the model may be silent before a run is given up."""
    message_bytes: int = Field(16384, ge=1)
    messages_per_minute: int = Field(60, ge=1)
    connections: int = Field(5, ge=1)
