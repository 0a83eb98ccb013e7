"""A real SIP peer for the voice tests: Debian's `sipp` (package sip-tester), told in scenarios what to do with a call."""

import os
import re
import shutil
import socket
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.site.installations import wait_until

REQUIRED = os.environ.get("ANJU_REQUIRE_SIP") == "1"
HEADS = "[last_Via:]\n[last_From:]\n[last_To:]{tag}\n[last_Call-ID:]\n[last_CSeq:]\n"
SDP = """
v=0
o=user1 53655765 2353687637 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP {codec} 96
a=rtpmap:{codec} {law}/8000
a=rtpmap:96 telephone-event/8000
"""


def require(program: str, package: str) -> str:
    """A program of the voice tests; without it the test is skipped, or fails where it must run (`ANJU_REQUIRE_SIP=1`)."""
    found = shutil.which(program)
    if found is None:
        missing = f"{program} is not installed (package {package})"
        if REQUIRED:
            pytest.fail(f"{missing}, and ANJU_REQUIRE_SIP=1")
        pytest.skip(f"not run: {missing}")
    return found


def says(status: str, *, tag: str = ";tag=peer[call_number]", extra: str = "", sdp: str = "") -> str:
    """An answer to the request before."""
    kind = "Content-Type: application/sdp\n" if sdp else ""
    contact = "Contact: <sip:[local_ip]:[local_port];transport=[transport]>\n" if sdp else ""
    text = f"SIP/2.0 {status}\n{HEADS.format(tag=tag)}{contact}{extra}{kind}Content-Length: [len]\n{sdp or chr(10)}"
    return f"<send><![CDATA[\n{text}\n]]></send>"


def asks(method: str, number: int, *, body: str = "", kind: str = "") -> str:
    """A request of the peer within the call."""
    head = f"Content-Type: {kind}\n" if kind else ""
    return (
        f"<send retrans='500'><![CDATA[\n{method} [next_url] SIP/2.0\nVia: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\n"
        f"From: <sip:bob@[local_ip]:[local_port]>;tag=peer[call_number]\nTo: [$caller]\nCall-ID: [call_id]\n"
        f"CSeq: {number} {method}\nMax-Forwards: 70\n{head}Content-Length: [len]\n\n{body}\n]]></send><recv response='200'/>"
    )


HEARS_INVITE = (
    "<recv request='INVITE' rrs='true'><action><ereg regexp='.*' search_in='hdr' header='From:' assign_to='caller'/>"
    "</action></recv>"
)
ANSWERS = says("200 OK", sdp=SDP.format(codec=8, law="PCMA")) + "<recv request='ACK' rrs='true'/>"
ANSWERS_MU = says("200 OK", sdp=SDP.format(codec=0, law="PCMU")) + "<recv request='ACK'/>"
RINGS = says("180 Ringing")
HEARS_BYE = "<recv request='BYE'/>" + says("200 OK", tag="")
ASKS_PASSWORD = says(
    "401 Unauthorized",
    extra='WWW-Authenticate: Digest realm="bank", nonce="47ebe028cda119c3", qop="auth", algorithm=MD5\n',
) + (
    "<recv request='ACK'/><recv request='INVITE' rrs='true'><action><verifyauth assign_to='ok' username='anju' password='secret'/>"
    "<ereg regexp='.*' search_in='hdr' header='From:' assign_to='caller'/></action></recv>"
    "<nop hide='true' test='ok' next='fine'/>"
    + says("403 Forbidden")
    + "<recv request='ACK' next='end'/><label id='fine'/>"
)


def presses(key: str) -> str:
    """A key, as RFC 4733 packets."""
    return f"<nop><action><exec play_dtmf='{key}'/></action></nop>"


def waits(milliseconds: int) -> str:
    """Silence."""
    return f"<pause milliseconds='{milliseconds}'/>"


class Peer:
    """One `sipp` that takes one call."""

    def __init__(self, folder: Path, *steps: str) -> None:
        program = require("sipp", "sip-tester")
        body = "".join(steps)
        used = "".join(
            f"<Reference variables='{name}'/>" for name in ("ok", "caller") if f"assign_to='{name}'" in body
        )
        text = f"<?xml version='1.0' encoding='UTF-8'?>\n<scenario name='peer'>{body}<label id='end'/>{used}</scenario>"
        (folder / "peer.xml").write_text(_double_quoted(text))
        self.port, media = free_udp(), free_udp()
        self.errors = folder / "errors.log"
        self.process = subprocess.Popen(
            [program, "-sf", "peer.xml", "-i", "127.0.0.1", "-p", str(self.port), "-mi", "127.0.0.1", "-mp", str(media),
             "-m", "1", "-nostdin", "-timeout", "15s", "-trace_err", "-error_file", str(self.errors)],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, env={**os.environ, "TERM": "xterm"},
        )  # fmt: skip
        self._until_bound()

    def _until_bound(self) -> None:
        wanted = f"0100007F:{self.port:04X}"

        def bound() -> bool:
            assert self.process.poll() is None, self.why()
            return wanted in Path("/proc/net/udp").read_text()

        wait_until(bound, "sipp listens")

    def end(self) -> int:
        """Its exit code: 0 when the call went as the scenario says."""
        try:
            return self.process.wait(15)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    def why(self) -> str:
        """What it complains of."""
        return self.errors.read_text()[:2000] if self.errors.exists() else ""


def _double_quoted(text: str) -> str:
    """sipp reads attributes in double quotes only; what it sends stays as it is."""
    parts = re.split(r"(<!\[CDATA\[.*?\]\]>)", text, flags=re.DOTALL)
    return "".join(part if part.startswith("<![") else part.replace("'", '"') for part in parts)


def free_udp() -> int:
    """A UDP port nobody uses."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number
