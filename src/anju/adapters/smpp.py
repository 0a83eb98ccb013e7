"""SMS over SMPP 3.4 短信: one transceiver session of `smpplib`, Chinese as UCS-2, receipts over the same session.

Long texts go in parts with a user data header, or whole as `message_payload` (`?long=payload`). With parts only the last
one asks for a receipt, and its id is the reference. A part that fails after another one was taken leaves the message in
doubt. Receipts are stored before they are confirmed to the centre, so a crash makes it send them again.
"""

import hashlib
import re
import select
import threading
from datetime import datetime
from typing import Any

from smpplib import consts, exceptions, gsm, smpp
from smpplib.client import Client

from anju.adapters.line_url import line_url
from anju.platform.notices.hooks import Reply, log_replies
from anju.platform.notices.operations import receive_many
from anju.platform.notices.ports import Answer, InDoubt, Message, Rejected, Sink, Submitted
from anju.platform.notices.rows import ReceiptIn

TIMEOUT_SECONDS = 10.0
LISTEN_MAX = 500
PARTS_MAX = 10
REPLY_WINDOW_SECONDS = 600
_FIELDS = re.compile(r"(id|stat|err|sub|dlvrd|submit date|done date):\s*(\S*)", re.IGNORECASE)
_STATUS = {
    "DELIVRD": "carrier_delivered",
    "ENROUTE": "sent",
    "ACCEPTD": "sent",
    "EXPIRED": "failed",
    "DELETED": "failed",
    "UNDELIV": "failed",
    "REJECTD": "failed",
}
"""A centre's word for ours. DELIVRD is the carrier's word, not the phone owner's."""
_TYPE_BITS, _IS_RECEIPT = 0x3C, 0x04
_LATER = {
    consts.SMPP_ESME_RTHROTTLED: "throttled",
    consts.SMPP_ESME_RMSGQFUL: "throttled",
    consts.SMPP_ESME_RSYSERR: "unavailable",
}
_FINAL = {consts.SMPP_ESME_RINVDSTADR: "no_such_address"}


class _Lost(Exception):
    """The session broke or did not answer in time."""


class SmppPort:
    """Channel `sms` by one message centre. Safe for several threads: one uses the session at a time."""

    channel = "sms"
    idempotent = False
    can_poll = False

    def __init__(
        self,
        host: str,
        port: int,
        *,
        system_id: str,
        password: str,
        source: str = "",
        long_text: str = "udh",
        timeout: float = TIMEOUT_SECONDS,
        name: str = "smpp",
    ) -> None:
        self.name = name
        self.host = host
        self.port = port
        self.system_id = system_id
        self.password = password
        self.source = source
        self.long_text = long_text
        self.timeout = timeout
        self._client: Any = None
        self._lock = threading.RLock()

    @classmethod
    def from_url(cls, url: str, *, name: str = "smpp", hook_secret: str = "") -> "SmppPort":
        """`smpp://system_id:password@host:2775?source=1069&long=udh|payload&timeout=10`."""
        where = line_url(url, schemes=("smpp",), form="smpp://system_id:password@host:port")
        return cls(
            where.host,
            where.port or 2775,
            system_id=where.user,
            password=where.password,
            source=where.query.get("source", ""),
            long_text=where.query.get("long", "udh"),
            timeout=where.seconds("timeout", TIMEOUT_SECONDS),
            name=name,
        )

    def send(self, message: Message) -> Submitted:
        """Hand one SMS over. Raises Rejected, InDoubt."""
        with self._lock:
            parts = self._parts(message.body)
            self.listen(at=message.at, sink=lambda rows: receive_many(rows, at=message.at))
            client = self._bound()  # anew, when listening found the old session gone
            ref = ""
            for number, fields in enumerate(parts, start=1):
                last = number == len(parts)
                ref = self._submit(client, message, fields, last=last, first=number == 1)
            return Submitted(ref)

    def poll(self, *, key: str, provider_ref: str, at: datetime) -> Answer | None:
        """A centre is asked by its own id only, which a doubtful message does not have."""
        return None

    def listen(self, *, at: datetime, sink: Sink) -> int:
        """Receipts that lie on the session, without waiting; each is stored before it is confirmed."""
        with self._lock:
            try:
                client = self._bound()
            except Rejected:
                return 0
            heard = 0
            try:
                while heard < LISTEN_MAX and select.select([client._socket], [], [], 0)[0]:
                    heard += self._take_in(client, client.read_pdu(), at, sink)
            except (exceptions.ConnectionError, OSError):
                self.close()
            return heard

    def close(self) -> None:
        """End the session; the next use opens another one."""
        with self._lock:
            client, self._client = self._client, None
            if client is not None:
                client.state = consts.SMPP_CLIENT_STATE_OPEN
                client.disconnect()

    def _bound(self) -> Any:
        if self._client is not None:
            return self._client
        client = Client(self.host, self.port, timeout=self.timeout, allow_unknown_opt_params=True)
        try:
            client.connect()
            client.bind_transceiver(system_id=self.system_id, password=self.password)
        except (exceptions.ConnectionError, exceptions.PDUError, OSError) as error:
            client.state = consts.SMPP_CLIENT_STATE_OPEN
            client.disconnect()
            detail = f"{type(error).__name__}: {error}"[:300]
            raise Rejected("unavailable", retry=True, detail=detail) from error
        self._client = client
        return client

    def _parts(self, body: str) -> list[dict[str, Any]]:
        """Fields of each submit_sm: the text in UCS-2, whole or in parts."""
        coding = consts.SMPP_ENCODING_ISO10646
        if self.long_text == "payload":
            data = body.encode("utf-16-be")
            if len(data) <= consts.UCS2_LENGTH:
                return [{"short_message": data, "data_coding": coding, "esm_class": 0}]
            return [{"short_message": b"", "message_payload": data, "data_coding": coding, "esm_class": 0}]
        texts, coding, esm_class = gsm.make_parts(body, encoding=coding)
        if len(texts) > PARTS_MAX:
            raise Rejected("too_long", retry=False, detail=f"{len(texts)} parts, at most {PARTS_MAX}")
        return [{"short_message": text, "data_coding": coding, "esm_class": esm_class} for text in texts]

    def _submit(
        self, client: Any, message: Message, fields: dict[str, Any], *, last: bool, first: bool
    ) -> str:
        try:
            pdu = smpp.make_pdu(
                "submit_sm", client=client, source_addr_ton=consts.SMPP_TON_ALNUM, source_addr=self.source,
                dest_addr_ton=consts.SMPP_TON_INTL if message.to.startswith("+") else consts.SMPP_TON_UNK,
                dest_addr_npi=consts.SMPP_NPI_ISDN,
                destination_addr=message.to.lstrip("+"), registered_delivery=bool(last), **fields,
            )  # fmt: skip
            client.send_pdu(pdu)
            answer = self._answer_to(client, pdu.sequence, message.at)
        except (_Lost, exceptions.ConnectionError, OSError) as error:
            self.close()
            raise InDoubt(f"{type(error).__name__} after submit_sm") from error
        if answer.status == consts.SMPP_ESME_ROK:
            return _text(answer.message_id)
        detail = consts.DESCRIPTIONS.get(answer.status, f"status {answer.status:#x}")
        if not first:
            raise InDoubt(f"a later part was refused: {detail}")
        if answer.status in _LATER:
            raise Rejected(_LATER[answer.status], retry=True, detail=detail)
        raise Rejected(_FINAL.get(answer.status, "invalid"), retry=False, detail=detail)

    def _answer_to(self, client: Any, sequence: int, at: datetime) -> Any:
        """Read until the answer to this sequence number comes; what comes between is dealt with."""
        for _ in range(LISTEN_MAX):
            try:
                pdu = client.read_pdu()
            except TimeoutError as error:
                raise _Lost("no answer in time") from error
            if pdu.command in ("submit_sm_resp", "generic_nack") and pdu.sequence == sequence:
                return pdu
            self._take_in(client, pdu, at, lambda rows: receive_many(rows, at=at))
        raise _Lost("no answer among many")

    def _take_in(self, client: Any, pdu: Any, at: datetime, sink: Sink) -> int:
        """One PDU the centre sent by itself; 1 when it was a receipt."""
        if pdu.command == "enquire_link":
            _reply(client, "enquire_link_resp", pdu.sequence)
            return 0
        if pdu.command == "unbind":
            _reply(client, "unbind_resp", pdu.sequence)
            raise exceptions.ConnectionError("unbound by the centre")
        if pdu.command != "deliver_sm":
            return 0
        receipt = read_receipt(pdu, self.name)
        if receipt is not None:
            sink([receipt])
        else:
            log_replies([read_reply(pdu, at)], provider=self.name, at=at)
        _reply(client, "deliver_sm_resp", pdu.sequence)
        return int(receipt is not None)


def _reply(client: Any, command: str, sequence: int) -> None:
    pdu = smpp.make_pdu(command, client=client)
    pdu.sequence = sequence
    client.send_pdu(pdu)


def _text(value: bytes | str | None) -> str:
    if value is None:
        return ""
    return value.decode("ascii", errors="replace") if isinstance(value, bytes) else value


def read_receipt(pdu: Any, provider: str) -> ReceiptIn | None:
    """A delivery receipt out of a deliver_sm; None when it is an ordinary message (an answer from the person)."""
    if int(pdu.esm_class or 0) & _TYPE_BITS != _IS_RECEIPT:
        return None
    text = _text(pdu.short_message)
    found = {key.lower(): value for key, value in _FIELDS.findall(text)}
    ref = _text(pdu.receipted_message_id).rstrip("\0") or found.get("id", "")
    stat = found.get("stat", "").upper()
    status = _STATUS.get(stat, stat.lower() or "unknown")
    raw: dict[str, Any] = {"text": text[:500], **found}
    if status == "failed":
        raw["error_class"] = "undelivered" if stat != "REJECTD" else "blocked"
    return ReceiptIn(provider, ref, status, None, raw)


def read_reply(pdu: Any, at: datetime) -> Reply:
    """What a person sent us. A centre gives it no number: the same words from the same phone within ten minutes are one."""
    sender, text = _text(pdu.source_addr), pdu.short_message or b""
    words = f"{sender}|{int(at.timestamp()) // REPLY_WINDOW_SECONDS}|".encode() + text
    return Reply("sms", sender, f"mo-{hashlib.sha256(words).hexdigest()[:24]}")
