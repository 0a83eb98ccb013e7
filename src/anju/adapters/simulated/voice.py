"""People who pick up, or do not: what stands in for a telephone line 模拟电话线 in tests and trials of the dialler.

Who does what follows from the number's last five digits, else from the seed and the number.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from anju.adapters.voice import sound
from anju.adapters.voice.call import Ended, Script, Tell

STORIES: dict[str, tuple[Sequence[str], str]] = {
    "99971": (("ringing", "answered", "introduced", "identified", "played", "confirmed"), "answered"),
    "99972": (("ringing", "answered", "introduced", "identified", "played"), "answered"),
    "99973": (("ringing", "answered", "introduced"), "answered"),
    "99974": (("ringing", "answered", "identified", "callback"), "answered"),
    "99975": (("ringing",), "no_answer"),
    "99976": ((), "busy"),
    "99977": (("ringing",), "rejected"),
    "99978": ((), "no_such_address"),
    "99979": ((), "line_failed"),
}
"""Magic numbers: confirms · hears it all · voicemail · asks for a call back · no answer · busy · rejects · unknown · no line."""


class SimulatedCaller:
    """Makes calls to nobody. `dialled` keeps the numbers in order; a recording is a second of silence."""

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed
        self.dialled: list[str] = []

    def call(
        self, number: str, script: Script, *, record_to: Path, tell: Tell, stop: Callable[[], bool]
    ) -> Ended:
        """One call to its end, at once."""
        self.dialled.append(number)
        events, outcome = STORIES[self._story(number)]
        for event in events:
            tell(event)
        if outcome != "answered":
            return Ended(outcome, "simulated")
        recording = sound.Recording(record_to, 8)
        quiet = bytes([sound.SILENCE[8]]) * sound.FRAME
        for _ in range(round(1 / sound.FRAME_SECONDS)):
            recording.add(quiet, quiet)
        checksum, seconds = recording.close()
        return Ended(outcome, "", record_to, checksum, seconds)

    def _story(self, number: str) -> str:
        if number[-5:] in STORIES:
            return number[-5:]
        digest = hashlib.blake2b(f"{self.seed}|{number}".encode(), digest_size=4).digest()
        return sorted(STORIES)[int.from_bytes(digest) % 6]
