"""A portal that is served over https by a process of its own, as devices that trust its authority see it."""

import socket
import ssl
import subprocess
from pathlib import Path

import pytest
from tests.cli.conftest import run_in
from tests.support.encrypted import Encrypted, certificate_for
from tests.support.server import environment
from websockets.sync.client import connect

from boxportal.kernel.certificates.folder import facts_of
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.switch.live import wish_renewal

pytestmark = [pytest.mark.modules(), pytest.mark.slow]
ADMIN = "admin@acme.example"


def test_device_that_trusts_the_authority_signs_in_and_its_cookie_is_bound_to_the_host(encrypted: Encrypted) -> None:
    answer = encrypted.sign_in(ADMIN)
    assert answer.status == 303
    flags = {flag.strip().lower() for flag in answer.headers["set-cookie"].split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= flags
    assert not any(flag.startswith("domain") for flag in flags)
    assert encrypted.ask("/inbox", trusted=encrypted.authority).status == 200


def test_device_that_does_not_trust_it_refuses(encrypted: Encrypted) -> None:
    with socket.create_connection(("127.0.0.1", encrypted.port)) as raw, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(raw, server_hostname="127.0.0.1")


@pytest.mark.parametrize("name", ["portal.lan", "localhost", "127.0.0.1"])
def test_each_name_of_the_box_is_in_the_certificate(encrypted: Encrypted, name: str) -> None:
    trusting, where = encrypted.trusting(encrypted.authority), ("127.0.0.1", encrypted.port)
    with socket.create_connection(where) as raw, trusting.wrap_socket(raw, server_hostname=name) as spoken:
        assert spoken.version() == "TLSv1.3"


@pytest.mark.parametrize(
    ("version", "ciphers", "is_spoken"),
    [
        ("-tls1_1", "ALL:@SECLEVEL=0", False),
        ("-tls1_2", "ECDHE-ECDSA-AES128-SHA256", False),
        ("-tls1_2", "ECDHE-ECDSA-AES128-GCM-SHA256", True),
    ],
)
def test_only_what_mozilla_calls_intermediate_is_spoken(
    encrypted: Encrypted, version: str, ciphers: str, *, is_spoken: bool
) -> None:
    where = f"127.0.0.1:{encrypted.port}"
    done = subprocess.run(
        ["openssl", "s_client", version, "-cipher", ciphers, "-connect", where],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ("Cipher is (NONE)" not in done.stdout and done.returncode == 0) is is_spoken, done.stdout + done.stderr


def test_screens_are_live_over_wss(encrypted: Encrypted) -> None:
    encrypted.sign_in(ADMIN)
    where, origin = f"wss://127.0.0.1:{encrypted.port}/live", f"https://127.0.0.1:{encrypted.port}"
    headers = {"cookie": f"__Host-bp={encrypted.cookie}"}
    with connect(
        where,
        additional_headers=headers,
        origin=origin,
        ssl=encrypted.trusting(encrypted.authority),  # type: ignore[arg-type]
    ) as screen:
        assert "unread" in str(screen.recv(timeout=20))


def test_plain_port_only_leads_to_https_and_shows_how_to_trust(encrypted: Encrypted) -> None:
    for path in ("/", "/login", "/admin/people?x=1", "/healthz", "/api/v1/me", "/trust-me", "/hello"):
        answer = encrypted.ask_plain(path, headers={"host": "portal.lan"})
        assert (answer.status, answer.headers["location"]) == (307, f"https://portal.lan:{encrypted.port}{path}")
    page = encrypted.ask_plain("/trust")
    assert page.status == 200
    assert "<form" not in page.text
    assert facts_of(encrypted.authority).fingerprint.split(":")[0] in page.text  # type: ignore[union-attr]


def test_plain_port_takes_nothing_in_and_knows_nobody(encrypted: Encrypted) -> None:
    encrypted.sign_in(ADMIN)
    assert encrypted.ask_plain("/login", "email=a&password=b").status == 403
    assert encrypted.ask_plain("/trust", "a=b").status == 403
    assert "set-cookie" not in encrypted.ask_plain("/trust").headers


def test_plain_port_leads_to_no_foreign_host(encrypted: Encrypted) -> None:
    answer = encrypted.ask_plain("/login", headers={"host": "evil.example"})
    assert answer.headers["location"] == f"https://portal.lan:{encrypted.port}/login"
    answer = encrypted.ask_plain("//evil.example/x", headers={"host": "portal.lan"})
    assert answer.headers["location"].startswith(f"https://portal.lan:{encrypted.port}/")


def test_browsers_insist_on_https_only_once_somebody_said_that_all_devices_trust_it(encrypted: Encrypted) -> None:
    def header() -> str | None:
        return encrypted.ask("/login", trusted=encrypted.authority).headers.get("strict-transport-security")

    assert header() is None
    assert run_in(encrypted.data, "cert", "hsts", "on").code == 0
    encrypted.wait(lambda: header() == "max-age=2592000")
    assert "strict-transport-security" not in encrypted.ask_plain("/trust").headers
    assert run_in(encrypted.data, "cert", "hsts", "off").code == 0
    encrypted.wait(lambda: header() == "max-age=0")


def test_renewed_certificate_is_shown_to_new_connections_without_a_restart(encrypted: Encrypted) -> None:
    assert encrypted.process is not None
    before, process = encrypted.ask("/healthz", trusted=encrypted.authority).shown, encrypted.process.pid
    assert run_in(encrypted.data, "cert", "renew").code == 0
    encrypted.wait(lambda: encrypted.ask("/healthz", trusted=encrypted.authority).shown != before)
    assert encrypted.process.pid == process


def test_new_start_of_the_program_keeps_both_ports_and_the_certificate(encrypted: Encrypted) -> None:
    before = encrypted.ask("/healthz", trusted=encrypted.authority).shown
    starts = encrypted.log.read_text("utf-8").count("Serving on https://")
    box = Box.open(encrypted.data)
    with write_session(box.get(None).engines) as db:
        wish_renewal(db)
    box.close()
    encrypted.wait(lambda: encrypted.log.read_text("utf-8").count("Serving on https://") > starts)
    encrypted.wait(lambda: encrypted.ask("/healthz", trusted=encrypted.authority).shown == before)
    encrypted.wait(lambda: encrypted.ask_plain("/").status == 307)


def test_own_authority_of_the_firm_is_served_instead_and_back(encrypted: Encrypted, tmp_path: Path) -> None:
    """An RSA key, while the box's own is elliptic: no client may be shown the one that suits it better."""
    given = certificate_for(tmp_path, "portal.lan", kind="rsa:2048")
    assert run_in(encrypted.data, "cert", "use", str(given.cert), str(given.key)).code == 0
    encrypted.wait(lambda: encrypted.ask("/healthz", trusted=None).shown == given.der)
    answer = encrypted.ask("/login", trusted=None)
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert encrypted.ask_plain("/trust").status == 404
    assert run_in(encrypted.data, "cert", "renew").code == 3
    assert run_in(encrypted.data, "cert", "own-ca").code == 0
    encrypted.wait(lambda: encrypted.ask("/healthz", trusted=None).shown != given.der)
    assert encrypted.ask("/healthz", trusted=encrypted.authority).status == 200


def test_while_the_authority_has_a_successor_devices_are_offered_both(encrypted: Encrypted) -> None:
    old = encrypted.authority.read_bytes()
    kept = encrypted.data / "old.pem"
    kept.write_bytes(old)
    assert run_in(encrypted.data, "cert", "rotate-ca").code == 0
    page = encrypted.ask("/trust", trusted=kept)
    assert page.text.count("boxportal-ca.crt") >= 2
    assert encrypted.ask("/trust/boxportal-ca.mobileconfig", trusted=kept).text.count("com.apple.security.root") == 2
    assert run_in(encrypted.data, "cert", "rotate-ca", "--finish", "--yes").code == 0
    encrypted.wait(lambda: encrypted.ask("/healthz", trusted=encrypted.authority).status == 200)
    with pytest.raises(ssl.SSLCertVerificationError):
        encrypted.ask("/healthz", trusted=kept)


def test_files_that_boxportal_toml_names_are_served(unserved: Encrypted, tmp_path: Path) -> None:
    first = certificate_for(tmp_path, "portal.lan")
    unserved.mode, unserved.more = "files", f'cert = "{first.cert}"\nkey = "{first.key}"\n'
    unserved.start()
    answer = unserved.ask("/login", trusted=None)
    assert (answer.shown, answer.headers["strict-transport-security"]) == (first.der, "max-age=31536000")


def test_without_a_certificate_that_can_be_served_it_does_not_start_and_says_why(unserved: Encrypted) -> None:
    (unserved.data / "boxportal.toml").write_text('[tls]\nmode = "files"\ncert = "/nowhere.pem"\n', "utf-8")
    done = subprocess.run(unserved.command("serve", "--port", str(unserved.port)), capture_output=True, text=True,
                          check=False, timeout=120, env=environment())  # fmt: skip
    assert done.returncode == 3
    assert "/nowhere.pem can't be read" in done.stderr
