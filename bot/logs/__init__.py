"""One log for everything: structured, one entry per line, without secrets.

Modules log by `logging.getLogger(__name__)` or `structlog.get_logger()`; both arrive here.
What people write is logged nowhere at the default level. At DEBUG discord.py and the OpenAI SDK
show what they send and receive; keys and tokens are cut out even then.
"""

import logging
import sys
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, TextIO

import structlog
from typing_extensions import override

from bot.logs._clean import Cleaner, exception_as_text
from bot.logs._redact import Redactor
from bot.logs._render import Console, as_json

if TYPE_CHECKING:
    from structlog.typing import Processor

_LIBRARIES = {
    "discord": logging.INFO,
    "alembic": logging.WARNING,
    "alembic.runtime.migration": logging.INFO,
    "aiohttp": logging.WARNING,  # INFO would be one line for each look at /healthz
    "aiosqlite": logging.WARNING,
    "asyncio": logging.WARNING,
    "httpcore2": logging.WARNING,
    "httpx2": logging.WARNING,
    "openai": logging.WARNING,
    "sqlalchemy": logging.WARNING,
}
"""What each library may say below DEBUG."""


def configure(
    level: str,
    style: Literal["console", "json"],
    *,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Send all logging of the process to `stream` (standard error), with `secrets` cut out."""
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = _Handler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                exception_as_text,
                Cleaner(Redactor(secrets)),
                as_json if style == "json" else Console(colours=out.isatty()),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    root = logging.getLogger()
    for name, least in _LIBRARIES.items():
        quiet = logging.NOTSET if level == "DEBUG" else max(least, root.level)
        logging.getLogger(name).setLevel(quiet)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


class _Handler(logging.StreamHandler[TextIO]):
    @override
    def handleError(self, record: logging.LogRecord) -> None:
        """Python would print the entry as it came, uncleaned."""
        where = f"{record.name}:{record.lineno}"
        self.stream.write(f"A log entry could not be written, from {where}\n")


def _uncaught(_kind: type[BaseException], error: BaseException, _trace: object) -> None:
    """Python's own report goes to standard error as it is; this one is cleaned first."""
    if not isinstance(error, KeyboardInterrupt):
        logging.getLogger("bot").critical("Uncaught", exc_info=error)
