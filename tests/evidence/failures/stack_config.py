"""The default stack on free ports, for tests that fail on purpose."""

import atexit
import shutil
import tempfile
from os import environ
from pathlib import Path

from fixtures import REPOSITORY
from fixtures.config import CONFIG_NAME, Use, load_config
from fixtures.stack.ports import choose_free

# Free ones, so that this run does not meet another; the addresses must be known before.
_taken: set[int] = set()
for _name in ("AUTH_PORT", "BACKEND_PORT", "FRONTEND_PORT"):
    environ[_name] = str(choose_free(_taken))

# A copy of the build, of which a test may remove a part.
_folder = Path(tempfile.mkdtemp(prefix="failures-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
environ["FAILURES_DIST"] = str(_folder / "dist")
shutil.copytree(REPOSITORY / "services" / "frontend" / "dist", _folder / "dist")

_whole = load_config(REPOSITORY / CONFIG_NAME)
_frontend = next(it for it in _whole.stack.services if it.name == "frontend")
_copied = _frontend.model_copy(
    update={"env": {**_frontend.env, "FRONTEND_DIST": environ["FAILURES_DIST"]}}
)
_others = tuple(it for it in _whole.stack.services if it.name != "frontend")

config = _whole.model_copy(
    update={
        "test_dir": "tests/evidence/failures",
        # One of these tests ends the browser of all that come after it.
        "workers": 0,
        "use": _whole.use.merged(
            Use(trace="retain-on-failure", video="retain-on-failure", screenshot="only-on-failure")
        ),
        "stack": _whole.stack.model_copy(update={"services": (*_others, _copied)}),
    }
)
