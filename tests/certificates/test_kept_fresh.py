"""What the server does by itself while it runs, and what administrators hear of it."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.support.encrypted import certificate_for
from tests.support.portal import Portal

from boxportal.kernel.certificates import serving, when
from boxportal.kernel.certificates.choices import hsts_of, mode_of
from boxportal.kernel.certificates.folder import Folder, State, facts_of
from boxportal.kernel.certificates.issue import ensure_own_ca, take_given
from boxportal.kernel.certificates.noticing import ending
from boxportal.kernel.certificates.serving import Encryption
from boxportal.kernel.certificates.telling import MOVED, Telling, tell
from boxportal.kernel.companies import Box
from boxportal.kernel.config import TlsSection
from boxportal.kernel.web.render import render

pytestmark = [pytest.mark.modules(), pytest.mark.parametrize("backend", ["sqlite"])]
NAMES = ["portal.lan"]


@pytest.fixture
def box(portal: Portal) -> Iterator[Box]:
    """The portal's box as a server with its own authority opens it."""
    (portal.data / "boxportal.toml").write_text('[box]\nnames = ["portal.lan"]\n[tls]\nmode = "own-ca"\n', "utf-8")
    opened = Box.open(portal.data)
    yield opened
    opened.close()


def test_administrators_hear_of_a_new_address_which_the_certificate_is_for_by_then(
    portal: Portal, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(_act: str, folder: Folder, names: Sequence[str]) -> None:
        """The same work in this process, which alone believes that the machine has moved."""
        ensure_own_ca(folder.settings, names)

    encryption = Encryption(box)
    encryption.prepare()
    monkeypatch.setattr(when, "own_addresses", lambda: ["192.168.7.99"])
    monkeypatch.setattr(serving, "have", here)
    news = asyncio.run(encryption.look())
    assert news == [Telling(MOVED, {"address": "192.168.7.99"})]
    assert asyncio.run(encryption.look()) == []
    facts = facts_of(encryption.folder.own)
    assert facts is not None
    assert "192.168.7.99" in facts.names
    tell(portal.company, render, news[0])
    assert "192.168.7.99" in portal.browser("admin").get("/inbox").text
    assert "192.168.7.99" not in portal.browser("owner").get("/inbox").text


def test_a_changed_file_of_boxportal_toml_is_taken_in(portal: Portal, tmp_path: Path) -> None:
    first, second = certificate_for(tmp_path, "portal.lan"), certificate_for(tmp_path, "other.portal.lan")
    (portal.data / "boxportal.toml").write_text(
        f'[box]\nnames = ["portal.lan", "other.portal.lan"]\n[tls]\nmode = "files"\ncert = "{first.cert}"\n'
        f'key = "{first.key}"\n', "utf-8",
    )  # fmt: skip
    box = Box.open(portal.data)
    encryption = Encryption(box)
    encryption.prepare()
    first.key.write_bytes(second.key.read_bytes())
    first.cert.write_bytes(second.cert.read_bytes())
    asyncio.run(encryption.look())
    facts = facts_of(encryption.folder.given)
    assert facts is not None
    assert facts.names == ["other.portal.lan"]
    box.close()


def test_a_broken_new_file_leaves_the_former_certificate_in_use(portal: Portal, tmp_path: Path, backend: str) -> None:
    first = certificate_for(tmp_path, "portal.lan")
    (portal.data / "boxportal.toml").write_text(
        f'[box]\nnames = ["portal.lan"]\n[tls]\nmode = "files"\ncert = "{first.cert}"\nkey = "{first.key}"\n', "utf-8"
    )
    box = Box.open(portal.data)
    Encryption(box).prepare()
    before = Folder(portal.data).given.read_bytes()
    first.cert.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "ascii")
    Encryption(box).prepare()
    assert Folder(portal.data).given.read_bytes() == before
    box.close()


def test_a_certificate_from_files_is_spoken_of_two_weeks_before_its_end_and_not_each_minute(
    portal: Portal, tmp_path: Path
) -> None:
    def brought(days: int) -> list[Telling]:
        given = certificate_for(tmp_path, "portal.lan", days=days)
        take_given(portal.data, given.cert.read_bytes(), given.key.read_bytes(), NAMES, ("", 0))
        return ending(Folder(portal.data), "files")

    assert brought(30) == []
    told = brought(13)
    assert [one.text.startswith("The certificate ends on") for one in told] == [True]
    assert ending(Folder(portal.data), "files") == []
    assert len(brought(1)) == 1


def test_the_own_authority_is_not_spoken_of_for_years(portal: Portal) -> None:
    ensure_own_ca(portal.data, NAMES)
    assert ending(Folder(portal.data), "own-ca") == []


@pytest.mark.parametrize(
    ("mode", "said", "value"),
    [
        ("own-ca", {}, ""),
        ("own-ca", {"own-ca": True}, "max-age=2592000"),
        ("own-ca", {"own-ca": False}, "max-age=0"),
        ("own-ca", {"files": True}, ""),
        ("files", {}, "max-age=31536000"),
        ("files", {"files": False}, "max-age=0"),
        ("proxy", {"proxy": True}, ""),
        ("off", {}, ""),
    ],
)
def test_hsts_follows_the_mode(mode: str, said: dict[str, bool], value: str, backend: str) -> None:
    assert hsts_of(mode, State(hsts=said)) == value


def test_what_was_chosen_holds_until_boxportal_toml_says_something_else(backend: str) -> None:
    chosen = State(mode="files", over="own-ca")
    assert mode_of(TlsSection(mode="own-ca"), chosen) == "files"
    assert mode_of(TlsSection(mode="files"), State(mode="own-ca", over="own-ca")) == "files"
    assert mode_of(TlsSection(mode="off"), chosen) == "off"
