"""One-time codes 一次性验证码 of borrowers: six digits, five minutes, five tries, one use.

Only a keyed hash is kept. A new code ends the one before it. At most five an hour, and one a minute.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from anju.platform.identity import facts
from anju.platform.identity.models import BorrowerAccount, OneTimeCode
from anju.platform.journal.operations import record

DIGITS = 6
VALID_MINUTES = 5
TRIES_MAX = 5
PER_HOUR_MAX = 5
WAIT_SECONDS = 60


class CodeRefused(Exception):
    """Base; ``message_zh`` and ``message_en`` can be shown."""

    message_zh = "验证码操作被拒绝"
    message_en = "refused"

    def __init__(self, next_at: datetime | None = None) -> None:
        self.next_at = next_at
        super().__init__(f"{self.message_zh} / {self.message_en}")


class CodeTooSoon(CodeRefused):
    message_zh = "请稍后再获取验证码"
    message_en = "Please wait a little before asking for another code"


class CodeTooMany(CodeRefused):
    message_zh = "获取验证码次数过多，请一小时后再试"
    message_en = "Too many codes; please try again in an hour"


class CodeWrong(CodeRefused):
    """Wrong, expired, used, tried too often, or never issued: the caller cannot tell which."""

    message_zh = "验证码不正确或已失效"
    message_en = "The code is wrong or no longer valid"


def _hash(account_id: int, code: str) -> bytes:
    key = base64.b64decode(settings.ANJU_INDEX_KEY)
    return hmac.new(key, f"one-time-code\0{account_id}\0{code}".encode(), hashlib.sha256).digest()


def code_issue(*, account_id: int, at: datetime) -> str:
    """A new code for the account, to be sent by the caller and kept nowhere. Records
    ``identity.code.issued``.

    Raises ``BorrowerAccount.DoesNotExist``, CodeTooSoon, CodeTooMany (each with ``next_at``).
    """
    with transaction.atomic():
        account = BorrowerAccount.objects.select_for_update().get(pk=account_id)
        recent = OneTimeCode.objects.filter(account=account, issued_at__gt=at - timedelta(hours=1))
        times = list(recent.order_by("-issued_at").values_list("issued_at", flat=True))
        if times and at - times[0] < timedelta(seconds=WAIT_SECONDS):
            raise CodeTooSoon(times[0] + timedelta(seconds=WAIT_SECONDS))
        if len(times) >= PER_HOUR_MAX:
            raise CodeTooMany(times[PER_HOUR_MAX - 1] + timedelta(hours=1))
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        OneTimeCode.objects.create(
            account=account,
            code_hash=_hash(account_id, code),
            issued_at=at,
            expires_at=at + timedelta(minutes=VALID_MINUTES),
        )
        record(facts.CodeIssued(account.person_id), at=at, actor=f"person:{account.person_id}")
    return code


def code_verify(*, account_id: int, code: str, at: datetime) -> int:
    """Use a code up; returns the person's id. Records ``identity.borrower.entered``. Raises CodeWrong, for
    every reason alike.

    A wrong try is counted and committed even though this raises, so it cannot stand inside another
    transaction.
    """
    with transaction.atomic(durable=True):
        person_id = _try(account_id, code, at)
    if person_id is None:
        raise CodeWrong
    return person_id


def _try(account_id: int, code: str, at: datetime) -> int | None:
    found = OneTimeCode.objects.select_for_update(of=("self",)).filter(account_id=account_id)
    row = found.order_by("-issued_at", "-pk").first()
    kept = bytes(row.code_hash) if row is not None else bytes(32)
    right = hmac.compare_digest(_hash(account_id, code), kept)
    if row is None or row.used_at is not None or row.tries >= TRIES_MAX or at >= row.expires_at:
        return None
    row.tries += 1
    row.used_at = at if right else None
    row.save(update_fields=["tries", "used_at"])
    if not right:
        return None
    account = BorrowerAccount.objects.get(pk=account_id)
    account.last_login_at = at
    account.save(update_fields=["last_login_at"])
    record(facts.BorrowerEntered(account.person_id), at=at, actor=f"person:{account.person_id}")
    return account.person_id
