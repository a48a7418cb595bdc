"""What Discord refuses in the bodies it is sent, found before anything is changed.

Each `validate_*` returns nothing and raises `ApiError` 400 with code 50035 and Discord's nested
`errors` object (or the code Discord has for that one case, such as 50006 for an empty message).
"""

from sandbox.discord.validation.choices import validate_choices
from sandbox.discord.validation.commands import validate_bulk, validate_command
from sandbox.discord.validation.messages import validate_message
from sandbox.discord.validation.modals import validate_modal

__all__ = [
    "validate_bulk",
    "validate_choices",
    "validate_command",
    "validate_message",
    "validate_modal",
]
