"""J1: a new user's first five minutes."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="auth-login-any-password",
        title="Any password logs a verified user in.",
        journey="J1.6",
        service="auth",
        changes=(
            Change(
                "services/auth/routes/session.py",
                "if known is None or password_hash is None or not is_right:",
                "if known is None or password_hash is None:",
            ),
        ),
    ),
)
