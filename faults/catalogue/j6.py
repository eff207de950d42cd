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
        noticed_by=(
            "e2e/test_multi_service_health.py"
            "::test_exactly_its_dependents_say_that_it_is_stopped[postgres]"
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
        noticed_by=(
            "e2e/test_multi_service_health.py"
            "::test_exactly_its_dependents_say_that_it_is_stopped[postgres]"
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
        noticed_by="e2e/test_multi_service_health.py::test_all_services_are_alive_and_ready",
    ),
    Defect(
        id="backend-failing-model-is-up",
        title="A model that only fails counts as up.",
        journey="J6.7",
        service="backend",
        changes=(
            Change("services/backend/components.py", "        answer.raise_for_status()\n", ""),
        ),
        noticed_by="e2e/test_frozen_dependencies.py::test_a_model_that_only_fails_is_down",
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
        noticed_by=(
            "e2e/test_multi_service_health.py"
            "::test_exactly_its_dependents_say_that_it_is_stopped[postgres]"
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
        noticed_by=(
            "e2e/test_multi_service_health.py"
            "::test_exactly_its_dependents_say_that_it_is_stopped[postgres]"
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
        noticed_by=(
            "e2e/test_frozen_dependencies.py"
            "::test_a_frozen_dependency_is_down_and_holds_nobody_up[clickhouse]"
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
        noticed_by="e2e/test_multi_service_health.py::test_frontend_is_built_and_served",
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
        noticed_by="e2e/test_multi_service_health.py::test_frontend_is_built_and_served",
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
