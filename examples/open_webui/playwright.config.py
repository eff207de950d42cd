"""Open WebUI with its stores, and stand-ins for the model and for an identity provider."""

from fixtures.config import Build, Config, Expect, SeedRequest, SeedSql, Service, Stack, Store, Use


def stand_in(name: str, *options: str) -> Service:
    """One of the suite's providers."""
    command = ("{python}", "-m", f"providers.{name}", "--port", f"{{{name}.port}}", *options)
    return Service(name=name, command=command, cwd="../..", health="/health")


CALLBACK = "{open_webui.url}/oauth/oidc/callback"
ENVIRONMENT = {
    "REDIS_URL": "{redis.dsn}",
    "WEBSOCKET_MANAGER": "redis",
    "DATA_DIR": "{data}",
    "WEBUI_SECRET_KEY": "not-a-secret",
    "OPENAI_API_BASE_URL": "{llm.url}/v1",
    "OPENAI_API_KEY": "not-a-secret",
    "ENABLE_OLLAMA_API": "false",
    "BYPASS_MODEL_ACCESS_CONTROL": "true",
    "DEFAULT_USER_ROLE": "user",
    "OAUTH_PROVIDER_NAME": "Google",
    "OPENID_PROVIDER_URL": "{google.url}/.well-known/openid-configuration",
    "OAUTH_CLIENT_ID": "chat",
    "OAUTH_CLIENT_SECRET": "not-a-secret",
    "OAUTH_CODE_CHALLENGE_METHOD": "S256",
    "ENABLE_OAUTH_SIGNUP": "true",
    # Without machine learning of its own, and without a word to the world outside.
    "USE_SLIM_DOCKER": "true",
    "OFFLINE_MODE": "true",
}
INSTALL = """PATH=../../.cache/uv/bin:$PATH && uv venv --clear --python {python} .venv &&
uv pip install --python .venv --no-deps --compile-bytecode -r requirements.txt"""


def open_webui(name: str, *seed: SeedRequest | SeedSql) -> Service:
    """An Open WebUI with a database and Redis keys of its own, called as it is."""
    return Service(
        name=name,
        command=(".venv/bin/open-webui", "serve", "--host=127.0.0.1", f"--port={{{name}.port}}"),
        env=ENVIRONMENT | {"DATABASE_URL": f"{{postgres.dsn}}/{name}", "REDIS_KEY_PREFIX": name},
        depends_on=("postgres", "redis"),
        liveness="/health",
        health="/ready",
        start_timeout=120,
        build=Build(command=("sh", "-c", INSTALL), inputs=("requirements.txt",), output=".venv"),
        seed=seed,
    )


# The first account is the administrator's, and closes the door to all others.
open_to_all = open_webui(
    "open_webui",
    SeedRequest(
        url="/api/v1/auths/signup",
        body={"name": "Root Example", "email": "root@example.com", "password": "not-a-secret"},
    ),
    SeedSql(
        dsn="{postgres.dsn}/open_webui",
        statement="UPDATE config SET value = 'true' WHERE key = 'ui.enable_signup'",
    ),
)

config = Config(
    base_url="{open_webui.url}",
    timeout=120_000,
    expect=Expect(timeout=15_000),
    # What is dismissed tells administrators what is new.
    use=Use(trace="retain-on-failure", screenshot="only-on-failure", dismiss=("text=Okay, Let",)),
    stack=Stack(
        stores=(Store(kind="postgres", databases=("open_webui", "newborn")), Store(kind="redis")),
        providers=(stand_in("llm"), stand_in("google", "--redirect-uri", CALLBACK)),
        # The second is to see how the first account of all is made.
        services=(open_to_all, open_webui("newborn")),
    ),
)
