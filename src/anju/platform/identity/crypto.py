"""Field encryption 字段加密: AES-256-GCM with a key id, and keyed blind indexes for look-up.

Keys come from the environment (``ANJU_FIELD_KEYS``: ``id:base64[,id:base64...]``, the first one encrypts; and
``ANJU_INDEX_KEY``). An old key stays in the list until everything it wrote has been written again.
"""

import base64
import hmac
import os
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings


@lru_cache(maxsize=4)
def _ring(text: str) -> tuple[bytes, dict[bytes, AESGCM]]:
    ring: dict[bytes, AESGCM] = {}
    for part in text.split(","):
        key_id, _, key = part.strip().partition(":")
        ring[key_id.encode().ljust(4, b"\0")[:4]] = AESGCM(base64.b64decode(key))
    return next(iter(ring)), ring


def encrypt(text: str) -> bytes:
    """4 bytes key id, 12 bytes nonce, then ciphertext with tag."""
    return encrypt_bytes(text.encode())


def encrypt_bytes(data: bytes) -> bytes:
    """The same of any bytes, for whole files."""
    first, ring = _ring(settings.ANJU_FIELD_KEYS)
    nonce = os.urandom(12)
    return first + nonce + ring[first].encrypt(nonce, data, first)


def decrypt(data: bytes) -> str:
    """The text again. Raises ``KeyError`` for an unknown key and ``InvalidTag`` for changed bytes."""
    return decrypt_bytes(data).decode()


def decrypt_bytes(data: bytes) -> bytes:
    """The bytes again. Raises as ``decrypt`` does."""
    key_id = bytes(data[:4])
    _, ring = _ring(settings.ANJU_FIELD_KEYS)
    return ring[key_id].decrypt(bytes(data[4:16]), bytes(data[16:]), key_id)


def blind_index(kind: str, value: str) -> bytes:
    """16 bytes that are equal for equal values of one kind, and say nothing without the key."""
    return hmac.digest(_index_key(settings.ANJU_INDEX_KEY), f"{kind}\0{value}".encode(), "sha256")[:16]


@lru_cache(maxsize=4)
def _index_key(text: str) -> bytes:
    return base64.b64decode(text)
