"""What a device is given so that it trusts the box's own authority: certificates in the forms that devices take."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from boxportal.kernel.certificates.choices import OWN, mode_of
from boxportal.kernel.certificates.folder import Folder, certificate_in, der_of, facts_of, fingerprint_of
from boxportal.kernel.config import TlsSection

STEM = "boxportal-ca"
TYPES = {
    "pem": "application/x-pem-file",
    "crt": "application/x-x509-ca-cert",
    "mobileconfig": "application/x-apple-aspen-config",
}
DEVICES = ("windows", "macos", "ios", "android", "linux", "firefox", "company")


@dataclass(frozen=True, slots=True)
class Offered:
    """An authority that devices may trust. The second one of two takes over soon."""

    name: str
    title: str
    pem: str
    fingerprint: str
    ends: datetime | None

    @property
    def der(self) -> bytes:
        return der_of(self.pem)


def offered(folder: Folder, tls: TlsSection) -> list[Offered]:
    """The authorities that devices may trust; none unless the box vouches for itself."""
    if mode_of(tls, folder.state()) != OWN:
        return []
    return [read(file.parent.name, certificate_in(file), folder) for file in folder.authorities()]


def read(name: str, pem: str, folder: Folder) -> Offered:
    facts = facts_of(folder.ca_file(name))
    title = facts.issuer.partition(",")[0].removeprefix("CN=") if facts else name
    return Offered(name, title, pem, fingerprint_of(der_of(pem)), facts.ends if facts else None)


def in_form(authorities: Sequence[Offered], form: str) -> bytes:
    """The authorities as a file of this form; only the profile for Apple's devices holds several."""
    if form == "mobileconfig":
        return profile(authorities)
    return authorities[0].pem.encode() if form == "pem" else authorities[0].der


def profile(authorities: Sequence[Offered]) -> bytes:
    """A configuration profile with root certificates (Apple, "Certificate payload settings")."""
    import plistlib  # noqa: PLC0415 with an XML parser, for this one file

    payloads = [payload(one) for one in authorities]
    whole = payloads[-1]["PayloadUUID"]
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": "boxportal.trust",
            "PayloadUUID": str(uuid.uuid5(uuid.NAMESPACE_URL, f"profile:{whole}")).upper(),
            "PayloadDisplayName": authorities[0].title,
            "PayloadContent": payloads,
        }
    )


def payload(one: Offered) -> dict[str, object]:
    mark = str(uuid.uuid5(uuid.NAMESPACE_URL, one.fingerprint)).upper()
    return {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"boxportal.trust.{one.name}",
        "PayloadUUID": mark,
        "PayloadDisplayName": one.title,
        "PayloadCertificateFileName": f"{STEM}.crt",
        "PayloadContent": one.der,
    }


def device_of(agent: str) -> str:
    """Whose guide stands open, by what the browser says of itself."""
    marks = (
        ("Android", "android"), ("iPhone", "ios"), ("iPad", "ios"), ("Macintosh", "macos"), ("Windows", "windows"),
        ("Linux", "linux"),
    )  # fmt: skip
    return next((device for mark, device in marks if mark in agent), "")
