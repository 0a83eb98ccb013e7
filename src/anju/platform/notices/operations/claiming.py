"""Queued attempts become messages in flight: slots in the contact ledger, texts, and an end to the claim; committed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction

from anju.core.lifecycles import ATTEMPT
from anju.core.verdict import Verdict
from anju.core.working_time import BANK_ZONE
from anju.platform.bulk import IDS, insert, numbers
from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries as contact_queries
from anju.platform.contacts.people import facts_of
from anju.platform.contacts.rows import AddressRow, Wish
from anju.platform.notices import approvals, coding, config
from anju.platform.notices.journeys import CHANNELS
from anju.platform.notices.models import Content
from anju.platform.notices.operations.lines import (
    AttemptLine,
    NewContent,
    ObligationLine,
    columns,
    line_of,
    write_changed,
)
from anju.platform.notices.operations.settling import TOO_LATE, subject_of, tell, to_person
from anju.platform.notices.ports import Coded, Message, Port, Ports
from anju.platform.notices.providers import rules
from anju.platform.notices.render import Rendered, render
from anju.platform.notices.rows import MissingVariable
from anju.platform.notices.tokens import ack_token

ACTOR = "system:notices"


@dataclass(frozen=True, slots=True)
class Claim:
    """What one claim committed: messages to hand over, and how many were refused (governor, text, too late ...)."""

    messages: tuple[Message, ...] = ()
    refused: int = 0


# Table and column names come from our own models, never from outside.
_DUE = (
    f"SELECT {columns(AttemptLine, 'a')}, {columns(ObligationLine, 'o')}, o.variables::text"  # noqa: S608
    " FROM notices_attempt a JOIN notices_obligation o ON o.id = a.obligation_id"
    " WHERE a.state = 'queued' AND a.channel = %(channel)s AND a.lane = %(lane)s"
    " AND coalesce(a.not_before_at, a.queued_at) <= %(at)s AND a.provider IN ('', %(provider)s)"
    " ORDER BY coalesce(a.not_before_at, a.queued_at), a.id LIMIT %(limit)s FOR UPDATE OF a, o SKIP LOCKED"
)
_CUT = len(AttemptLine.COLUMNS)
_END = _CUT + len(ObligationLine.COLUMNS)


_NO_PORT = (
    f"SELECT {columns(AttemptLine, 'a')}, {columns(ObligationLine, 'o')}"  # noqa: S608
    " FROM notices_attempt a JOIN notices_obligation o ON o.id = a.obligation_id"
    " WHERE a.state = 'queued' AND a.channel = ANY(%s) AND coalesce(a.not_before_at, a.queued_at) <= %s"
    " LIMIT %s FOR UPDATE OF a, o SKIP LOCKED"
)
CHANGED = "模板自上次尝试后已变 / the text was changed since the last try"
NO_PORT = "渠道 {0} 未接通任何服务商 / no provider of channel {0} is connected"


def skip_unwired(*, at: datetime, ports: Ports, limit: int = 1000) -> int:
    """Queued attempts of channels that no provider serves are skipped with that reason, and their journeys go on at once;
    how many."""
    channels = [channel for channel in CHANNELS if not ports.get(channel)]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_NO_PORT, [channels, at, limit])
            found = cursor.fetchall()
        owners: dict[int, ObligationLine] = {}
        rows = []
        for row in found:
            attempt = line_of(AttemptLine, row[:_CUT])
            owner = owners.setdefault(row[_CUT], line_of(ObligationLine, row[_CUT:]))
            ATTEMPT.require(attempt.state, "skipped")
            attempt.state, attempt.finished_at, attempt.error = "skipped", at, NO_PORT.format(attempt.channel)
            attempt.error_class = "no_provider" if attempt.in_doubt_at is None else "in_doubt_expired"
            if owner.state == "in_progress" and attempt.step_no == owner.step_no:
                owner.next_step_at = at
            rows.append(attempt)
        write_changed(rows)
        write_changed(owners.values())
    return len(rows)


def claim(port: Port, others: Sequence[Port], *, lane: int, at: datetime, limit: int) -> Claim:
    """Up to `limit` attempts of a lane that this port may be given, oldest first. `others`: the channel's other ports."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(
                _DUE,
                {"channel": port.channel, "lane": lane, "at": at, "provider": port.name, "limit": limit},
            )
            found = cursor.fetchall()
        if not found:
            return Claim()
        owners: dict[int, ObligationLine] = {}
        rows = [line_of(AttemptLine, row[:_CUT]) for row in found]
        variables: dict[int, Mapping[str, Any]] = {}
        for row in found:
            if row[_CUT] not in owners:
                owners[row[_CUT]] = line_of(ObligationLine, row[_CUT:_END])
                variables[row[_CUT]] = orjson.loads(row[_END])
        return _Claiming(port, others, rows, owners, variables, at).run()


@dataclass
class _Claiming:
    """One claim: everything read first, everything decided written last."""

    port: Port
    others: Sequence[Port]
    rows: Sequence[AttemptLine]
    owners: dict[int, ObligationLine]
    variables: Mapping[int, Mapping[str, Any]]
    at: datetime
    refused: list[AttemptLine] = field(default_factory=list)
    broken: list[AttemptLine] = field(default_factory=list)
    passed_on: int = 0
    messages: list[Message] = field(default_factory=list)
    rendered: list[Rendered] = field(default_factory=list)
    granted: set[int] = field(default_factory=set)
    left: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = {row.person_id for row in self.owners.values()}
        self.facts = facts_of(self.people)
        self.types = config.notice_types()
        self.rule = rules(self.port.name)
        self.claim_ends_at = self.at + config.limits().claim
        self.kind = config.ADDRESS_KIND.get(self.port.channel)
        self.addresses: dict[int, AddressRow] = {}
        if self.kind is not None:
            live = contact_queries.addresses_of(self.people, [self.kind])
            self.addresses = {person: row for (person, _), row in live.items()}
        known = [row.content_id for row in self.rows if row.content_id]
        self.contents = Content.objects.in_bulk(known) if known else {}

    def run(self) -> Claim:
        going = [row for row in self.rows if self._still_wanted(row) and self._approved(row)]
        for row in self._reserved(going):
            self._take(row)
        if self.rendered:
            insert([_content(text) for text in self.rendered], ignore_conflicts=True)
        lost = [row.id for row in [*self.refused, *self.broken] if row.id in self.granted]
        if lost:
            contacts.void_many(attempt_ids=lost, reason="not_sent")
        write_changed(self.rows)
        self._back_to_journey()
        return Claim(tuple(self.messages), len(self.refused) + len(self.broken) + self.passed_on)

    def _still_wanted(self, row: AttemptLine) -> bool:
        owner = self.owners[row.obligation_id]
        if owner.state != "in_progress":
            self._end(row, "cancelled", "cancelled", owner.state)
            self.passed_on += 1
            return False
        if row.send_by_at is not None and row.send_by_at <= self.at:
            self._refuse(row, "too_late", TOO_LATE, state="failed")
            return False
        if self.kind is None:
            return True
        address = self.addresses.get(owner.person_id)
        if address is None or not address.usable:
            self._refuse(row, "no_address", "计划后联系方式失效 / address gone since the step was planned")
            return False
        return True

    def _approved(self, row: AttemptLine) -> bool:
        """A provider that needs approval is given approved texts only; another one of the channel may have it instead."""
        if not self.rule.needs_approval or self._may_send(self.port, row):
            return True
        for other in self.others:
            if row.in_doubt_at is None and self._may_send(other, row):
                row.provider = other.name
                self.passed_on += 1
                return False
        owner = self.owners[row.obligation_id]
        template = self.types[owner.notice_type].template
        text = f"模板 {template} 未经 {self.port.name} 审核通过 / template {template} is not approved by {self.port.name}"
        self._refuse(row, "template_not_approved", text)
        return False

    def _may_send(self, port: Port, row: AttemptLine) -> bool:
        owner = self.owners[row.obligation_id]
        rule = rules(port.name)
        if not rule.needs_approval:
            return True
        template = self.types[owner.notice_type].template
        language = self.facts[owner.person_id].language
        if rule.by_code:
            return bool(approvals.code(port.name, template, row.channel, language))
        return approvals.approved(port.name, template, row.channel, language)

    def _reserved(self, rows: Sequence[AttemptLine]) -> list[AttemptLine]:
        """Those that hold a slot in the contact ledger: from an earlier claim, or granted now."""
        again = [row.id for row in rows if row.claimed_at is not None]
        held = set(contact_queries.contacts_of_attempts(again)) if again else set()
        fresh = [row for row in rows if row.id not in held]
        granted = [row for row in rows if row.id in held]
        wishes = []
        for row in fresh:
            owner = self.owners[row.obligation_id]
            purpose = self.types[owner.notice_type].purpose
            wishes.append(Wish(owner.person_id, purpose, row.channel, subject_of(owner), row.id))
        answers = contacts.reserve_many(wishes, at=self.at, actor=ACTOR, people=self.facts)
        for row, got in zip(fresh, answers, strict=True):
            if isinstance(got, Verdict):
                self._refuse(row, "governor", f"{got.zh} / {got.en}", got.next_at)
            else:
                granted.append(row)
        self.granted = {row.id for row in granted}
        self.left = self._quota_left(granted)
        return granted

    def _address_id(self, row: AttemptLine) -> int | None:
        address = self.addresses.get(self.owners[row.obligation_id].person_id)
        return None if address is None else address.id

    def _quota_left(self, rows: Sequence[AttemptLine]) -> dict[int, int]:
        """What this provider may still be given today for each address; `_take` counts it down, so that a batch with several
        messages for one address stays within its quota too."""
        most = self.rule.per_address_per_day
        ids = {address for row in rows if (address := self._address_id(row)) is not None}
        if most is None or not ids:
            return {}
        day = self.at.astimezone(BANK_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT address_id, count(*) FROM notices_attempt WHERE address_id = ANY({IDS})"  # noqa: S608
                " AND claimed_at >= %s AND provider = %s AND state IN"
                " ('in_flight', 'in_doubt', 'accepted', 'delivered', 'acknowledged')"
                " GROUP BY address_id",
                [numbers(ids), day, self.port.name],
            )
            given = dict(cursor.fetchall())
        return {address: most - given.get(address, 0) for address in ids}

    def _take(self, row: AttemptLine) -> None:
        owner = self.owners[row.obligation_id]
        address = self.addresses.get(owner.person_id)
        if address is not None and self.left.get(address.id, 1) <= 0:
            most = self.rule.per_address_per_day
            why = f"该地址今日发送已达上限 {most} / its daily quota of submissions is used up"
            self._refuse(row, "address_quota", why)
            return
        try:
            written = self._written(row, owner)
        except MissingVariable as error:
            self._end(row, "failed", "content", str(error))
            self.broken.append(row)
            return
        if written is None:
            # The provider would write the words in force, and the proof would be bound to others.
            self._refuse(row, "template_not_approved", CHANGED)
            return
        subject, body, coded = written
        ATTEMPT.require(row.state, "in_flight")
        row.state, row.provider = "in_flight", self.port.name
        row.claimed_at, row.claim_ends_at = self.at, self.claim_ends_at
        row.address_id = address.id if address else None
        if address is not None and address.id in self.left:
            self.left[address.id] -= 1
        row.error_class, row.error = "", ""
        self.messages.append(
            Message(
                row.idempotency_key, row.id, row.channel, owner.person_id, address.value if address else "", subject,
                body, self.at, coded,
            )
        )  # fmt: skip

    def _written(self, row: AttemptLine, owner: ObligationLine) -> tuple[str, str, Coded | None] | None:
        """Title, text and, for a provider that sends by code, its template with the values; None: it was promised another
        text before, or takes its approval back just now. Raises MissingVariable."""
        kept = self.contents.get(row.content_id or "")
        if kept is not None and not self.rule.by_code:
            return kept.subject, kept.body, None
        text = self._render(row, owner)
        coded = self._coded(row, owner) if self.rule.by_code else None
        if (kept is not None and text.hash != kept.hash) or (coded is not None and not coded.code):
            return None
        if kept is None:
            self.rendered.append(text)
            row.content_id = text.hash
        return text.subject, text.body, coded

    def _render(self, row: AttemptLine, owner: ObligationLine) -> Rendered:
        return render(
            template=self.types[owner.notice_type].template,
            channel=row.channel,
            person=self.facts[owner.person_id],
            variables=self.variables[owner.id],
            ack_url=_link(owner, row),
        )

    def _coded(self, row: AttemptLine, owner: ObligationLine) -> Coded:
        person, template = self.facts[owner.person_id], self.types[owner.notice_type].template
        return coding.coded(
            code=approvals.code(self.port.name, template, row.channel, person.language),
            fields=self.rule.fields.get(template, {}),
            template=template,
            channel=row.channel,
            person=person,
            variables=self.variables[owner.id],
            ack_url=_link(owner, row),
        )

    def _refuse(
        self,
        row: AttemptLine,
        error_class: str,
        text: str,
        next_at: datetime | None = None,
        *,
        state: str = "skipped",
    ) -> None:
        self._end(row, state, error_class, text)
        self.refused.append(row)
        owner = self.owners[row.obligation_id]
        if row.step_no != owner.step_no:
            return
        if next_at is not None and self.at < next_at < owner.deadline_at:
            row.error_class = "governor_wait" if row.in_doubt_at is None else row.error_class
            owner.step_no, owner.next_step_at = row.step_no - 1, next_at
        else:
            owner.next_step_at = self.at

    def _end(self, row: AttemptLine, state: str, error_class: str, text: str) -> None:
        ATTEMPT.require(row.state, state)
        row.state, row.finished_at, row.error = state, self.at, text[:400]
        # What was in doubt and is not sent again stays listed as doubtful.
        row.error_class = error_class if row.in_doubt_at is None else "in_doubt_expired"

    def _back_to_journey(self) -> None:
        """Refused ones go on with their journey; one whose text cannot be written goes to a person at once."""
        write_changed(self.owners.values())
        if self.broken:
            people = {row.obligation_id: self.owners[row.obligation_id] for row in self.broken}
            facts = to_person([(row, "content") for row in people.values()], at=self.at)
            tell(facts, at=self.at, actor=ACTOR)


def _link(owner: ObligationLine, row: AttemptLine) -> str:
    return f"{settings.ANJU_PUBLIC_URL}/a/{ack_token(owner.id, row.id)}"


def _content(text: Rendered) -> NewContent:
    return NewContent(
        hash=text.hash, channel=text.channel, template=text.template,
        template_version=text.template_version, subject=text.subject, body=text.body,
    )  # fmt: skip


def due_lanes(channels: Collection[str], *, at: datetime) -> set[tuple[str, int]]:
    """Channels and lanes that have something to send: one look at the queue's index each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.channel, l.lane FROM unnest(%s::text[]) c(channel), generate_series(0, 2) l(lane)"
            " WHERE EXISTS (SELECT 1 FROM notices_attempt a WHERE a.state = 'queued' AND a.channel = c.channel"
            " AND a.lane = l.lane AND coalesce(a.not_before_at, a.queued_at) <= %s)",
            [list(channels), at],
        )
        return {(channel, lane) for channel, lane in cursor.fetchall()}
