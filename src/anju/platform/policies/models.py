"""Versions of dated policy data."""

from django.db import models


class PolicyVersion(models.Model):
    """Policy version 政策数据版本: the exact content of one policy file, kept by hash for ever.

    ``name`` is the file name (``lpr.csv``, ``journeys.toml`` ...). The version in force is the last one
    loaded: the one with the highest ``load_no`` (from a sequence). Loading an old version again gives it a
    new number.
    """

    name = models.CharField(max_length=60)
    version = models.CharField(max_length=16)
    content = models.TextField()
    load_no = models.BigIntegerField()
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="policy_name_version")]
        indexes = [models.Index(name="policy_in_force", fields=["name", "-load_no"])]
