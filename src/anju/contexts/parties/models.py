"""Persons."""

from django.db import models

from anju.platform.identity.fields import EncryptedTextField


class Person(models.Model):
    """Person 当事人: a borrower, co-borrower or guarantor; one row per ID number. Phones and e-mails live in contacts.

    Somebody a borrower only named as a contact 第三方联系人 has no ID number on file ("", its index is drawn by lot): the bank
    needs none to ask for a call back (PIPL Art. 6, as little as possible).
    """

    name = models.CharField(max_length=80)
    id_number = EncryptedTextField()
    id_number_index = models.BinaryField(unique=True)
    language = models.CharField(max_length=10, default="zh-hans")
    zone = models.CharField(max_length=40, default="Asia/Shanghai")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="person_name", fields=["name"], opclasses=["text_pattern_ops"])]
