"""What runs where: the one file to edit for a stack of your own (docs/configuration.md)."""

from os import environ

from fixtures.config import Build, Config, Project, Service, Stack, Store, Use, Viewport

AUTH_PORT = int(environ.get("AUTH_PORT", "8001"))
BACKEND_PORT = int(environ.get("BACKEND_PORT", "8000"))
FRONTEND_PORT = int(environ.get("FRONTEND_PORT", "3000"))

# Calls of stores and of the model as lines of the services' logs: `none` is without them.
TRACES = {"OTEL_TRACES_EXPORTER": environ.get("OTEL_TRACES_EXPORTER") or "console"}

# Open requests are given two seconds of it; a busy machine takes the rest.
STOP_SECONDS = 5

stores = (
    Store(kind="postgres", databases=("auth", "backend")),
    Store(kind="clickhouse"),
    Store(kind="redis"),
)

# What each is made of, besides its own folder: `make up` has to be told.
STAND_INS = ("providers/**", "uv.lock")
SHARED = ("services/__init__.py", "services/common/**", "uv.lock")

mail = Service(
    name="mail",
    command=(
        *("{python}", "-m", "providers.mail"),
        *("--smtp-port", "{mail.port}", "--http-port", "{mail.http}"),
    ),
    extra_ports={"http": 0},
    url="http://{mail.host}:{mail.http}",
    health="/health",
    sources=STAND_INS,
)

llm = Service(
    name="llm",
    command=("{python}", "-m", "providers.llm", "--port", "{llm.port}"),
    exports={"base_url": "{llm.url}/v1"},
    health="/health",
    sources=STAND_INS,
)

google = Service(
    name="google",
    command=(
        *("{python}", "-m", "providers.google", "--port", "{google.port}"),
        *("--issuer", "{google.issuer}", "--key-file", "{data}/signing-key.pem"),
        *("--redirect-uri", "{auth.url}/auth/google/callback"),
        *("--client-id", "chat", "--client-secret", "not-a-secret"),
    ),
    exports={"issuer": "{google.url}"},
    health="/health",
    sources=STAND_INS,
)

auth = Service(
    name="auth",
    command=("{python}", "-m", "services.auth"),
    port=AUTH_PORT,
    port_variable="AUTH_PORT",
    env={
        "AUTH_PORT": "{auth.port}",
        "AUTH_PUBLIC_URL": "{auth.url}",
        "AUTH_FRONTEND_URL": "{frontend.url}",
        "AUTH_DATABASE_URL": "{postgres.dsn}/auth",
        "AUTH_REDIS_URL": "{redis.dsn}",
        "AUTH_SMTP_HOST": "{mail.host}",
        "AUTH_SMTP_PORT": "{mail.port}",
        "AUTH_MAIL_FROM": "hello@example.com",
        "AUTH_SIGNING_KEY_FILE": "{auth.signing_key}",
        "AUTH_GOOGLE_ISSUER": "{google.issuer}",
        "AUTH_GOOGLE_CLIENT_ID": "chat",
        "AUTH_GOOGLE_CLIENT_SECRET": "not-a-secret",
        **TRACES,
    },
    exports={"signing_key": "{data}/signing-key.pem"},
    # Not on google: it is asked when somebody clicks, and may be away until then.
    depends_on=("postgres", "redis", "mail"),
    liveness="/health",
    stop_timeout=STOP_SECONDS,
    sources=("services/auth/**", *SHARED),
)

backend = Service(
    name="backend",
    command=("{python}", "-m", "services.backend"),
    port=BACKEND_PORT,
    port_variable="BACKEND_PORT",
    env={
        "BACKEND_PORT": "{backend.port}",
        "BACKEND_FRONTEND_URL": "{frontend.url}",
        "BACKEND_AUTH_URL": "{auth.url}",
        "BACKEND_DATABASE_URL": "{postgres.dsn}/backend",
        "BACKEND_CLICKHOUSE_URL": "{clickhouse.dsn}/chat",
        "BACKEND_REDIS_URL": "{redis.dsn}",
        "BACKEND_LLM_BASE_URL": "{llm.base_url}",
        "BACKEND_LLM_API_KEY": "not-a-secret",
        "BACKEND_LLM_MODEL": "gpt-4o-mini",
        **TRACES,
    },
    depends_on=("postgres", "clickhouse", "redis", "llm", "auth"),
    liveness="/health",
    stop_timeout=STOP_SECONDS,
    sources=("services/backend/**", *SHARED),
)

frontend = Service(
    name="frontend",
    command=("{python}", "-m", "services.frontend"),
    port=FRONTEND_PORT,
    port_variable="FRONTEND_PORT",
    env={
        "FRONTEND_PORT": "{frontend.port}",
        "FRONTEND_AUTH_URL": "{auth.url}",
        "FRONTEND_BACKEND_URL": "{backend.url}",
    },
    build=Build(
        command=(
            *("sh", "-c"),
            "PATH={bin}:$PATH; "
            # What is installed is newer than the lock file: nothing to install.
            "test node_modules/.package-lock.json -nt package-lock.json || npm ci && "
            "npm run build",
        ),
        cwd="services/frontend",
        inputs=("src/**", "public/**", "*.json", "*.ts", "*.html", ".npmrc"),
        output="dist",
    ),
    liveness="/health",
    stop_timeout=STOP_SECONDS,
    sources=("services/frontend/*.py", *SHARED),
)

config = Config(
    test_dir="e2e",
    base_url="{frontend.url}",
    workers=2,
    # A test of its own stack waits for that to start, which a busy machine takes long over.
    timeout=60_000,
    use=Use(
        trace="retain-on-failure",
        video="retain-on-failure",
        screenshot="only-on-failure",
        viewport=Viewport(width=1280, height=720),
        locale="en-GB",
        action_timeout=10_000,
        # Each frame of a transition would be a picture in the trace.
        reduced_motion="reduce",
    ),
    projects=(
        Project(name="chromium"),
        Project(name="mobile", use=Use(device="Pixel 7")),
    ),
    stack=Stack(stores=stores, providers=(mail, llm, google), services=(auth, backend, frontend)),
)
