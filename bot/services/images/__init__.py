"""Pictures: made, changed and varied, as answers of turns."""

from bot.services.images._maker import ImageMaker
from bot.services.images._rules import check_drawing, sizes_for

__all__ = ["ImageMaker", "check_drawing", "sizes_for"]
