"""How driving people can fail."""


class ClientRefused(Exception):  # noqa: N818  it is not an error of the sandbox, but its finding
    """Discord's client would not let this person do that; nothing was sent. The text says why."""


class NoAnswer(Exception):  # noqa: N818  what a person would say
    """The application did not answer in time, or not in the way that was waited for."""
