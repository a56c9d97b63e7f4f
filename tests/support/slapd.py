"""A real directory of the tests' own: OpenLDAP's slapd on loopback, with a certificate that a test authority signed."""

import datetime as dt
import ipaddress
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import ldap3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.live import free_port

BASE = "dc=example,dc=org"
ROOT, ROOT_PASSWORD = f"cn=admin,{BASE}", "root-secret-9"
SLAPD = Path("/usr/sbin/slapd")
SECONDS = 30


@dataclass(frozen=True)
class Slapd:
    """A running directory."""

    port: int
    plain_port: int
    ca: str

    def add(self, dn: str, classes: list[str], **values: object) -> None:
        with self.root() as line:
            assert line.add(f"{dn},{BASE}", classes, values), line.result

    def person(self, uid: str, name: str, *, mail: str = "", department: str = "", password: str = "") -> str:
        more = {"mail": mail, "departmentNumber": department, "userPassword": password}
        values = {"cn": name, "sn": name.rsplit(maxsplit=1)[-1], "uid": uid} | {
            key: value for key, value in more.items() if value
        }
        self.add(f"uid={uid},ou=people", ["inetOrgPerson"], **values)
        return f"uid={uid},ou=people,{BASE}"

    def group(self, name: str, *members: str) -> str:
        self.add(f"cn={name},ou=groups", ["groupOfNames"], member=list(members))
        return f"cn={name},ou=groups,{BASE}"

    def change(self, dn: str, **values: list[str]) -> None:
        with self.root() as line:
            replaced = {key: [(ldap3.MODIFY_REPLACE, new)] for key, new in values.items()}
            assert line.modify(dn, replaced), line.result

    def remove(self, dn: str) -> None:
        with self.root() as line:
            assert line.delete(dn), line.result

    @contextmanager
    def root(self) -> Iterator[ldap3.Connection]:
        server = ldap3.Server("127.0.0.1", self.plain_port, get_info=ldap3.NONE)
        line = ldap3.Connection(server, ROOT, ROOT_PASSWORD, auto_bind=True)
        try:
            yield line
        finally:
            line.unbind()


@contextmanager
def running_slapd() -> Iterator[Slapd]:
    """Start a directory with two empty branches, and end it with the block."""
    if not SLAPD.exists():
        raise RuntimeError("slapd is missing: run the tests with `sh installer/test.sh`")
    folder = Path(tempfile.mkdtemp(prefix="bp-ldap-"))
    try:
        ca = write_certificates(folder)
        (folder / "db").mkdir()
        (folder / "slapd.conf").write_text(config(folder), "utf-8")
        port, plain = free_port(), free_port()
        urls = f"ldaps://127.0.0.1:{port} ldap://127.0.0.1:{plain}"
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [SLAPD, "-d", "0", "-f", folder / "slapd.conf", "-h", urls], stdout=log, stderr=log
            )
        try:
            directory = Slapd(port, plain, ca)
            wait_for(directory, process, folder / "log")
            fill(directory)
            yield directory
        finally:
            process.terminate()
            process.wait(SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def config(folder: Path) -> str:
    schemas = "".join(f"include /etc/ldap/schema/{name}.schema\n" for name in ("core", "cosine", "inetorgperson"))
    return f"""{schemas}
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/cert.pem
TLSCertificateKeyFile {folder}/key.pem
database mdb
suffix "{BASE}"
rootdn "{ROOT}"
rootpw {ROOT_PASSWORD}
directory {folder}/db
access to attrs=userPassword by anonymous auth by * none
access to * by users read by * none
"""


def fill(directory: Slapd) -> None:
    with directory.root() as line:
        assert line.add(BASE, ["dcObject", "organization"], {"o": "Example", "dc": "example"}), line.result
    for branch in ("people", "groups", "service"):
        directory.add(f"ou={branch}", ["organizationalUnit"])
    directory.add("cn=portal,ou=service", ["person", "simpleSecurityObject"], sn="portal", userPassword="look-up-7")


def wait_for(directory: Slapd, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", directory.plain_port), timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"slapd did not start: {log.read_text('utf-8')[-2000:]}")


def write_certificates(folder: Path) -> str:
    """Make an authority and a certificate for 127.0.0.1 in the folder; returns the authority's as text."""
    now = dt.datetime.now(dt.UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test authority")])

    def begun(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        built = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
        built = built.serial_number(x509.random_serial_number())
        return built.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(now + dt.timedelta(2))

    ca = begun(issuer, ca_key.public_key()).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    ca_signed = ca.sign(ca_key, hashes.SHA256())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    leaf = begun(subject, key.public_key()).add_extension(names, critical=False).sign(ca_key, hashes.SHA256())
    pem = ca_signed.public_bytes(serialization.Encoding.PEM)
    (folder / "ca.pem").write_bytes(pem)
    (folder / "cert.pem").write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return pem.decode()
