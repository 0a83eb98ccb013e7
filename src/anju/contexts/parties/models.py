"""Persons."""

from django.db import models

from anju.platform.identity.fields import EncryptedTextField


class Person(models.Model):
    """Person 当事人: a borrower, co-borrower or guarantor; one row per ID number. Phones and e-mails live in contacts."""

    name = models.CharField(max_length=80)
    id_number = EncryptedTextField()
    id_number_index = models.BinaryField(unique=True)
    language = models.CharField(max_length=10, default="zh-hans")
    zone = models.CharField(max_length=40, default="Asia/Shanghai")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="person_name", fields=["name"], opclasses=["text_pattern_ops"])]
