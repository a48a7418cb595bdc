"""Sound: recordings made fit for the server, written down, translated, and texts read aloud."""

from bot.services.sound._hearing import Hearing
from bot.services.sound._listening import Listener
from bot.services.sound._makers import SpeechMaker, TranscriptionMaker, TranslationMaker
from bot.services.sound._recordings import Recordings
from bot.services.sound._unasked import Unasked

__all__ = [
    "Hearing",
    "Listener",
    "Recordings",
    "SpeechMaker",
    "TranscriptionMaker",
    "TranslationMaker",
    "Unasked",
]
