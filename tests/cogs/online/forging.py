"""What no honest client would send: commands that are not offered, and custom_ids made up."""

from typing import Any

from sandbox.discord.interactions.model import InteractionType
from sandbox.driver.invocation import Invocation
from sandbox.driver.messages import Message
from sandbox.driver.user import User

STRING = 3


def forged_command(
    person: User,
    offered_to: User,
    name: str,
    options: dict[str, str],
    *,
    kind: InteractionType = InteractionType.APPLICATION_COMMAND,
    place: str = "general",
) -> Invocation:
    """A subcommand, `name` in two words, that Discord offers to somebody else only."""
    channel = person.places.channel(place)
    root, subcommand = name.split()
    (command,) = [one for one in offered_to.commands(place) if one["name"] == root]
    given: list[dict[str, Any]] = [
        {"name": key, "type": STRING, "value": value} for key, value in options.items()
    ]
    if kind is InteractionType.AUTOCOMPLETE:
        given[-1]["focused"] = True
    opened = person.discord.interactions.open(
        kind,
        application=person.application,
        user=person.user,
        channel=channel,
        data={
            "id": command["id"],
            "name": root,
            "type": 1,
            "options": [{"name": subcommand, "type": 1, "options": given}],
        },
        command=command,
    )
    return Invocation(person.world, opened)


def forged_use(
    person: User, message: Message, custom_id: str, *values: str, kind: int = 3
) -> Invocation:
    """A press or a choice whose custom_id and values are the person's invention.

    kind  Discord's type of component: 2 button, 3 menu of texts, 6 of roles, 8 of channels
    """
    stored = message.stored
    stored.components[0]["components"][0] |= {"custom_id": custom_id, "type": kind}
    opened = person.discord.interactions.open(
        InteractionType.MESSAGE_COMPONENT,
        application=person.application,
        user=person.user,
        channel=stored.channel,
        data={"component_type": kind, "custom_id": custom_id, "id": 2, "values": list(values)},
        source=stored,
    )
    return Invocation(person.world, opened)
