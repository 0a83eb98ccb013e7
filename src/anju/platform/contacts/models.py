"""How people are reached, and every time they were."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Func, Q, Value

from anju.core.contact_policy.rules import FLAGS
from anju.platform.identity.fields import EncryptedTextField


class Address(models.Model):
    """Contact detail 联系方式: where a channel reaches a person, encrypted, with its health.

    ``value``: a phone number, an e-mail address, a WeCom external user id 企业微信, the openid at our official account
    公众号, a web push subscription (JSON) or a postal address 邮寄地址; one spelling a value (`address_values.normal`).
    """

    KINDS = ("phone", "email", "wecom", "wechat", "push", "post")
    HEALTH = ("unverified", "verified", "stale", "bounced", "wrong_person")

    person_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=[(k, k) for k in KINDS])
    value = EncryptedTextField()
    value_index = models.BinaryField()
    health = models.CharField(max_length=14, choices=[(h, h) for h in HEALTH], default="unverified")
    health_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="address_one_live_per_kind",
                fields=["person_id", "kind"],
                condition=Q(active_to__isnull=True),
            ),
        ]
        indexes = [models.Index(name="address_lookup", fields=["kind", "value_index"])]


class Contact(models.Model):
    """Contact 联系记录: one row for everything that reached, or tried to reach, a person - inbound too.

    ``state``: a *reserved* contact counts against the caps until it is *done* or *void*; one that nobody finished is
    *expired* and goes on counting. ``basis``: "" the ordinary rule, "request" (the person asked for it, never counted),
    "appointment:<id>", "override:<id>", "outside:<code>" (it took place against the rule). ``reason``: why, a code of
    `contact.toml` or a kind of work. ``recording_checksum``: SHA-256 of the recording, hex. ``agency_id``: the outside
    agency 催收机构 that acted.
    """

    PURPOSES = ("service", "reminder", "collection", "follow_up", "survey", "marketing")
    CHANNELS = ("inbox", "sms", "email", "wecom", "wechat", "push", "call", "voice", "visit", "letter")
    STATES = ("reserved", "expired", "done", "void")

    person_id = models.BigIntegerField()
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    purpose = models.CharField(max_length=12, choices=[(p, p) for p in PURPOSES])
    channel = models.CharField(max_length=10, choices=[(c, c) for c in CHANNELS])
    outbound = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=[(s, s) for s in STATES], default="reserved")
    at = models.DateTimeField()
    answered = models.BooleanField(default=False)
    outcome_code = models.CharField(max_length=40, blank=True)
    actor = models.CharField(max_length=80)
    attempt_id = models.BigIntegerField(null=True)
    recording_ref = models.CharField(max_length=120, blank=True)
    recording_checksum = models.CharField(max_length=64, blank=True)
    agency_id = models.BigIntegerField(null=True)
    policy_version = models.CharField(max_length=16, blank=True)
    basis = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(name="contact_person_at", fields=["person_id", "-at"]),
            models.Index(name="contact_subject", fields=["subject_type", "subject_id"]),
            models.Index(name="contact_recording", fields=["recording_ref"], condition=~Q(recording_ref="")),
            # Block ranges: finds what was reserved long ago, and an update of `state` stays cheap.
            BrinIndex(name="contact_at", fields=["at"], pages_per_range=32),
        ]
        constraints = [
            models.UniqueConstraint(
                name="contact_one_per_attempt", fields=["attempt_id"], condition=Q(attempt_id__isnull=False)
            ),
            models.CheckConstraint(
                name="contact_open_has_no_result",
                condition=~Q(state__in=["reserved", "expired"]) | Q(outcome_code="", answered=False),
            ),
            models.CheckConstraint(
                name="contact_inbound_is_done", condition=Q(outbound=True) | Q(state="done")
            ),
        ]


class StopFlag(models.Model):
    """Stop flag 停止联系标记: complaint, dispute, death, serious illness, bankruptcy, opt-out, objection to the use of
    personal data, special care (vulnerable).
    """

    KINDS = FLAGS

    person_id = models.BigIntegerField()
    kind = models.CharField(max_length=20, choices=[(k, k) for k in KINDS])
    reason = models.CharField(max_length=200)
    set_by = models.CharField(max_length=80)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(name="stop_flag_of_person", fields=["person_id"])]
        constraints = [
            models.UniqueConstraint(
                name="stop_flag_one_live", fields=["person_id", "kind"], condition=Q(active_to__isnull=True)
            )
        ]


class Consent(models.Model):
    """Consent record 同意记录: what a person agreed to or refused, for a purpose and a channel ("": all of them), how, and
    to which wording. One live row each; a new statement ends the old one.
    """

    SOURCES = ("portal", "desk", "link", "paper", "call")

    person_id = models.BigIntegerField()
    purpose = models.CharField(max_length=12, choices=[(p, p) for p in Contact.PURPOSES])
    channel = models.CharField(max_length=10, blank=True)
    agreed = models.BooleanField()
    source = models.CharField(max_length=10, choices=[(s, s) for s in SOURCES])
    wording_version = models.CharField(max_length=16, blank=True)
    by = models.CharField(max_length=80)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(name="consent_person", fields=["person_id"])]
        constraints = [
            models.UniqueConstraint(
                name="consent_one_live",
                fields=["person_id", "purpose", "channel"],
                condition=Q(active_to__isnull=True),
            )
        ]


class ContactHours(models.Model):
    """Preferred contact time 希望的联系时段: hours of the week in the person's zone, half-open. ``weekdays``: bit n-1 is ISO
    weekday n. ``agreed``: may lie outside the usual window 约定时段.
    """

    person_id = models.BigIntegerField()
    weekdays = models.PositiveSmallIntegerField()
    start = models.TimeField()
    end = models.TimeField()
    agreed = models.BooleanField(default=False)
    source = models.CharField(max_length=10, choices=[(s, s) for s in Consent.SOURCES])
    by = models.CharField(max_length=80)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(name="contact_hours_person", fields=["person_id"])]
        constraints = [
            models.CheckConstraint(name="contact_hours_in_order", condition=Q(start__lt=F("end"))),
            models.CheckConstraint(
                name="contact_hours_weekdays", condition=Q(weekdays__gte=1, weekdays__lte=127)
            ),
        ]


class Appointment(models.Model):
    """Appointment 预约: the person invited us, for one purpose and channel, at this time. Half-open."""

    person_id = models.BigIntegerField()
    purpose = models.CharField(max_length=12, choices=[(p, p) for p in Contact.PURPOSES])
    channel = models.CharField(max_length=10, choices=[(c, c) for c in Contact.CHANNELS])
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(name="appointment_person", fields=["person_id", "-ends_at"])]
        constraints = [
            models.CheckConstraint(name="appointment_in_order", condition=Q(starts_at__lt=F("ends_at")))
        ]


class Override(models.Model):
    """Override 特批: one contact against the rule, asked for by one person and decided by another; used once.

    `lifecycles.OVERRIDE`: asked, granted, refused, used, expired.
    """

    STATES = ("asked", "granted", "refused", "used", "expired")

    person_id = models.BigIntegerField()
    branch_id = models.BigIntegerField(null=True)
    purpose = models.CharField(max_length=12, choices=[(p, p) for p in Contact.PURPOSES])
    channel = models.CharField(max_length=10, choices=[(c, c) for c in Contact.CHANNELS])
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=[(s, s) for s in STATES], default="asked")
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=200, blank=True)
    contact_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(name="override_person", fields=["person_id"]),
            models.Index(name="override_open", fields=["to_at"], condition=Q(state__in=["asked", "granted"])),
        ]
        constraints = [
            models.CheckConstraint(name="override_in_order", condition=Q(from_at__lt=F("to_at"))),
            models.CheckConstraint(
                name="override_decided",
                condition=Q(state__in=["asked", "expired"]) | Q(decided_at__isnull=False),
            ),
            models.CheckConstraint(name="override_not_by_the_asker", condition=~Q(decided_by=F("asked_by"))),
            models.CheckConstraint(
                name="override_used",
                condition=Q(state="used", contact_id__isnull=False) | (~Q(state="used") & Q(contact_id=None)),
            ),
        ]


class NamedContact(models.Model):
    """Named contact 第三方联系人: whom a debtor named. ``reference``: may be asked to pass on a call back, once they agreed
    (``consent_at``); ``estate``: speaks for the estate of a debtor who died 遗产联系人.
    """

    ROLES = ("reference", "estate")

    debtor_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    role = models.CharField(max_length=10, choices=[(r, r) for r in ROLES])
    consent_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=80)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(name="named_contact_debtor", fields=["debtor_id"])]
        constraints = [
            models.UniqueConstraint(
                name="named_contact_one_live",
                fields=["person_id", "debtor_id"],
                condition=Q(active_to__isnull=True),
            )
        ]


class Agency(models.Model):
    """Collection agency 催收机构: an outside processor; it may contact customers only while its contract is in force.

    ``scope``: "all" loans, or "loans": only those that are assigned to it (`AgencyLoan`), none while there are none.
    """

    SCOPES = ("all", "loans")

    name = models.CharField(max_length=80, unique=True)
    contract_ref = models.CharField(max_length=80)
    scope = models.CharField(max_length=5, choices=[(s, s) for s in SCOPES], default="all", db_default="all")
    by = models.CharField(max_length=80)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True)


def _one(field: str) -> Func:
    """A number as a range, so that an exclusion needs no extension of the database."""
    return Func(F(field), F(field), Value("[]"), function="int8range", output_field=BigIntegerRangeField())


class AgencyLoan(models.Model):
    """Agency assignment 委案: this loan is given to this agency for a time, half-open; ended with who and why. A loan is
    given to an agency once at a time, and may be with several.
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="loans")
    loan_id = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    by = models.CharField(max_length=80)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=80, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(name="agency_loan_agency", fields=["agency", "loan_id"]),
            models.Index(name="agency_loan_loan", fields=["loan_id"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="agency_loan_in_order", condition=Q(active_to=None) | Q(active_to__gte=F("active_from"))
            ),
            models.CheckConstraint(
                name="agency_loan_ended",
                condition=Q(ended_by="", end_reason="")
                | (~Q(ended_by="") & ~Q(end_reason="") & Q(active_to__isnull=False)),
            ),
            ExclusionConstraint(
                name="agency_loan_once_at_a_time",
                expressions=[
                    (_one("agency_id"), RangeOperators.OVERLAPS),
                    (_one("loan_id"), RangeOperators.OVERLAPS),
                    (
                        Func(
                            "active_from",
                            "active_to",
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
