"""`/finetune`: what it will take is counted and confirmed before a training is begun."""

from bot.services.fine_tunes._beginnings import Beginnings, Begun
from bot.services.fine_tunes._files import TrainingFiles
from bot.services.fine_tunes._plans import Plan, Plans
from bot.services.fine_tunes._service import FineTunes, is_fine_tuned

__all__ = ["Beginnings", "Begun", "FineTunes", "Plan", "Plans", "TrainingFiles", "is_fine_tuned"]
