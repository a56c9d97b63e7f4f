"""The box's own authority as openssl sees it: what it may vouch for, and when its certificate is made anew."""

import stat
import subprocess
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from boxportal.kernel.certificates import addresses, when
from boxportal.kernel.certificates.authority import sign_leaf
from boxportal.kernel.certificates.folder import Folder, certificate_in, facts_of
from boxportal.kernel.certificates.issue import begin_rotation, end_rotation, ensure_own_ca, renew
from boxportal.kernel.certificates.names import covers, vouched
from boxportal.kernel.certificates.when import wished
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import RuleBroken

NAMES = ["portal.lan", "192.168.7.20:8443"]


def openssl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False, timeout=60)


def verified(authority: Path, leaf: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return openssl("verify", "-x509_strict", "-purpose", "sslserver", *more, "-CAfile", str(authority), str(leaf))


@pytest.mark.parametrize("asked", [("-verify_hostname", "portal.lan"), ("-verify_ip", "192.168.7.20")])
def test_certificate_is_good_for_what_people_type(tmp_path: Path, asked: tuple[str, str]) -> None:
    issued = ensure_own_ca(tmp_path, NAMES)
    done = verified(issued.ca, issued.cert, *asked)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "foreign",
    ["www.bank.example", "lan", "otherportal.lan", "93.184.215.14", "172.32.0.1", "2606:2800:21f::1", "8.8.8.8"],
)
def test_a_certificate_for_anything_else_is_refused_though_the_authority_signed_it(
    tmp_path: Path, foreign: str
) -> None:
    issued = ensure_own_ca(tmp_path, NAMES)
    stolen = sign_leaf((issued.ca.parent / "ca.key").read_bytes(), certificate_in(issued.ca), [foreign], utcnow())
    leaf = tmp_path / "stolen.pem"
    leaf.write_text(stolen.certificate, "utf-8")
    done = verified(issued.ca, leaf)
    assert (done.returncode != 0, "permitted subtree violation" in done.stderr) == (True, True), done.stderr


def test_an_authority_below_it_is_refused(tmp_path: Path) -> None:
    issued = ensure_own_ca(tmp_path, NAMES)
    text = openssl("x509", "-in", str(issued.ca), "-noout", "-text").stdout
    assert "CA:TRUE, pathlen:0" in text
    assert "X509v3 Name Constraints: critical" in text
    assert "prime256v1" in text


def test_a_public_address_that_the_administrator_names_is_permitted_alone() -> None:
    assert "93.184.215.14/32" in vouched(["portal.lan", "93.184.215.14"])
    assert not any(one.startswith("93.") for one in vouched(NAMES))


def test_an_authority_without_any_name_still_permits_no_name_but_localhost() -> None:
    assert [one for one in vouched(["192.168.7.20"]) if "/" not in one] == ["localhost"]


def test_the_key_lies_in_a_folder_of_its_own_for_its_owner_alone(tmp_path: Path) -> None:
    issued = ensure_own_ca(tmp_path, NAMES)
    key = issued.ca.parent / "ca.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o400
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(issued.key.stat().st_mode) == 0o600


def test_run_again_it_changes_nothing(tmp_path: Path) -> None:
    first = ensure_own_ca(tmp_path, NAMES)
    before = first.cert.read_bytes()
    assert ensure_own_ca(tmp_path, NAMES) == first
    assert first.cert.read_bytes() == before


def test_it_is_renewed_after_sixty_of_ninety_days(tmp_path: Path) -> None:
    ensure_own_ca(tmp_path, NAMES)
    folder, now = Folder(tmp_path), utcnow()
    assert not when.is_due(folder, NAMES, now + timedelta(days=59))
    assert when.is_due(folder, NAMES, now + timedelta(days=61))
    assert when.is_due(folder, NAMES, now - timedelta(days=2))  # a clock that was wrong when it was made


def test_a_new_address_of_the_machine_makes_a_new_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ensure_own_ca(tmp_path, NAMES)
    monkeypatch.setattr(when, "own_addresses", lambda: ["192.168.7.99"])
    again = ensure_own_ca(tmp_path, NAMES)
    assert verified(again.ca, again.cert, "-verify_ip", "192.168.7.99").returncode == 0
    assert again.fingerprint == first.fingerprint


def test_a_name_that_the_authority_may_not_vouch_for_is_left_out(tmp_path: Path) -> None:
    issued = ensure_own_ca(tmp_path, NAMES)
    permitted = facts_of(issued.ca)
    assert permitted is not None
    later = [*NAMES, "other.example", "globex.portal.lan"]
    assert "other.example" not in wished(later, permitted.names)
    assert "globex.portal.lan" in wished(later, permitted.names)
    renewed = renew(tmp_path, later)
    assert verified(renewed.ca, renewed.cert, "-verify_hostname", "globex.portal.lan").returncode == 0


def test_a_successor_is_offered_beside_the_authority_until_it_takes_over(tmp_path: Path) -> None:
    first, folder = ensure_own_ca(tmp_path, NAMES), Folder(tmp_path)
    second = begin_rotation(tmp_path, [*NAMES, "other.example"])
    assert begin_rotation(tmp_path, NAMES) == second
    assert folder.authorities() == [first.ca, second.ca]
    assert verified(first.ca, first.cert).returncode == 0
    last = end_rotation(tmp_path, [*NAMES, "other.example"])
    assert (folder.authorities(), last.fingerprint) == ([second.ca], second.fingerprint)
    assert verified(second.ca, last.cert, "-verify_hostname", "other.example").returncode == 0
    assert not first.ca.parent.exists()
    with pytest.raises(RuleBroken):
        end_rotation(tmp_path, NAMES)


def test_own_addresses_are_those_of_private_networks() -> None:
    found = addresses.own_addresses()
    assert all(addresses.is_inner(one) and not ip_address(one).is_loopback for one in found)
    assert ("lo", "127.0.0.1") in addresses.ipv4()


def test_a_star_stands_for_one_label() -> None:
    assert covers(["*.acme.example"], "portal.acme.example")
    assert not covers(["*.acme.example"], "a.portal.acme.example")
    assert not covers(["*.acme.example"], "acme.example")
    assert covers(["PORTAL.acme.example"], "portal.acme.example")
