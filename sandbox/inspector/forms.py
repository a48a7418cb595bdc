"""What was filled in a form, by the labels one sees."""

from collections.abc import Callable
from typing import Any

from sandbox.discord.components import walk
from sandbox.discord.interactions.model import Interaction
from sandbox.discord.model import Json
from sandbox.driver import Form

_FILE_UPLOAD, _ATTACHMENT = 19, 11
_LIKE_OPTION = {5: 6, 6: 8, 7: 9, 8: 7, _FILE_UPLOAD: _ATTACHMENT}


def filled(submitted: Interaction, named: Callable[[int, Any], Any]) -> Json:
    """Fields by label, by custom id where a label is missing or twice; as the driver takes them."""
    if submitted.parent is None or submitted.parent.modal is None:
        return {}
    form = Form(submitted.parent)
    labels = [field.label for field in form.fields]
    names = {
        field.custom_id: field.label
        if field.label and labels.count(field.label) == 1
        else field.custom_id
        for field in form.fields
    }
    found: Json = {}
    for row in submitted.data["components"]:
        for control in walk([row]):
            if "custom_id" not in control:
                continue
            like = _LIKE_OPTION.get(control["type"], 3)
            value = control.get("value")
            if "values" in control:
                value = [named(like, one) for one in control["values"]]
            found[names[control["custom_id"]]] = value
    return found
