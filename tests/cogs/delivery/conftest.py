"""The same client in the same sandbox as for the commands."""

from tests.cogs.online.conftest import (  # noqa: F401  fixtures are found by their names here
    ada,
    ben,
    bot,
    clock,
    database,
    lin,
    model,
    models,
    online,
    sandbox,
    services,
    talk,
)
