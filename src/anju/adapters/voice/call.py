"""One automated call 一次自动语音呼叫: INVITE, prompts, key presses, BYE; over UDP, one thread, until its end.

First an introduction without any data of the loan: who calls, and that 1 is pressed by the person meant. Only then the
notice itself is played, and 1 confirms it; 2 (or 0) asks for a call back at any moment. Each is played `rounds` times
with silence after it. A voicemail box answers like a person and presses nothing: it hears the introduction alone.
"""

import secrets
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from anju.adapters.voice import sip, sound
from anju.adapters.voice.line import Line

RESENDS_MAX_SECONDS = 4.0
INVITE_SECONDS = 32.0
GOODBYE_SECONDS = 2.0
KEY_PAUSE_SECONDS = 1.0
ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO"

Tell = Callable[[str], object]
"""Called at once for each thing that happens: ringing, answered, introduced, identified, played, confirmed, callback."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is played, samples at 8 kHz: the introduction, and the notice itself."""

    intro: sound.Samples
    text: sound.Samples


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended: answered | no_answer | busy | rejected | no_such_address | line_failed | interrupted."""

    outcome: str
    detail: str = ""
    recording: Path | None = None
    checksum: str = ""
    seconds: float = 0.0


class SipCall:
    """One call over a line. `stop` is asked between packets: True hangs up."""

    def __init__(
        self, line: Line, number: str, script: Script, *, record_to: Path, tell: Tell,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        self.line = line
        self.script = script
        self.record_to = record_to
        self.tell = tell
        self.stop = stop
        self.uri = f"sip:{number}@{line.domain}"
        self.id = f"{secrets.token_hex(12)}@anju"
        self.tag = secrets.token_hex(6)
        self.to = f"<{self.uri}>"
        self.target = self.uri
        self.routes: list[str] = []
        self.sequence = 1
        self.branch = ""
        self.allowed = ""
        self.hung_up = False
        self.heard_ringing = False
        self.stage = "intro"
        self.pressed_at = -KEY_PAUSE_SECONDS
        self.invite = b""
        self.offered = ""
        self.confirmation = b""

    def run(self) -> Ended:
        """From the first INVITE to the last BYE; never longer than ringing and `call_seconds` together."""
        try:
            place = socket.getaddrinfo(self.line.host, self.line.port, socket.AF_INET, socket.SOCK_DGRAM)[0][
                4
            ]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as self.signals:
                self.signals.connect(place)
                self.here = self.signals.getsockname()
                with self._media_socket() as self.voice:
                    return self._call()
        except OSError as error:
            return Ended("line_failed", f"{type(error).__name__}: {error}"[:200])

    def _media_socket(self) -> socket.socket:
        low, high = self.line.media_ports
        for port in range(low, high + 1, 2) if low else (0,):
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                made.bind((self.here[0], port))
            except OSError:
                made.close()
                continue
            return made
        raise OSError(f"no free media port in {low}-{high}")

    def _call(self) -> Ended:
        final = self._until_answered()
        if final is None or final.status >= 300:
            outcome = self._refused(final)
            return outcome
        there = sip.media(final.body)
        self._confirm(final)
        if there is None:
            self._goodbye()
            return Ended("line_failed", "the answer names no sound we can make")
        self.tell("answered")
        return self._talk(there)

    def _refused(self, final: sip.SipMessage | None) -> Ended:
        if final is None:
            outcome = "interrupted" if self.stop() else "no_answer" if self.heard_ringing else "line_failed"
            return Ended(outcome, "no final answer")
        words = final.head("reason") or f"SIP {final.status}"
        return Ended(sip.outcome(final.status), words[:200])

    # -- until it is answered

    def _until_answered(self) -> sip.SipMessage | None:
        """The final answer to our INVITE; None when none came in time (the call is cancelled then)."""
        self._invite()
        began = time.monotonic()
        pause, resend_at = self.line.first_resend, began + self.line.first_resend
        early = tried_password = False
        while True:
            now = time.monotonic()
            limit = self.line.ring_seconds if early else min(INVITE_SECONDS, self.line.ring_seconds)
            if now - began > limit or self.stop():
                return self._cancelled(early)
            if not early and now >= resend_at:
                self.signals.send(self.invite)
                pause = min(pause * 2, RESENDS_MAX_SECONDS)
                resend_at = now + pause
            message = self._hear_signal(min(0.1, max(0.0, resend_at - now) if not early else 0.1))
            if message is None or not message.status or message.sequence != (self.sequence, "INVITE"):
                continue
            if message.status < 200:
                early = True
                self._ringing(message)
            elif message.status in (401, 407) and self.line.password and not tried_password:
                tried_password, early = True, False
                self._acknowledge_refusal(message)
                self._invite(message)
                pause, resend_at = self.line.first_resend, time.monotonic() + self.line.first_resend
            else:
                if message.status >= 300:
                    self._acknowledge_refusal(message)
                return message

    def _ringing(self, message: sip.SipMessage) -> None:
        if message.status in (180, 183) and not self.heard_ringing:
            self.heard_ringing = True
            self.tell("ringing")

    def _invite(self, challenge: sip.SipMessage | None = None) -> None:
        extra = [self._contact(), ("Allow", ALLOW)]
        if challenge is not None:
            self.sequence += 1
            proxy = challenge.status == 407
            value = sip.authorization(
                challenge.head("proxy-authenticate" if proxy else "www-authenticate"),
                method="INVITE", uri=self.uri, user=self.line.user, password=self.line.password,
            )  # fmt: skip
            extra.append(("Proxy-Authorization" if proxy else "Authorization", value))
        self.branch = f"z9hG4bK{secrets.token_hex(8)}"
        self.offered = sip.offer(self.here[0], self.voice.getsockname()[1], secrets.randbelow(1 << 30))
        extra.append(("Content-Type", "application/sdp"))
        self.invite = self._request("INVITE", self.uri, self.sequence, self.branch, extra, self.offered)
        self.signals.send(self.invite)

    def _request(
        self, method: str, target: str, number: int, branch: str, extra: list[tuple[str, str]], body: str = ""
    ) -> bytes:
        headers = [
            ("Via", f"SIP/2.0/UDP {self.here[0]}:{self.here[1]};branch={branch};rport"), ("Max-Forwards", "70"),
            ("From", f"<sip:{self.line.caller}@{self.line.domain}>;tag={self.tag}"), ("To", self.to),
            ("Call-ID", self.id), ("CSeq", f"{number} {method}"), ("User-Agent", "Anju"), *extra,
        ]  # fmt: skip
        return sip.write(f"{method} {target} SIP/2.0", headers, body)

    def _contact(self) -> tuple[str, str]:
        return ("Contact", f"<sip:{self.line.caller}@{self.here[0]}:{self.here[1]}>")

    def _acknowledge_refusal(self, message: sip.SipMessage) -> None:
        """ACK of a refusal belongs to the INVITE itself: the same branch (RFC 3261 17.1.1.3)."""
        to, self.to = self.to, message.head("to")
        self.signals.send(self._request("ACK", self.uri, self.sequence, self.branch, []))
        self.to = to

    def _cancelled(self, early: bool) -> sip.SipMessage | None:
        """Stop ringing. Somebody may answer in the same moment: then it is hung up at once."""
        if not early:
            return None
        self.signals.send(self._request("CANCEL", self.uri, self.sequence, self.branch, []))
        until = time.monotonic() + GOODBYE_SECONDS
        while time.monotonic() < until:
            message = self._hear_signal(0.1)
            if message is None or message.sequence != (self.sequence, "INVITE") or message.status < 200:
                continue
            if message.status < 300:
                self._confirm(message)
                self._goodbye()
                return None
            self._acknowledge_refusal(message)
            return None
        return None

    # -- within the call

    def _confirm(self, message: sip.SipMessage) -> None:
        """ACK of a 200; the other side's contact and route hold from now on."""
        self.to = message.head("to")
        contact = message.head("contact")
        inner = contact.partition("<")[2].partition(">")[0] or contact.partition(";")[0]
        self.target = inner if inner.startswith("sip:") else self.uri
        self.routes = list(reversed(", ".join(message.headers.get("record-route", [])).split(", ")))
        self.confirmation = self._request(
            "ACK", self.target, self.sequence, f"z9hG4bK{secrets.token_hex(8)}", self._route()
        )
        self.signals.send(self.confirmation)

    def _route(self) -> list[tuple[str, str]]:
        return [("Route", route) for route in self.routes if route]

    def _talk(self, there: sip.Media) -> Ended:
        sending, hearing = sound.Sending(there.codec), sound.Hearing(there.codec, there.event_type)
        recording = sound.Recording(self.record_to, there.codec)
        try:
            self._play(there, sending, hearing, recording)
        finally:
            checksum, seconds = recording.close()
        if not self.hung_up:
            self._goodbye()
        return Ended("answered", "", self.record_to, checksum, seconds)

    def _play(
        self, there: sip.Media, sending: sound.Sending, hearing: sound.Hearing, recording: sound.Recording
    ) -> None:
        """Introduction until a key says that it is the person; then the notice itself, until it is confirmed."""
        quiet = bytes([sound.SILENCE[there.codec]]) * sound.FRAME
        waiting = [quiet] * round(self.line.key_seconds / sound.FRAME_SECONDS)
        began, sent = time.monotonic(), 0
        most = round(self.line.call_seconds / sound.FRAME_SECONDS)

        def play(frames: list[bytes], until: str, then: str = "") -> bool:
            """Frames in their time, until somebody hangs up or the stage is over; whether all of them were sent."""
            nonlocal sent
            for frame in frames:
                self._listen_until(began + sent * sound.FRAME_SECONDS, there, hearing)
                if self.hung_up or self.stop() or sent >= most or self.stage != until:
                    return False
                with suppress(
                    ConnectionRefusedError
                ):  # their phone closed its port a moment before its BYE came
                    self.voice.sendto(sending.packet(frame), (there.host, there.port))
                recording.add(frame, hearing.frame())
                sent += 1
            if then:
                self.tell(then)
            return True

        for stage, samples, told in (
            ("intro", self.script.intro, "introduced"),
            ("text", self.script.text, "played"),
        ):
            prompt = _frames(sound.encode(samples, there.codec), quiet)
            for number in range(self.line.rounds):
                if self.stage == stage and play(prompt, stage, "" if number else told):
                    play(waiting, stage)
        if self.stage == "done":
            play(_frames(sound.encode(sound.tone(), there.codec), quiet), "done")

    def _listen_until(self, until: float, there: sip.Media, hearing: sound.Hearing) -> None:
        """Take in what comes until an instant of the monotonic clock: sound of the address agreed on, and signals."""
        while True:
            rest = until - time.monotonic()
            ready = select.select([self.signals, self.voice], [], [], max(0.0, rest))[0]
            if self.voice in ready:
                data, source = self.voice.recvfrom(sound.RTP_MAX)
                if source[0] == there.host:
                    self._pressed(hearing.take(data, time.monotonic()))
            if self.signals in ready:
                self._hear_signal(0)
            if rest <= 0 or self.hung_up:
                return

    def _pressed(self, key: str) -> None:
        """1: it is the person, then: confirmed. 2 or 0: call back. One press that comes by two ways counts once."""
        now = time.monotonic()
        if key not in ("0", "1", "2") or self.stage == "done" or now - self.pressed_at < KEY_PAUSE_SECONDS:
            return
        self.pressed_at = now
        if key != "1":
            self.stage = "done"
            self.tell("callback")
        elif self.stage == "intro":
            self.stage = "text"
            self.tell("identified")
        else:
            self.stage = "done"
            self.tell("confirmed")

    def _hear_signal(self, seconds: float) -> sip.SipMessage | None:
        """The next message of this call; requests are answered here."""
        if not select.select([self.signals], [], [], seconds)[0]:
            return None
        try:
            message = sip.parse(self.signals.recv(sip.MESSAGE_MAX + 1))
        except (sip.NotSip, ConnectionRefusedError):
            return None
        if message.head("call-id") != self.id:
            return None
        if message.status:
            if self.confirmation and message.status < 300 and message.sequence == (self.sequence, "INVITE"):
                self.signals.send(self.confirmation)  # our ACK was lost
            return message
        self._answer(message)
        return message

    def _answer(self, request: sip.SipMessage) -> None:
        status, extra, body = 200, [("Allow", ALLOW)], ""
        if request.method == "ACK":
            return
        if request.method == "BYE":
            self.hung_up = True
        elif request.method == "INFO":
            self._pressed(_info_key(request.body))
        elif request.method == "INVITE":  # the other side refreshes the session: the same sound as before
            extra += [self._contact(), ("Content-Type", "application/sdp")]
            body = self.offered
        elif request.method != "OPTIONS":
            status = 405
        reason = "OK" if status == 200 else "Method Not Allowed"
        self.signals.send(sip.answer(request, status, reason, self.tag, extra, body))

    def _goodbye(self) -> None:
        """BYE, repeated until it is answered or two seconds are over."""
        bye = self._request(
            "BYE", self.target, self.sequence + 1, f"z9hG4bK{secrets.token_hex(8)}", self._route()
        )
        until, pause = time.monotonic() + GOODBYE_SECONDS, self.line.first_resend
        while time.monotonic() < until:
            self.signals.send(bye)
            wait_until = time.monotonic() + pause
            while (rest := wait_until - time.monotonic()) > 0:
                message = self._hear_signal(min(rest, 0.1))
                done = message is not None and message.sequence[1] == "BYE" and message.status >= 200
                if done or self.hung_up:
                    return
            pause *= 2


def _frames(data: bytes, quiet: bytes) -> list[bytes]:
    return [
        data[start : start + sound.FRAME].ljust(sound.FRAME, quiet[:1])
        for start in range(0, len(data), sound.FRAME)
    ]


def _info_key(body: str) -> str:
    """Key of a SIP INFO: `Signal=1` (dtmf-relay), or the key alone (application/dtmf)."""
    for line in body.splitlines():
        name, equals, value = line.partition("=")
        if equals and name.strip().lower() == "signal":
            return value.strip()[:1]
    return body.strip() if len(body.strip()) == 1 else ""
