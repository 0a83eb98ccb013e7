"""Sealing of web push messages 推送加密: aes128gcm to the browser's key (RFC 8291), and who we are (VAPID, RFC 8292)."""

import base64
import json
import os

from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

RECORD_SIZE = 4096
TEXT_BYTES_MAX = 3900
"""One record: 4,096 bytes with its header (86), its tag (16) and its end mark."""

_POINT = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def b64(data: bytes) -> str:
    """URL-safe base64 without padding, as browsers write it."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """The bytes again. Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    """A P-256 key from its 32 bytes in URL-safe base64. Raises ValueError."""
    number = unb64(text)
    if len(number) != 32:
        raise ValueError("key: 32 bytes in URL-safe base64 are needed (anju channels push-key)")
    return ec.derive_private_key(int.from_bytes(number, "big"), ec.SECP256R1())


def new_private_key() -> str:
    """A new key, as `private_key` reads it."""
    return b64(ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big"))


def public_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Its public point, 65 bytes."""
    return key.public_key().public_bytes(*_POINT)


def seal(
    text: bytes,
    *,
    p256dh: str,
    auth: str,
    salt: bytes = b"",
    ours: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """A body with `Content-Encoding: aes128gcm`. `p256dh`, `auth`: keys of the subscription. Raises ValueError for odd
    keys and for a text above `TEXT_BYTES_MAX`. `salt` and `ours` are given by tests only."""
    if len(text) > TEXT_BYTES_MAX:
        raise ValueError(f"{len(text)} bytes, at most {TEXT_BYTES_MAX}")
    salt = salt or os.urandom(16)
    ours = ours or ec.generate_private_key(ec.SECP256R1())
    theirs = unb64(p256dh)
    key, nonce = _keys(ours, theirs, public_bytes(ours), theirs, unb64(auth), salt)
    point = public_bytes(ours)
    head = salt + RECORD_SIZE.to_bytes(4, "big") + bytes([len(point)]) + point
    return head + AESGCM(key).encrypt(nonce, text + b"\x02", None)


def unseal(body: bytes, *, key: ec.EllipticCurvePrivateKey, auth: str) -> bytes:
    """What a browser reads out of a body (the simulator's side). Raises ValueError, InvalidTag."""
    salt, size = body[:16], body[20]
    point = body[21 : 21 + size]
    secret, nonce = _keys(key, point, point, public_bytes(key), unb64(auth), salt)
    return AESGCM(secret).decrypt(nonce, body[21 + size :], None).rstrip(b"\0")[:-1]


def _keys(
    ours: ec.EllipticCurvePrivateKey, theirs: bytes, sender: bytes, receiver: bytes, auth: bytes, salt: bytes
) -> tuple[bytes, bytes]:
    """Key and nonce of the record."""
    if len(auth) != 16:
        raise ValueError("auth: 16 bytes")
    peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
    shared = ours.exchange(ec.ECDH(), peer)
    material = _derive(auth, shared, b"WebPush: info\0" + receiver + sender, 32)
    key = _derive(salt, material, b"Content-Encoding: aes128gcm\0", 16)
    return key, _derive(salt, material, b"Content-Encoding: nonce\0", 12)


def _derive(salt: bytes, material: bytes, info: bytes, size: int) -> bytes:
    """HKDF with SHA-256 for up to 32 bytes."""
    return _mac(_mac(salt, material), info + b"\x01")[:size]


def _mac(key: bytes, data: bytes) -> bytes:
    mac = hmac.HMAC(key, hashes.SHA256())
    mac.update(data)
    return mac.finalize()


def vapid(key: ec.EllipticCurvePrivateKey, *, audience: str, contact: str, ends: int) -> str:
    """Value of `Authorization`. `audience`: origin of the push service; `contact`: mail address; `ends`: unix second."""
    head = b64(json.dumps({"typ": "JWT", "alg": "ES256"}, separators=(",", ":")).encode())
    claims = {"aud": audience, "exp": ends, "sub": f"mailto:{contact}"}
    signed = f"{head}.{b64(json.dumps(claims, separators=(',', ':')).encode())}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    token = f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    return f"vapid t={token}, k={b64(public_bytes(key))}"
