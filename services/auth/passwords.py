"""Passwords: Argon2id with the parameters OWASP names as the minimum (19 MiB, t=2, p=1).

https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""

import asyncio
import os
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Hashing is all processor and 19 MiB each: more at once would only take more memory.
_threads = ThreadPoolExecutor(os.cpu_count(), "argon2")
_dummy_hash = _hasher.hash("nobody's password")


def _normalised(password: str) -> str:
    # The same password typed on another keyboard can be other code points (NIST SP 800-63B).
    return unicodedata.normalize("NFKC", password)


async def hash_password(password: str) -> str:
    """Answer `password` as an encoded Argon2id hash."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, _hasher.hash, _normalised(password))


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one behind `password_hash`.

    None, for somebody unknown or without a password, takes the same time and is never right.
    """

    def verify() -> bool:
        try:
            _hasher.verify(password_hash or _dummy_hash, _normalised(password))
        except VerifyMismatchError:
            return False
        return password_hash is not None

    return await asyncio.get_running_loop().run_in_executor(_threads, verify)
