"""SIP in writing 会话发起协议: requests, answers, digest (RFC 3261, 7616), and what an SDP offers (RFC 4566). Nothing is sent here."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

MESSAGE_MAX = 16 * 1024
CODECS = {8: "PCMA", 0: "PCMU"}
EVENT_TYPE = 101
_SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type"}  # fmt: skip


class NotSip(ValueError):
    """These bytes are no SIP message we can read."""


@dataclass(frozen=True, slots=True)
class SipMessage:
    """A message as it came. `status` 0: a request by `method`. Header names are in small letters, values in order."""

    status: int
    method: str
    target: str
    headers: Mapping[str, list[str]]
    body: str

    def head(self, name: str) -> str:
        """First value of a header, or ""."""
        return next(iter(self.headers.get(name, [])), "")

    @property
    def sequence(self) -> tuple[int, str]:
        """Number and method of CSeq."""
        number, _, method = self.head("cseq").partition(" ")
        return (int(number) if number.isdigit() else -1, method.strip())


def parse(data: bytes) -> SipMessage:
    """Raises NotSip."""
    if len(data) > MESSAGE_MAX:
        raise NotSip(f"{len(data)} bytes")
    text = data.decode("utf-8", errors="replace")
    top, _, body = text.partition("\r\n\r\n")
    first, *lines = top.split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in re.sub(r"\r\n[ \t]+", " ", "\r\n".join(lines)).split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            headers.setdefault(_SHORT.get(key, key), []).append(value.strip())
    words = first.split(" ", 2)
    if len(words) == 3 and words[0] == "SIP/2.0" and words[1].isdigit() and len(words[1]) == 3:
        return SipMessage(int(words[1]), "", "", headers, body)
    if len(words) == 3 and words[2] == "SIP/2.0":
        return SipMessage(0, words[0], words[1], headers, body)
    raise NotSip(first[:80])


def write(first: str, headers: list[tuple[str, str]], body: str = "") -> bytes:
    """The bytes of a message, with its length."""
    lines = [first, *(f"{name}: {_plain(value)}" for name, value in headers)]
    return ("\r\n".join([*lines, f"Content-Length: {len(body.encode())}"]) + "\r\n\r\n" + body).encode()


def answer(request: SipMessage, status: int, reason: str, tag: str, extra: list[tuple[str, str]], body: str = "") -> bytes:  # fmt: skip
    """Our answer to a request of the other side."""
    copied = [("Via", via) for via in request.headers.get("via", [])]
    to = request.head("to")
    headers = [
        *copied, ("From", request.head("from")), ("To", to if "tag=" in to else f"{to};tag={tag}"),
        ("Call-ID", request.head("call-id")), ("CSeq", request.head("cseq")), *extra,
    ]  # fmt: skip
    return write(f"SIP/2.0 {status} {reason}", headers, body)


def _plain(value: str) -> str:
    return value.replace("\r", " ").replace("\n", " ")


def authorization(challenge: str, *, method: str, uri: str, user: str, password: str) -> str:
    """Value of (Proxy-)Authorization for a Digest challenge: MD5 or SHA-256, `qop=auth` or none. Raises NotSip."""
    kind, _, rest = challenge.partition(" ")
    fields = {name.lower(): quoted or bare for name, quoted, bare in
              re.findall(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))', rest)}  # fmt: skip
    algorithm = fields.get("algorithm", "MD5").upper()
    if kind.lower() != "digest" or algorithm not in ("MD5", "SHA-256") or "nonce" not in fields:
        raise NotSip(f"challenge {kind} {algorithm}")

    def digest(*parts: str) -> str:
        text = ":".join(parts).encode()
        return hashlib.sha256(text).hexdigest() if algorithm == "SHA-256" else _md5(text)

    realm, nonce = fields.get("realm", ""), fields["nonce"]
    first, second = digest(user, realm, password), digest(method, uri)
    given = f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", algorithm={algorithm}'
    if "opaque" in fields:
        given += f', opaque="{fields["opaque"]}"'
    if "auth" in [one.strip() for one in fields.get("qop", "").split(",")]:
        own = secrets.token_hex(8)
        answered = digest(first, nonce, "00000001", own, "auth", second)
        return f'{given}, qop=auth, nc=00000001, cnonce="{own}", response="{answered}"'
    return f'{given}, response="{digest(first, nonce, second)}"'


def _md5(text: bytes) -> str:
    """SIP's digest is MD5 by its standard; it protects a password on a private line, nothing else."""
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Media:
    """Where the other side hears: address, port, codec (`CODECS`), and the type of its key presses."""

    host: str
    port: int
    codec: int
    event_type: int


def offer(host: str, port: int, session: int) -> str:
    """Our SDP: G.711 and key presses (RFC 4733)."""
    kinds = " ".join(str(kind) for kind in CODECS)
    maps = "".join(f"a=rtpmap:{kind} {name}/8000\r\n" for kind, name in CODECS.items())
    return (
        f"v=0\r\no=anju {session} {session} IN IP4 {host}\r\ns=anju\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP {kinds} {EVENT_TYPE}\r\n{maps}a=rtpmap:{EVENT_TYPE} telephone-event/8000\r\n"
        f"a=fmtp:{EVENT_TYPE} 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )


def media(sdp: str) -> Media | None:
    """What an answer accepts; None when there is no sound we can make."""
    host, chosen, event_type = "", None, EVENT_TYPE
    sound = False
    for line in sdp.splitlines():
        if line.startswith("m="):
            words = line[2:].split()
            sound = (
                len(words) > 3 and words[0] == "audio" and words[1].isdigit() and 0 < int(words[1]) < 65536
            )
            if sound and chosen is None:
                kinds = [int(one) for one in words[3:] if one.isdigit() and int(one) in CODECS]
                chosen = (int(words[1]), kinds[0]) if kinds else None
        elif line.startswith("c=IN IP4 ") and (sound or not host):
            host = line.split()[2].partition("/")[0]
        elif sound and (found := re.match(r"a=rtpmap:(\d+) telephone-event/8000", line)):
            event_type = int(found[1])
    if chosen is None or not host or host == "0.0.0.0":  # noqa: S104 -- "on hold", not an address to bind
        return None
    return Media(host, chosen[0], chosen[1], event_type)


OUTCOMES = {
    404: "no_such_address", 410: "no_such_address", 484: "no_such_address", 604: "no_such_address",
    486: "busy", 600: "busy", 403: "rejected", 433: "rejected", 603: "rejected", 607: "rejected", 608: "rejected",
    408: "no_answer", 480: "no_answer", 487: "no_answer",
}  # fmt: skip


def outcome(status: int) -> str:
    """Our word for a final refusal: no_such_address | busy | rejected | no_answer | line_failed."""
    return OUTCOMES.get(status, "line_failed")
