"""Sound on the line 线路上的声音: G.711, RTP (RFC 3550), key presses (RFC 4733), WAV in and out."""

import hashlib
import os
import secrets
import struct
import wave
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
RATE = 8000
FRAME = 160
FRAME_SECONDS = FRAME / RATE
SILENCE = {8: 0xD5, 0: 0xFF}
PRESS_SECONDS = 0.5
KEYS = "0123456789*#ABCD"
WAV_SECONDS_MAX = 120
RTP_MAX = 2048


class BadSound(ValueError):
    """A file is not a WAV we can play."""


@cache
def _law(codec: int) -> "NDArray[np.uint8]":
    """G.711 bytes of every 16-bit value, by value + 32768."""
    values = np.arange(-32768, 32768, dtype=np.int32)
    return _a_law(values) if codec == 8 else _mu_law(values)


def _a_law(values: "NDArray[np.int32]") -> "NDArray[np.uint8]":
    sign = np.where(values >= 0, 0x80, 0)
    size = np.minimum(np.where(values >= 0, values, -values - 1), 32767) >> 3
    exponent = np.maximum(np.floor(np.log2(np.maximum(size, 1))).astype(np.int32) - 4, 0)
    mantissa = np.where(exponent > 1, size >> exponent, size >> 1) & 0x0F
    return ((sign | (exponent << 4) | mantissa) ^ 0x55).astype(np.uint8)


def _mu_law(values: "NDArray[np.int32]") -> "NDArray[np.uint8]":
    sign = np.where(values < 0, 0x80, 0)
    size = np.minimum(np.abs(values), 32635) + 132
    exponent = np.floor(np.log2(size)).astype(np.int32) - 7
    mantissa = (size >> (exponent + 3)) & 0x0F
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)


def encode(samples: Samples, codec: int) -> bytes:
    """G.711 of samples at 8 kHz."""
    return _law(codec)[samples.astype(np.int32) + 32768].tobytes()


def tone(seconds: float = 0.25, hertz: float = 880.0) -> Samples:
    """The tone that says: your key was heard."""
    steps = np.arange(int(seconds * RATE))
    return (6000 * np.sin(2 * np.pi * hertz * steps / RATE)).astype(np.int16)


def load(path: Path) -> Samples:
    """Samples at 8 kHz of a 16-bit WAV of any rate, the first channel of several. Raises BadSound."""
    try:
        with wave.open(str(path)) as file:
            rate, width, channels, frames = file.getframerate(), file.getsampwidth(), file.getnchannels(), file.getnframes()  # fmt: skip
            if width != 2 or not 4000 <= rate <= 96000 or not 0 < frames <= rate * WAV_SECONDS_MAX:
                raise BadSound(f"{path.name}: 16-bit WAV of at most {WAV_SECONDS_MAX} s is needed")
            data = np.frombuffer(file.readframes(frames), dtype="<i2")[::channels]
    except (OSError, EOFError, wave.Error) as error:
        raise BadSound(f"{path.name}: {error}") from error
    if rate == RATE:
        return data.astype(np.int16)
    if rate > RATE:  # a short moving average keeps what lies above 4 kHz from folding back
        width = -(-rate // RATE)
        data = np.convolve(data, np.ones(width) / width, mode="same")
    places = np.arange(0, len(data), rate / RATE)
    return np.interp(places, np.arange(len(data)), data).astype(np.int16)


class Sending:
    """Our half of an RTP stream."""

    def __init__(self, codec: int) -> None:
        self.codec = codec
        self.number = secrets.randbelow(1 << 15)
        self.stamp = secrets.randbelow(1 << 31)
        self.source = secrets.randbits(32)
        self._first = True

    def packet(self, payload: bytes) -> bytes:
        """The next 20 ms."""
        mark = 0x80 if self._first else 0
        head = struct.pack(">BBHII", 0x80, mark | self.codec, self.number, self.stamp, self.source)
        self._first = False
        self.number = (self.number + 1) & 0xFFFF
        self.stamp = (self.stamp + FRAME) & 0xFFFFFFFF
        return head + payload


class Hearing:
    """The other half: sound waiting to be written down, and keys, each once."""

    def __init__(self, codec: int, event_type: int) -> None:
        self.codec = codec
        self.event_type = event_type
        self.sound = bytearray()
        self._press = -1
        self._pressed_at = 0.0

    def take(self, data: bytes, now: float) -> str:
        """One packet; the key that was pressed with it, or "". Bytes that are no RTP of ours are passed over.

        `now`: seconds of a steady clock. A key is told in several packets under one time stamp; some senders give every
        key the same one, so a pause ends it too.
        """
        if not 12 <= len(data) <= RTP_MAX or data[0] >> 6 != 2:
            return ""
        start = 12 + 4 * (data[0] & 0x0F)
        if data[0] & 0x10 and len(data) >= start + 4:
            start += 4 + 4 * struct.unpack_from(">H", data, start + 2)[0]
        kind, stamp = data[1] & 0x7F, struct.unpack_from(">I", data, 4)[0]
        payload = data[start:]
        if kind == self.event_type and len(payload) >= 4:
            if payload[0] >= len(KEYS):
                return ""
            same = self._press == stamp and now - self._pressed_at < PRESS_SECONDS
            self._press, self._pressed_at = stamp, now
            return "" if same else KEYS[payload[0]]
        if kind == self.codec and len(self.sound) < RATE:
            self.sound += payload
        return ""

    def frame(self) -> bytes:
        """The next 20 ms of what was heard, filled up with silence."""
        part = bytes(self.sound[:FRAME])
        del self.sound[:FRAME]
        return part.ljust(FRAME, bytes([SILENCE[self.codec]]))


class Recording:
    """Recording 录音: a stereo G.711 WAV, the bank on the left, the person on the right; readable by its owner alone."""

    def __init__(self, path: Path, codec: int) -> None:
        self.path = path
        self.codec = codec
        self._part = path.with_suffix(".part")
        self._file = open(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")  # noqa: SIM115
        self._size = 0
        self._file.write(self._head())

    def add(self, ours: bytes, theirs: bytes) -> None:
        """20 ms of both."""
        both = np.stack([np.frombuffer(ours, np.uint8), np.frombuffer(theirs, np.uint8)], axis=1).tobytes()
        self._size += len(both)
        self._file.write(both)

    def close(self) -> tuple[str, float]:
        """On disk for good; its SHA-256 and how many seconds it holds."""
        self._file.seek(0)
        self._file.write(self._head())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self.path)
        return hashlib.sha256(self.path.read_bytes()).hexdigest(), self._size / 2 / RATE

    def _head(self) -> bytes:
        law = 6 if self.codec == 8 else 7
        form = struct.pack("<HHIIHHH", law, 2, RATE, RATE * 2, 2, 8, 0)
        fact = struct.pack("<4sII", b"fact", 4, self._size // 2)
        inner = b"WAVE" + struct.pack("<4sI", b"fmt ", len(form)) + form + fact
        return (
            b"RIFF"
            + struct.pack("<I", len(inner) + 8 + self._size)
            + inner
            + struct.pack("<4sI", b"data", self._size)
        )
