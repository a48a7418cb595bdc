"""Conversations: questions are accepted, answered in order, kept, and found again."""

from bot.services.conversations._attempts import Hearing, Maker
from bot.services.conversations._export import ExportedFile, ExportForm, channel_pieces, content
from bot.services.conversations._history import ConversationPage
from bot.services.conversations._inputs import texts_of
from bot.services.conversations._live import LiveAnswer
from bot.services.conversations._paying import USUAL_ANSWER, grow
from bot.services.conversations._service import Conversations
from bot.services.conversations._turns import Transcribed

__all__ = [
    "USUAL_ANSWER",
    "ConversationPage",
    "Conversations",
    "ExportForm",
    "ExportedFile",
    "Hearing",
    "LiveAnswer",
    "Maker",
    "Transcribed",
    "channel_pieces",
    "content",
    "grow",
    "texts_of",
]
