"""Model field for encrypted text."""

from typing import Any

from django.db import models

from anju.platform.identity.crypto import decrypt, encrypt


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text in Python, ciphertext in the database. Not searchable: keep a blind index beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(None if value is None else encrypt(value), connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else decrypt(bytes(value))

    def to_python(self, value: Any) -> Any:
        return value
