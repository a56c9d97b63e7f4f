"""What the service manager is told: that the server serves now, and from then on that its loop still turns.

The protocol is sd_notify(3): a datagram to the socket that `NOTIFY_SOCKET` names; without one nothing is told.
`WATCHDOG_USEC` says within which microseconds the next sign of life must come; it is given twice as often.
"""

import asyncio
import os
import socket

READY = "READY=1\nSTATUS=Serving"
ALIVE = "WATCHDOG=1"


def tell(state: str) -> None:
    """Tell the service manager, if there is one. What can't be told holds nothing up: the manager acts on silence."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
            sender.connect(f"\0{address[1:]}" if address[0] == "@" else address)
            sender.send(state.encode())
    except OSError:
        return


def has_manager() -> bool:
    """Whether a service manager looks after this process, and with its socket unit holds the ports."""
    return bool(os.environ.get("NOTIFY_SOCKET"))


def sign_interval() -> float | None:
    """Seconds between two signs of life; None where nobody waits for them."""
    within = os.environ.get("WATCHDOG_USEC", "")
    return int(within) / 2_000_000 if within.isascii() and within.isdigit() and int(within) > 0 else None


async def give_signs() -> None:
    """Tell that the server serves, then give signs of life as long as the loop turns."""
    tell(READY)
    interval = sign_interval()
    while interval is not None:
        tell(ALIVE)
        await asyncio.sleep(interval)
