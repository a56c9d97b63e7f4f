"""Takes the pictures of README.md and the guides: a company of its own, served and driven in a real Chromium.

    sh installer/test.sh --collect-only -q        once: it makes the environment with Chromium and playwright
    .venv/bin/python docs/pictures/make.py [--chromium /usr/bin/chromium] [--to DIR]

The company lies in a temporary folder and is removed at the end.
"""

import argparse
import io
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip
DESK = (1440, 810)
PHONE = (390, 844)
MOST_BYTES = 120_000
HERE = Path(__file__).parent
PLACE = {"LC_ALL": "en_TZ.UTF-8", "TZ": "Africa/Dar_es_Salaam"}  # what a machine in Tanzania says of itself
Scheme = Literal["light", "dark"]


class Story:
    """One company's first hour, and a camera."""

    def __init__(self, browser: Browser, url: str, to: Path) -> None:
        self.browser = browser
        self.url = url
        self.to = to

    def page(self, size: tuple[int, int] = DESK, scheme: Scheme = "light", whose: BrowserContext | None = None) -> Page:
        context = self.browser.new_context(
            base_url=self.url, viewport={"width": size[0], "height": size[1]}, color_scheme=scheme,
            reduced_motion="reduce", device_scale_factor=1.5, storage_state=whose.storage_state() if whose else None,
        )  # fmt: skip
        context.set_default_timeout(20_000)  # milliseconds
        return context.new_page()

    def shoot(self, name: str, path: str, whose: BrowserContext | None, size: tuple[int, int] = DESK) -> None:
        """Take a page in light and in dark."""
        for scheme in ("light", "dark"):
            page = self.page(size, scheme, whose)
            page.goto(path)
            page.wait_for_timeout(600)  # the board's island and the fonts
            keep(page.screenshot(), self.to / f"{name}-{scheme}.png")
            page.context.close()


def keep(png: bytes, path: Path) -> None:
    """Write a picture small: 256 colours at first, fewer while it is too large."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32, 16):
        image.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            break
    sys.stdout.write(f"{path.name} {path.stat().st_size // 1000} kB\n")


def become_administrator(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill("Asha Mrema")
    page.get_by_label("E-mail").fill("asha@kilimapumps.example")
    page.get_by_label("Password").fill("three odd words")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("heading", name="Home").wait_for()
    page.get_by_role("button", name="Try it with sample rows").click()
    page.get_by_text("There are sample rows").wait_for()


def make_form(page: Page) -> None:
    page.goto("/crm/leads/forms/new")
    page.get_by_label("Title").fill("Ask us for an offer")
    page.get_by_label("Address").fill("offer")
    page.get_by_label("Your company").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/crm/leads/forms/\d+$"))


def ask(page: Page) -> None:
    page.goto("/form/offer")
    page.wait_for_timeout(4000)  # whoever answers faster than a person can is held back as doubtful
    page.get_by_label("Your name").fill("Neema Mushi")
    page.get_by_label("Your company").fill("Kilimo Farms")
    page.get_by_label("Telephone").fill("0754 123 456")
    page.get_by_label("E-mail").fill("neema@kilimo.example")
    page.get_by_label("What can we do for you?").fill("Three water pumps, with delivery to Moshi")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/thanks**")


def make_deal(page: Page) -> str:
    page.goto("/inbox")
    page.locator(".list-button").first.click()
    page.get_by_role("link", name="Make a deal").click()
    page.get_by_role("button", name="Make the deal").click()
    page.wait_for_url(re.compile(r"/crm/deals/\d+$"))
    deal = page.url
    lines = (("Water pump, 2 kW", "3", "400,000"), ("Delivery to Moshi", "1", "150,000"))
    for number, (what, quantity, price) in enumerate(lines):
        page.locator(f"[name='lines.{number}.description']").fill(what)
        page.locator(f"[name='lines.{number}.quantity']").fill(quantity)
        page.locator(f"[name='lines.{number}.unit_price']").fill(price)
    page.get_by_role("button", name="Save the lines").click()
    return deal


def send_quote(page: Page) -> str:
    """Make the quote; returns the client's link."""
    page.get_by_role("button", name="Make a quote").first.click()
    page.get_by_label("Legal name of your firm").fill("Kilima Pumps Ltd")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name="Send", exact=True).click()
    return page.locator("#client-link").input_value()


def tell(story: Story, link: str) -> None:
    """The story, with its pictures."""
    asha = story.page()
    become_administrator(asha, link)
    make_form(asha)
    ask(story.page(PHONE))
    deal = make_deal(asha)
    client_link = send_quote(asha)
    story.shoot("client-quote", client_link, None, PHONE)
    story.shoot("deal", deal, asha.context)
    story.shoot("board", "/crm/deals", asha.context)
    story.shoot("modules", "/admin/modules", asha.context)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(data: Path) -> Iterator[tuple[str, str]]:
    """Set a company up and serve it; yields its address and the administrator's link."""
    port = free_port()
    program = [sys.executable, "-m", "boxportal", "--data", str(data)]
    environment = os.environ | PLACE
    install = [*program, "install", "--trial", "--title", "Kilima Pumps", "--port", str(port)]
    said = subprocess.run(install, capture_output=True, text=True, check=True, env=environment).stdout
    link = re.search(r"http://\S+", said)
    assert link, said
    with (data / "serve.log").open("wb") as log:
        server = subprocess.Popen([*program, "serve"], stdout=log, stderr=log, env=environment)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz")
        yield f"http://127.0.0.1:{port}", link.group()
    finally:
        server.terminate()
        server.wait(20)


def wait_for(address: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(address)


def main() -> None:
    parser = argparse.ArgumentParser(description="Take the pictures of the documentation.")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--to", type=Path, default=HERE)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (url, link), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chosen.chromium, args=list(FLAGS))
        tell(Story(browser, url, chosen.to), link)
        browser.close()


if __name__ == "__main__":
    main()
