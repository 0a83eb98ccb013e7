"""How WeCom and WeChat seal their calls to us 回调加解密: signature and AES, by the official scheme.

Signature: SHA-1 over token, timestamp, nonce and the sealed text, sorted and joined. Sealed text: base64 of AES-256-CBC
over 16 random bytes, the length (4 bytes, big endian), the message and the receiver's id; padded to 32 bytes.
"""

import base64
import binascii
import hashlib
import hmac
import html
import os
import re

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
_FIELD = re.compile(r"<(\w{1,40})>(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))</\1>", re.DOTALL)


class BadSeal(ValueError):
    """Not sealed with our key, or for somebody else."""


class Seal:
    """One callback configuration: `token`, `aes_key` (the 43 characters shown in the console), `receiver` (corp id)."""

    def __init__(self, token: str, aes_key: str, receiver: str) -> None:
        try:
            key = base64.b64decode(aes_key + "=", validate=True)
        except binascii.Error as error:
            raise ValueError("aes_key: 43 letters and digits are needed") from error
        if len(key) != 32 or not token:
            raise ValueError("aes_key: 43 letters and digits are needed, and a token")
        self._key = key
        self._token = token
        self._receiver = receiver.encode()

    def signature(self, stamp: str, nonce: str, sealed: str) -> str:
        """Value of `msg_signature`."""
        joined = "".join(sorted((self._token, stamp, nonce, sealed)))
        return hashlib.sha1(
            joined.encode(), usedforsecurity=False
        ).hexdigest()  # the scheme of the other side

    def signed(self, given: str, stamp: str, nonce: str, sealed: str) -> bool:
        """Whether a signature is right, compared in constant time."""
        return hmac.compare_digest(self.signature(stamp, nonce, sealed).encode(), given.encode())

    def open(self, sealed: str) -> bytes:
        """The message. Raises BadSeal."""
        try:
            data = base64.b64decode(sealed, validate=True)
        except ValueError as error:
            raise BadSeal("not base64") from error
        if not data or len(data) % 16:
            raise BadSeal("length")
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
        pad = plain[-1]
        if not 1 <= pad <= BLOCK or len(plain) < 20 + pad:
            raise BadSeal("padding")
        size = int.from_bytes(plain[16:20], "big")
        message, receiver = plain[20 : 20 + size], plain[20 + size : -pad]
        if len(message) != size or receiver != self._receiver:
            raise BadSeal("receiver")
        return message

    def close(self, message: bytes, *, salt: bytes = b"") -> str:
        """The message sealed, as the other side does it (tests and the simulator)."""
        plain = (salt or os.urandom(16)) + len(message).to_bytes(4, "big") + message + self._receiver
        pad = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def fields(text: str) -> dict[str, str]:
    """The flat fields of a callback's XML, inside `<xml>`. No XML parser, so nothing of DTDs or entities can bite."""
    inner = text.partition("<xml>")[2] or text
    return {name: cdata or html.unescape(plain) for name, cdata, plain in _FIELD.findall(inner)}
