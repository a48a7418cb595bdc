"""Conversations: questions are accepted, answered in order, kept, and found again."""

from bot.services.conversations._attempts import Maker
from bot.services.conversations._export import ExportedFile, ExportForm, channel_pieces
from bot.services.conversations._history import ConversationPage
from bot.services.conversations._live import LiveAnswer
from bot.services.conversations._service import Conversations

__all__ = [
    "ConversationPage",
    "Conversations",
    "ExportForm",
    "ExportedFile",
    "LiveAnswer",
    "Maker",
    "channel_pieces",
]
