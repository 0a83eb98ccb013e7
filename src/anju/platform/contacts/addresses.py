"""Address health 联系方式健康: what is doubted and why, one work item per person to repair it, and what came of it (S2-04, S2-07)."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import connection, transaction

from anju.core.sla import Deadline, Kind, deadline_at
from anju.platform.contacts import operations
from anju.platform.contacts.address_facts import AddressRepaired
from anju.platform.contacts.models import Address
from anju.platform.journal import operations as journal
from anju.platform.policies import queries as policies
from anju.platform.work import operations as work
from anju.platform.work import outcomes as work_outcomes
from anju.platform.work.operations import NewWork
from anju.platform.work.outcomes import Outcome

POLICY_FILE = "addresses.toml"
WORK_KIND = "contacts.repair"
ACTOR = "system:addresses"
CAUSES = ("bounced", "wrong_person", "stale", "shared")
OUTCOMES = {
    row.code: row
    for row in (
        Outcome("corrected", "已更正为新的联系方式", "Corrected", fields=("note",)),
        Outcome("confirmed", "已向本人确认无误", "Confirmed with the person", fields=("note",)),
        Outcome("belongs_to_other", "号码属于他人", "Belongs to somebody else", fields=("note",)),
        Outcome("not_reachable", "多方联系不上本人", "The person cannot be reached", fields=("note",)),
    )
}
"""What can be recorded about a doubtful address, in the order of the number keys."""

CAUSE_WORDS = {
    "bounced": ("无法送达", "does not reach anybody"),
    "wrong_person": ("不是本人", "somebody else's"),
    "stale": ("久未验证", "not proven for long"),
    "shared": ("多人共用", "shared by several people"),
}
KIND_WORDS = {
    "phone": ("手机号", "phone"), "email": ("邮箱", "e-mail"), "wecom": ("企业微信", "WeCom"),
    "wechat": ("微信公众号", "WeChat official account"),
    "push": ("推送", "push"), "post": ("邮寄地址", "postal address"),
}  # fmt: skip
_FORMS = {
    "phone": re.compile(r"1[3-9][0-9]{9}"),
    "email": re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[a-z]{2,24}"),
}

Homes = Callable[[Collection[int]], Mapping[int, tuple[int, int]]]
_homes: list[Homes] = []

_SHARED = """
SELECT kind, value_index FROM contacts_address WHERE active_to IS NULL AND kind IN ('phone', 'email', 'wecom', 'wechat')
 GROUP BY kind, value_index HAVING count(DISTINCT person_id) >= %(least)s
"""
# A browser that takes its push subscription back leaves nothing that a person could repair.
_UNHEALTHY = f"""
SELECT a.person_id, a.id, a.kind, CASE WHEN a.health IN ('bounced', 'wrong_person', 'stale') THEN a.health ELSE 'shared' END
  FROM contacts_address a LEFT JOIN ({_SHARED}) s ON s.kind = a.kind AND s.value_index = a.value_index
 WHERE a.active_to IS NULL AND a.kind <> 'push' AND (%(people)s::bigint[] IS NULL OR a.person_id = ANY(%(people)s))
   AND (a.health IN ('bounced', 'wrong_person', 'stale') OR (s.kind IS NOT NULL AND a.health <> 'verified'))
 ORDER BY a.person_id, a.id
"""  # noqa: S608 -- constants
_STALE = """
SELECT a.id FROM contacts_address a
 WHERE a.active_to IS NULL AND a.kind NOT IN ('post', 'push') AND a.health IN ('unverified', 'verified')
   AND greatest(a.verified_at, a.active_from) < %(before)s
   AND NOT EXISTS (SELECT 1 FROM notices_attempt t WHERE t.address_id = a.id AND t.delivered_at >= %(before)s)
 ORDER BY a.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One address that is doubted, and why (`CAUSES`)."""

    person_id: int
    address_id: int
    kind: str
    cause: str


class RepairRefused(ValueError):
    """A repair was not recorded; says field, value and what is allowed. Nothing was written."""

    def __init__(self, field: str, zh: str, en: str) -> None:
        self.field, self.message_zh, self.message_en = field, zh, en
        super().__init__(f"{zh} / {en}")


def register_homes(homes: Homes) -> None:
    """Branch and loan a person belongs to, for the work about them (wired in `site.wiring`); the last one counts."""
    _homes[:] = [homes]


def connect() -> None:
    """Tell the work list which outcomes a repair has."""
    work_outcomes.register(WORK_KIND, list(OUTCOMES.values()))


def doubts(person_ids: Collection[int] | None = None) -> list[Doubt]:
    """Addresses that are doubted, of these persons (None: of everybody), in the order of persons; one query."""
    least = int(policies.toml(POLICY_FILE)["health"]["shared_persons_min"])
    with connection.cursor() as cursor:
        people = None if person_ids is None else list(person_ids)
        cursor.execute(_UNHEALTHY, {"least": least, "people": people})
        return [Doubt(*row) for row in cursor.fetchall()]


def mark_stale(*, at: datetime, limit: int = 20_000) -> int:
    """Addresses without any proof for longer than the policy allows are stale; how many. Set-based, each is a fact."""
    before = at - timedelta(days=int(policies.toml(POLICY_FILE)["health"]["stale_days"]))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_STALE, {"before": before, "limit": limit})
            ids = [row[0] for row in cursor.fetchall()]
        return operations.mark_addresses(address_ids=ids, health="stale", at=at, actor=ACTOR) if ids else 0


def work_key(person_id: int) -> str:
    """Dedupe key of the one work item about a person's addresses."""
    return f"address:{person_id}"


def open_repairs(*, at: datetime) -> int:
    """One work item for each person with a doubtful address, in the branch of their loan; how many are new.

    Work about addresses that are sound again is cancelled. Set-based.
    """
    policy = policies.toml(POLICY_FILE)["repair"]
    due = Deadline(cast(Kind, policy["due"]["kind"]), int(policy["due"]["amount"]))
    due_at = deadline_at(due, at, policies.calendar(), policies.hours())
    found: dict[int, list[Doubt]] = {}
    for doubt in doubts():
        found.setdefault(doubt.person_id, []).append(doubt)
    with transaction.atomic():
        live = set(_live_people())
        work.cancel_many(
            [work_key(person) for person in sorted(live - found.keys())],
            at=at,
            reason="address_sound",
            actor=ACTOR,
        )
        wanted = [person for person in found if person not in live][: int(policy["per_night_max"])]
        homes = _homes[-1](wanted) if _homes and wanted else {}
        items = [
            NewWork(
                queue=policy["queue"], kind=WORK_KIND, subject=("person", person), person_id=person,
                branch_id=homes[person][0], due_at=due_at, dedupe_key=work_key(person),
                params=_params(found[person], homes[person][1]),
            )
            for person in wanted
            if person in homes
        ]  # fmt: skip
        return work.open_many(items, at=at, actor=ACTOR)


def _live_people() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT person_id FROM work_workitem WHERE kind = %s AND state IN ('open', 'claimed')",
            [WORK_KIND],
        )
        return [row[0] for row in cursor.fetchall()]


def _params(rows: Sequence[Doubt], loan_id: int) -> dict[str, Any]:
    zh = "；".join(f"{KIND_WORDS[row.kind][0]}{CAUSE_WORDS[row.cause][0]}" for row in rows)
    en = "; ".join(f"{KIND_WORDS[row.kind][1]} {CAUSE_WORDS[row.cause][1]}" for row in rows)
    return {
        "causes": sorted({row.cause for row in rows}),
        "loan_id": loan_id,
        "next_zh": f"{zh}。向本人核实，再登记结果；更正号码请到“联系方式”页。",
        "next_en": f"{en}. Ask the person, then record what came of it; a new number goes on the contact page.",
    }


def check_value(kind: str, value: str) -> str:
    """A phone number or e-mail address as it is stored. Raises RepairRefused."""
    text = value.strip().replace(" ", "").replace("-", "") if kind == "phone" else value.strip().lower()
    form = _FORMS.get(kind)
    if form is None or not form.fullmatch(text):
        shown = {"phone": "11 位手机号", "email": "邮箱地址"}.get(kind, "phone, email")
        raise RepairRefused(
            "value",
            f"{KIND_WORDS.get(kind, (kind,))[0]}“{value[:40]}”不对：须为{shown}",
            f"{kind} {value[:40]!r}: {'11 digits beginning with 1' if kind == 'phone' else 'name@host'}",
        )
    return text


def repair(
    *, person_id: int, kind: str, outcome: str, note: str, by: str, at: datetime, value: str = ""
) -> None:
    """Record what came of a doubtful address. `corrected` needs the new `value`; the new one is unverified until proven.

    Raises RepairRefused (outcome, note, value, kind), in this order.
    """
    if outcome not in OUTCOMES:
        raise RepairRefused(
            "outcome",
            f"结果 {outcome!r}：须为 {', '.join(OUTCOMES)}",
            f"outcome {outcome!r}: {', '.join(OUTCOMES)}",
        )
    if not note.strip():
        raise RepairRefused("note", "请写明向谁、怎样核实的", "say whom you asked, and how")
    with transaction.atomic():
        row = (
            Address.objects.select_for_update().filter(person_id=person_id, kind=kind, active_to=None).first()
        )
        if outcome == "corrected":
            operations.set_addresses_many([(person_id, kind, check_value(kind, value))], at=at)
        elif row is None:
            raise RepairRefused("kind", f"没有登记{KIND_WORDS.get(kind, (kind,))[0]}", f"there is no {kind}")
        elif outcome == "confirmed":
            operations.verify_address(address_id=row.pk, at=at)
        elif outcome == "belongs_to_other":
            operations.mark_addresses(address_ids=[row.pk], health="wrong_person", at=at, actor=by)
        journal.record(
            AddressRepaired(("person", person_id), kind, outcome, note.strip()[:400]), at=at, actor=by
        )


def close_repair(
    *, item_id: int, staff_id: int, person_id: int, outcome: str, note: str, at: datetime
) -> None:
    """End a person's repair work: the outcome is recorded for each address in doubt, and the item is closed.

    A correction needs the new value and is made on the contact page first. Raises RepairRefused, and what closing a work
    item raises.
    """
    if outcome == "corrected":
        raise RepairRefused(
            "value",
            "更正须填写新号码：请到“联系方式”页更正",
            "a correction needs the new number: use the contact page",
        )
    with transaction.atomic():
        work.close(
            item_id=item_id, staff_id=staff_id, outcome_code=outcome, note=note, at=at, fields={"note": note}
        )
        for doubt in doubts([person_id]):
            repair(
                person_id=person_id,
                kind=doubt.kind,
                outcome=outcome,
                note=note,
                by=f"staff:{staff_id}",
                at=at,
            )


def settle(*, person_id: int, at: datetime) -> bool:
    """Nothing about a person's addresses is doubted any more: their repair work ends; whether there was any."""
    if doubts([person_id]):
        return False
    return work.cancel_many([work_key(person_id)], at=at, reason="address_sound", actor=ACTOR) == 1
