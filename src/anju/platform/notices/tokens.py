"""The link in a message 确认链接: works without logging in, says which obligation and which attempt, cannot be guessed.

`1-<obligation>-<attempt>-<signature>`: version, two numbers in base 36 (attempt 0: none), 128 bits of a keyed hash. The
key is Django's, so a rotated key (SECRET_KEY_FALLBACKS) still opens old links.
"""

import base64
from collections.abc import Iterator

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

from anju.platform.notices.rows import BadToken

VERSION = "1"
LENGTH_MAX = 80
_SALT = "anju.notices.ack"


def ack_token(obligation_id: int, attempt_id: int | None = None) -> str:
    """Token of an obligation, and of the attempt that carries it when there is one."""
    head = f"{VERSION}-{int_to_base36(obligation_id)}-{int_to_base36(attempt_id or 0)}"
    return f"{head}-{_sign(head, settings.SECRET_KEY)}"


def _sign(head: str, key: str | bytes) -> str:
    digest = salted_hmac(_SALT, head, secret=key, algorithm="sha256").digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=").replace("-", ".")


def _keys() -> Iterator[str | bytes]:
    yield settings.SECRET_KEY
    yield from settings.SECRET_KEY_FALLBACKS


def read_token(token: str) -> tuple[int, int | None]:
    """`(obligation id, attempt id or None)`. Raises BadToken."""
    parts = token.split("-")
    if len(token) > LENGTH_MAX or len(parts) != 4 or parts[0] != VERSION or not token.isascii():
        raise BadToken("form")
    head = "-".join(parts[:3])
    if not any(constant_time_compare(parts[3], _sign(head, key)) for key in _keys()):
        raise BadToken("signature")
    attempt_id = base36_to_int(parts[2])
    return base36_to_int(parts[1]), attempt_id or None


def obligation_of_token(token: str) -> int:
    """Id of the obligation a link speaks of. Raises BadToken."""
    return read_token(token)[0]
