"""J6, further: health."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="backend-listens-elsewhere",
        title="Backend listens for ended sessions where nobody announces them.",
        journey="J6.6",
        service="backend",
        changes=(
            Change(
                "services/backend/sessions.py",
                'CHANNEL = "session-ended"',
                'CHANNEL = "sessions-ended"',
            ),
        ),
        noticed_by=(
            "e2e/test_multi_service_health.py::test_stores_answer_and_hold_the_services_tables"
        ),
    ),
    Defect(
        id="common-trace-begun-anew",
        title="Each service begins a trace of its own.",
        journey="J6.7",
        service="common",
        changes=(
            Change(
                "services/common/telemetry.py",
                "parent = propagate.extract(dict(Headers(scope=scope)))",
                "parent = propagate.extract({})",
            ),
        ),
        noticed_by="e2e/test_multi_service_health.py::test_services_reach_each_other",
    ),
)
