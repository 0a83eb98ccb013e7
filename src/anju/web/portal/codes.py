"""Sending a one-time code 验证码: away from the request, so that the answer is the same whoever asks, in words and in time.

The text goes straight to the SMS port and is kept nowhere: a code is no notice and owes no proof. It is a contact all the
same, asked for by the person: it stands in the ledger, at any hour and under no cap. ``site.wiring``
registers the port.
"""

import logging
import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from django.conf import settings
from django.db import connections
from django.utils import translation
from django.utils.translation import gettext as _

from anju.contexts.parties import queries as parties
from anju.platform.contacts import operations as contact_operations
from anju.platform.contacts import queries as contacts
from anju.platform.contacts.rows import ContactRefused
from anju.platform.identity import operations as identity
from anju.platform.identity.codes import VALID_MINUTES, CodeTooMany, CodeTooSoon, CodeWrong
from anju.platform.identity.queries import account_of
from anju.platform.notices.ports import InDoubt, Message, NotTried, Port, Rejected

logger = logging.getLogger(__name__)
_finders: list[Callable[[], Port | None]] = []
_workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="one-time-code")


def register_port(find: Callable[[], Port | None]) -> None:
    """How to find the SMS port that codes go through; the last one registered counts."""
    _finders.append(find)


def request_code(phone: str, *, at: datetime) -> "Future[None]":
    """Have a code made and sent, if the number is known and not asking too often. Returns at once.

    The outcome is deliberately told to nobody but the log: the page says the same in every case.
    """
    return _workers.submit(_in_thread, lambda: _issue_and_send(phone, at))


def request_code_to(person_id: int, phone: str, *, at: datetime) -> "Future[None]":
    """Have a code sent to a new number of somebody who is logged in, to prove that it is theirs. Returns at once."""
    return _workers.submit(_in_thread, lambda: _send_to(person_id, phone, at))


def _in_thread(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:  # the thread is the outermost caller: nobody else would see it
        logger.exception("one-time code")
    finally:
        connections.close_all()


def _issue_and_send(phone: str, at: datetime) -> None:
    person_id = person_of_phone(phone)
    if person_id is not None:
        _send_to(person_id, phone, at)


def _send_to(person_id: int, phone: str, at: datetime) -> None:
    try:
        account_id = identity.borrower_account_ensure(person_id=person_id, at=at)
        code = identity.code_issue(account_id=account_id, at=at)
    except (CodeTooSoon, CodeTooMany) as refused:
        logger.info("one-time code refused: %s", type(refused).__name__)
        return
    port = _finders[-1]() if _finders else None
    if port is None:
        logger.error("no SMS port for one-time codes")
        return
    try:
        slot = contact_operations.reserve(
            person_id=person_id, purpose="service", channel="sms", at=at, actor=f"person:{person_id}", subject=None,
            invited=True, reason="one_time_code",
        )  # fmt: skip
    except ContactRefused as refused_by:
        logger.info("one-time code refused: %s", ",".join(refused_by.verdict.codes))
        return
    message = Message(
        key=f"code-{secrets.token_hex(8)}",
        attempt_id=0,
        channel="sms",
        person_id=person_id,
        to=phone,
        subject="",
        body=code_text(code, parties.person_row(person_id).language),
        at=at,
    )
    _send(port, message, slot.contact_id)


def _send(port: Port, message: Message, contact_id: int) -> None:
    """Hand it over; the ledger of contacts says what came of it, never what it said."""
    outcome = "sent"
    try:
        port.send(message)
    except (Rejected, InDoubt, NotTried) as failed:
        logger.warning("one-time code not sent: %s", type(failed).__name__)
        if not isinstance(failed, InDoubt):
            contact_operations.void(contact_id=contact_id, at=message.at, reason="not_sent")
            return
        outcome = "in_doubt"
    contact_operations.finish(contact_id=contact_id, outcome_code=outcome, answered=False, at=message.at)


def code_text(code: str, language: str) -> str:
    """The text message, in the person's language."""
    with translation.override(language):
        words = _(
            "【%(bank)s】验证码 %(code)s，%(minutes)s 分钟内有效。我行人员不会向您索要，请勿告诉任何人。"
        )
        return words % {"bank": settings.ANJU_BANK_NAME, "code": code, "minutes": VALID_MINUTES}


def person_of_phone(phone: str) -> int | None:
    """Who is reached at this number; of several (a couple with one phone) the one known longest."""
    found = contacts.persons_at("phone", phone)
    return found[0] if found else None


def enter_with(phone: str, code: str, *, at: datetime) -> int:
    """Id of the person whose code this is. Raises CodeWrong, for an unknown number too."""
    person_id = person_of_phone(phone)
    account_id = None if person_id is None else account_of(person_id)
    if account_id is None:
        raise CodeWrong
    verified = identity.code_verify(account_id=account_id, code=code, at=at)
    address = contacts.address(person_id, "phone") if person_id is not None else None
    if address is not None:  # the code came back: the person is reached there (S2-07)
        contact_operations.verify_address(address_id=address.id, at=at)
    return verified


def code_is_right(person_id: int, code: str, *, at: datetime) -> None:
    """Use up the code of somebody who is logged in. Raises CodeWrong."""
    account_id = account_of(person_id)
    if account_id is None:
        raise CodeWrong
    identity.code_verify(account_id=account_id, code=code, at=at)
