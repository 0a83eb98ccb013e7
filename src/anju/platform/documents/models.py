"""Files with checksums."""

from django.db import models


class StoredFile(models.Model):
    """Stored file 文件: bytes kept once by checksum, with where they came from and how long they stay."""

    sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size_bytes = models.BigIntegerField()
    content = models.BinaryField()
    kind = models.CharField(max_length=40)
    stored_at = models.DateTimeField()
    stored_by = models.CharField(max_length=80)
    keep_until = models.DateField(null=True)
