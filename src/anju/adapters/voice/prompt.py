"""What is played 语音内容: the bank's own recordings, or speech made by the program `espeak-ng` where it is installed.

`ANJU_VOICE_PROMPTS` may name a folder: `intro-zh.wav` and `intro-en.wav` are the introduction, and `<text id>.wav` is the
recording of one text (`text_id`, shown by `anju dialler text-id`). What is not recorded is spoken.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from anju.adapters.voice import sound
from anju.adapters.voice.call import Script

SPEAKER = "espeak-ng"
SPEAK_SECONDS = 20
TEXT_MAX = 600
INTRO = {
    "zh": "您好，这里是{bank}。我们有一条与您本人有关的服务通知。如果您是本人，请按1键收听；请我们回电，请按2键。",
    "en": "Hello, this is {bank}. We have a service message for you personally. If this is you, press 1 to hear it; to ask for"
    " a call back, press 2.",
}
_CHINESE = re.compile(r"[㐀-鿿]")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


class PromptMissing(Exception):
    """There is no sound for this text: neither a recording nor a program that speaks."""


def language_of(text: str) -> str:
    """zh, when there is a Chinese character in it; else en."""
    return "zh" if _CHINESE.search(text) else "en"


def text_id(text: str) -> str:
    """Name of the recording of a text: 16 hex digits."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]


def unspeakable(text: str) -> str:
    """Why a text cannot be read aloud; empty when it can."""
    if not text.strip() or len(text) > TEXT_MAX:
        return f"{len(text)} characters; 1 to {TEXT_MAX}"
    return "a web address cannot be heard" if _ADDRESS.search(text) else ""


class Prompts:
    """Recordings of a folder, and speech for the rest."""

    def __init__(self, bank: str, folder: Path | None = None, *, speaker: str = SPEAKER) -> None:
        self.bank = bank
        self.folder = folder
        self.speaker = speaker

    @classmethod
    def from_environment(cls, bank: str) -> "Prompts":
        """`ANJU_VOICE_PROMPTS`, when it is set."""
        folder = os.environ.get("ANJU_VOICE_PROMPTS", "")
        return cls(bank, Path(folder) if folder else None)

    def can(self, text: str) -> bool:
        """Whether a text has a sound, without making it."""
        names = (f"intro-{language_of(text)}", text_id(text))
        return (
            all(self._recorded(name) is not None for name in names) or shutil.which(self.speaker) is not None
        )

    def script(self, text: str) -> Script:
        """Introduction and notice. Raises PromptMissing."""
        language = language_of(text)
        intro = INTRO[language].format(bank=self.bank)
        return Script(
            self._sound(f"intro-{language}", intro, language), self._sound(text_id(text), text, language)
        )

    def _recorded(self, name: str) -> Path | None:
        place = None if self.folder is None else self.folder / f"{name}.wav"
        return place if place is not None and place.is_file() else None

    def _sound(self, name: str, text: str, language: str) -> "sound.Samples":
        recorded = self._recorded(name)
        try:
            return sound.load(recorded) if recorded is not None else self._spoken(text, language)
        except sound.BadSound as error:
            raise PromptMissing(str(error)) from error

    def _spoken(self, text: str, language: str) -> "sound.Samples":
        program = shutil.which(self.speaker)
        if program is None:
            raise PromptMissing(
                f"{self.speaker} is not installed, and there is no recording {text_id(text)}.wav"
            )
        with tempfile.TemporaryDirectory(prefix="anju-voice-") as folder:
            made = Path(folder) / "made.wav"
            voice, speed = {"zh": ("cmn", "240"), "en": ("en", "155")}[language]
            command = [program, "-v", voice, "-s", speed, "-b", "1", "-w", str(made), "--stdin"]
            try:
                subprocess.run(  # noqa: S603 -- a program of the machine; the text goes in by stdin
                    command, input=text.encode(), check=True, capture_output=True, timeout=SPEAK_SECONDS
                )
            except (OSError, subprocess.SubprocessError) as error:
                raise PromptMissing(f"{self.speaker}: {type(error).__name__}") from error
            return sound.load(made)
