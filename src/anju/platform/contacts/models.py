"""How people are reached, and every time they were."""

from django.db import models
from django.db.models import Q

from anju.platform.identity.fields import EncryptedTextField


class Address(models.Model):
    """Contact detail 联系方式: where a channel reaches a person, encrypted, with its health.

    ``value``: a phone number, an e-mail address, a WeCom external user id 企业微信, a web push subscription (JSON)
    or a postal address 邮寄地址; one spelling a value (`address_values.normal`).
    """

    KINDS = ("phone", "email", "wecom", "push", "post")
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

    ``state``: a *reserved* contact counts against the caps until it is *done* or *void*.
    ``recording_checksum``: SHA-256 of the recording, hex. ``agency_id``: the outside agency 催收机构 that acted.
    """

    PURPOSES = ("service", "reminder", "collection", "follow_up", "survey", "marketing")
    CHANNELS = ("inbox", "sms", "email", "wecom", "push", "call", "voice", "visit", "letter")
    STATES = ("reserved", "done", "void")

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

    class Meta:
        indexes = [
            models.Index(name="contact_person_at", fields=["person_id", "-at"]),
            models.Index(name="contact_subject", fields=["subject_type", "subject_id"]),
        ]
        constraints = [
            models.UniqueConstraint(
                name="contact_one_per_attempt", fields=["attempt_id"], condition=Q(attempt_id__isnull=False)
            )
        ]


class StopFlag(models.Model):
    """Stop flag 停止联系标记: complaint, dispute, death, serious illness, bankruptcy, opt-out."""

    KINDS = ("complaint", "dispute", "death", "serious_illness", "bankruptcy", "opt_out")

    person_id = models.BigIntegerField()
    kind = models.CharField(max_length=20, choices=[(k, k) for k in KINDS])
    reason = models.CharField(max_length=200)
    set_by = models.CharField(max_length=80)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(name="stop_flag_person", fields=["person_id"], condition=Q(active_to__isnull=True))
        ]
