"""J6: is the system whole?"""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="auth-postgres-always-up",
        title="Auth says that PostgreSQL is up without asking it.",
        journey="J6.4",
        service="auth",
        changes=(
            Change(
                "services/auth/app.py",
                'await app.state.context.pool.fetchval("SELECT 1")',
                'return "connected"',
            ),
        ),
    ),
    Defect(
        id="backend-clickhouse-always-up",
        title="Backend says that ClickHouse is up without asking it.",
        journey="J6.5",
        service="backend",
        changes=(
            Change(
                "services/backend/app.py",
                '"clickhouse": lambda: self.parts.clickhouse.ping(),',
                '"clickhouse": lambda: self.parts.database.ping(),',
            ),
        ),
    ),
    Defect(
        id="backend-auth-not-asked",
        title="Backend's readiness does not depend on Auth.",
        journey="J6.7",
        service="backend",
        changes=(
            Change(
                "services/backend/app.py",
                '                    "auth": lambda: self.parts.auth.ping(),\n',
                "",
            ),
        ),
    ),
    Defect(
        id="backend-failing-model-is-up",
        title="A model that only fails counts as up.",
        journey="J6.7",
        service="backend",
        changes=(
            Change("services/backend/components.py", "        answer.raise_for_status()\n", ""),
        ),
    ),
    Defect(
        id="common-ready-whatever-is-down",
        title="Readiness answers 200 whatever is down.",
        journey="J6.7",
        service="common",
        changes=(
            Change(
                "services/common/health.py",
                "            200 if is_ready else 503,",
                "            200,",
            ),
        ),
    ),
    Defect(
        id="common-alive-only-when-all-is",
        title="A service counts as dead when a dependency is down.",
        journey="J6.1",
        service="common",
        changes=(
            Change(
                "services/common/health.py",
                '        return {"status": "alive", "service": service}',
                (
                    "        await asyncio.gather(*(check() for check in checks.values()))\n"
                    '        return {"status": "alive", "service": service}'
                ),
            ),
        ),
    ),
    Defect(
        id="common-frozen-dependency-waited-for",
        title="A dependency that is frozen holds the health check up.",
        journey="J6.7",
        service="common",
        changes=(
            Change(
                "services/common/health.py",
                "async with asyncio.timeout(CHECK_SECONDS):",
                "async with asyncio.timeout(CHECK_SECONDS * 60):",
            ),
        ),
    ),
    Defect(
        id="frontend-inline-scripts-allowed",
        title="The Frontend's policy allows scripts inside of the page.",
        journey="J6.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/security.py",
                "\"script-src 'self'\",",
                "\"script-src 'self' 'unsafe-inline'\",",
            ),
        ),
    ),
    Defect(
        id="frontend-any-file-served",
        title="The Frontend hands out any file that a path leads to.",
        journey="J6.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/app.py",
                (
                    "        if path in root_files:\n"
                    "            return FileResponse(root_files[path])"
                ),
                (
                    "        if (settings.dist / path).is_file():\n"
                    "            return FileResponse(settings.dist / path)"
                ),
            ),
        ),
    ),
    Defect(
        id="stores-schema-incomplete",
        title="A table is missing from Backend's schema.",
        journey="J6.4",
        service="stores",
        changes=(
            Change(
                "services/backend/migrations/0001_initial.sql",
                "CREATE TABLE threads (",
                "CREATE TABLE conversations (",
            ),
        ),
        prevents_start=True,
    ),
)
