"""What `Show API call` shows, and to whom.

Calls of a turn follow the rules of its answer. Those of commands without a turn are in one group
for each answer, the pages that were turned and what was confirmed there among them; who may look is
written beside each.
"""

from bot.services.api_calls._bodies import ERASED, NOT_FOR_YOU, is_multipart
from bot.services.api_calls._rules import Viewer
from bot.services.api_calls._service import ApiCalls, ShownCall

__all__ = ["ERASED", "NOT_FOR_YOU", "ApiCalls", "ShownCall", "Viewer", "is_multipart"]
