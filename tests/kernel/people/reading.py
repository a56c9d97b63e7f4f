"""What tests read out of the kernel's pages."""

import html
import re
import time
from collections.abc import Callable

from tests.support.portal import Portal

SECONDS = 10.0


def copied(page: str) -> str:
    """The link or key that a page shows once."""
    found = re.search(r'class="field-input field-copy"[^>]* value="([^"]+)"', page)
    assert found, page
    return html.unescape(found[1])


def token_of(link: str) -> str:
    return link.partition("#t=")[2]


def errors_in(page: str) -> list[str]:
    """The texts at the fields of a form."""
    found = re.findall(r'class="field-error"[^>]*>.*?<span>(.*?)</span>', page, re.DOTALL)
    return [html.unescape(text) for text in found]


def wait_until(holds: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Wait for what a loop of the server does."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def key_works(portal: Portal, secret: str) -> bool:
    """Whether a key to the API lets its program in: a file that is not there is missed only by who is known."""
    headers = {"authorization": f"Bearer {secret}"}
    answer = portal.client.get("/files/999999", headers=headers, follow_redirects=False)
    assert answer.status_code in (303, 404)
    return answer.status_code == 404
