"""The governor against a plain model: whatever is asked, granted, finished, voided and swept, in any order, no cap is passed.

S1-06: the model counts by itself, from the shipped limits, and knows nothing of the rule's code.
"""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from anju.core.working_time import BANK_ZONE
from anju.platform.contacts import operations, queries
from anju.platform.contacts.models import Contact, StopFlag
from anju.platform.contacts.rows import ContactRefused

PERSON = 4321
LOUD = ("sms", "call", "visit")
TALK = ("call", "visit")


class Governor(RuleBasedStateMachine):
    """One person, several callers, a clock that only goes forward."""

    @initialize()
    def begin(self) -> None:
        Contact.objects.all().delete()
        StopFlag.objects.all().delete()
        self.now = datetime(2026, 11, 23, 7, 0, tzinfo=BANK_ZONE)
        self.kept: dict[int, dict[str, object]] = {}
        self.open: list[int] = []
        self.disputed = False

    @rule(minutes=st.sampled_from([1, 30, 90, 121, 300, 721, 1500, 4000]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        expired = operations.expire(at=self.now)
        late = [pk for pk in self.open if self.kept[pk]["at"] < self.now - timedelta(minutes=240)]  # type: ignore[operator]
        assert expired <= len(late)

    @rule(
        purpose=st.sampled_from(["collection", "collection", "service", "reminder", "follow_up"]),
        channel=st.sampled_from(["call", "call", "sms", "visit", "inbox"]),
    )
    def somebody_wants_a_contact(self, purpose: str, channel: str) -> None:
        if not self.model(purpose, channel, self.now):
            with pytest.raises(ContactRefused) as refused:
                self.reserve(purpose, channel)
            after = refused.value.verdict.next_at
            if after is not None:
                assert after > self.now
                assert self.model(purpose, channel, after)
                assert not self.model(purpose, channel, after - timedelta(minutes=1)) or after <= (
                    self.now + timedelta(minutes=1)
                )
            return
        got = self.reserve(purpose, channel)
        self.kept[got.contact_id] = {
            "at": self.now,
            "purpose": purpose,
            "channel": channel,
            "answered": False,
        }
        self.open.append(got.contact_id)

    def reserve(self, purpose: str, channel: str) -> operations.Reserved:
        return operations.reserve(
            person_id=PERSON, purpose=purpose, channel=channel, at=self.now, actor="staff:1", subject=None
        )

    @rule(answered=st.booleans(), pick=st.integers(0, 20))
    def it_took_place(self, answered: bool, pick: int) -> None:
        if self.open:
            number = self.open.pop(pick % len(self.open))
            talked = answered and self.kept[number]["channel"] in TALK
            operations.finish(contact_id=number, outcome_code="x", answered=talked, at=self.now)
            self.kept[number]["answered"] = talked

    @rule(pick=st.integers(0, 20))
    def it_did_not(self, pick: int) -> None:
        if self.open:
            number = self.open.pop(pick % len(self.open))
            operations.void(contact_id=number, at=self.now, reason="line broken")
            del self.kept[number]

    @rule()
    def the_person_calls(self) -> None:
        operations.log_inbound(
            person_id=PERSON, purpose="service", channel="call", at=self.now, actor="staff:1"
        )

    @rule()
    def a_dispute_begins_or_ends(self) -> None:
        act = operations.unflag if self.disputed else operations.flag
        act(person_id=PERSON, kind="dispute", reason="来电", by="staff:1", at=self.now)
        self.disputed = not self.disputed

    @invariant()
    def the_ledger_holds_what_was_granted(self) -> None:
        if hasattr(self, "kept"):
            rows = queries.history(PERSON, datetime(2026, 1, 1, tzinfo=BANK_ZONE), limit=1000)
            assert {row.id for row in rows if row.outbound and row.state != "void"} == set(self.kept)

    def model(self, purpose: str, channel: str, at: datetime) -> bool:
        """The limits of facts section 7 and the shipped weekly ones, counted by hand."""
        if self.disputed and purpose == "collection":
            return False
        if channel == "inbox":
            return self.within(at, purpose == "follow_up", {"follow_up": (2, 4, 8)})
        if not 8 <= at.hour < 22:
            return False
        past = list(self.kept.values())
        loud = [row for row in past if row["channel"] in LOUD]
        day, week = self.count(loud, at, 1), self.count(loud, at, 7)
        talks = [row for row in loud if row["answered"]]
        tight = purpose == "collection" or channel == "call"
        if tight and (
            day >= 3 or week >= 10 or self.count(talks, at, 1) >= 1 or self.count(talks, at, 7) >= 3
        ):
            return False
        if purpose != "service" and (day >= 8 or week >= 25):
            return False
        if not self.within(at, purpose == "follow_up", {"follow_up": (2, 4, 8)}):
            return False
        silent = [row for row in loud if row["channel"] in TALK and not row["answered"]]
        if channel in TALK and any(row["at"] > at - timedelta(minutes=120) for row in silent):  # type: ignore[operator]
            return False
        return not (tight and any(row["at"] > at - timedelta(minutes=720) for row in talks))  # type: ignore[operator]

    def within(self, at: datetime, holds: bool, caps: dict[str, tuple[int, int, int]]) -> bool:
        if not holds:
            return True
        same = [row for row in self.kept.values() if row["purpose"] == "follow_up"]
        return all(
            self.count(same, at, days) < most
            for days, most in zip((1, 7, 30), caps["follow_up"], strict=True)
        )

    @staticmethod
    def count(rows: list[dict[str, object]], at: datetime, days: int) -> int:
        first = at.date() - timedelta(days=days - 1)
        return sum(first <= row["at"].date() <= at.date() for row in rows)  # type: ignore[attr-defined]


@pytest.mark.django_db
@pytest.mark.usefixtures("shipped_policy")
def test_whatever_happens_no_cap_is_passed() -> None:
    run_state_machine_as_test(
        Governor,
        settings=settings(
            max_examples=12, stateful_step_count=35, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
