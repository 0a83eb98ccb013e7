"""One spelling a value: an address is stored, and looked up, in its normal form."""

import json

from anju.core.checks import bad

VALUE_MAX = 4000
"""Longest address in characters: a web push subscription has about 500."""

PUSH_KEYS = ("auth", "p256dh")
"""Keys of a web push subscription (RFC 8291)."""


def normal(kind: str, value: str) -> str:
    """The one spelling of an address of this kind; "" stays "". Raises BadInput.

    phone: digits without blanks and hyphens; email: lower case; wecom, wechat: the external user id and the openid
    as they are; push: the subscription as canonical JSON (`endpoint` and `keys` only); post: one line, single blanks.
    """
    value = value.strip()
    if len(value) > VALUE_MAX:
        raise bad("address", f"{len(value)} characters", f"at most {VALUE_MAX} characters")
    if kind == "phone":
        return value.replace(" ", "").replace("-", "")
    if kind == "email":
        return value.lower()
    if kind == "push":
        return _subscription(value) if value else ""
    return " ".join(value.split())


def _subscription(text: str) -> str:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise bad("address", text[:80], "a web push subscription as JSON") from error
    keys = found.get("keys") if isinstance(found, dict) else None
    endpoint = found.get("endpoint") if isinstance(found, dict) else None
    whole = isinstance(keys, dict) and all(isinstance(keys.get(name), str) for name in PUSH_KEYS)
    if not whole or not isinstance(endpoint, str) or not endpoint.startswith("https://"):
        raise bad("address", text[:80], "endpoint (https) and keys auth, p256dh")
    assert isinstance(keys, dict)
    kept = {"endpoint": endpoint, "keys": {name: keys[name] for name in PUSH_KEYS}}
    return json.dumps(kept, separators=(",", ":"), sort_keys=True)
