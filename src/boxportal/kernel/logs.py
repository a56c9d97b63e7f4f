"""Logs to standard error: readable on a terminal, JSON lines for the journal; secrets are masked by name."""

import logging
import sys
from collections.abc import MutableMapping
from pathlib import Path

from boxportal.sdk.logs import structlog

SECRET_WORDS = ("password", "secret", "token", "cookie", "authorization", "key_value")


def mask_secrets(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Blot out values whose name says that they are secret."""
    for name in event:
        if any(word in name.lower() for word in SECRET_WORDS):
            event[name] = "***"
    return event


def is_worth_telling(record: logging.LogRecord) -> bool:
    """Not that a screen opened or closed its live line: that happens with every page."""
    return record.levelno > logging.INFO or "websockets" not in Path(record.pathname).parts


def set_up_logs(level: int = logging.INFO) -> None:
    """Send the program's and the libraries' logs one way."""
    renderer: structlog.types.Processor
    renderer = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=renderer))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    server = logging.getLogger("uvicorn.error")
    server.setLevel(level)
    server.addFilter(is_worth_telling)
