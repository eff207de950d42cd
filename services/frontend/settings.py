"""What the Frontend's server is told by its environment."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AnyHttpUrl, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _is_origin(url: AnyHttpUrl) -> AnyHttpUrl:
    if (url.path or "/") != "/" or url.query or url.fragment or url.username or url.password:
        raise ValueError("must be scheme, host and port only, such as http://127.0.0.1:8001")
    return url


Origin = Annotated[AnyHttpUrl, AfterValidator(_is_origin)]


def origin(url: AnyHttpUrl) -> str:
    """`url` as an origin (RFC 6454): scheme, host and port, without a closing slash."""
    return str(url).rstrip("/")


class Settings(BaseSettings):
    """Read from `FRONTEND_…`; the two addresses have no default, for a wrong one hides."""

    model_config = SettingsConfigDict(env_prefix="FRONTEND_")

    host: str = "127.0.0.1"
    port: int = Field(3000, ge=1, le=65535)
    auth_url: Origin
    """Where the browser reaches Auth."""
    backend_url: Origin
    """Where the browser reaches Backend; its WebSocket is at the same address."""
    dist: Path = Path(__file__).parent / "dist"
    """The folder that `npm run build` made."""
