"""The box's own certificate authority: made once, able to vouch for this box alone, loaded only to sign.

Imported by commands and by the child process that signs, never by the server.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from boxportal.kernel.certificates.folder import Facts, der_of, fingerprint_of, with_facts
from boxportal.kernel.certificates.names import vouched
from boxportal.kernel.door import is_ip

AUTHORITY_LASTS = timedelta(days=3652)
LEAF_LASTS = timedelta(days=90)
CLOCKS_DIFFER = timedelta(days=1)
"""Certificates begin a day ago: a telephone whose clock is behind takes them too."""
NAME_LETTERS = 40
SERVER_AUTH = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and the certificate's text, with what it says in its first line."""

    key: str
    certificate: str
    facts: Facts


def new_authority(names: Sequence[str], now: datetime) -> Pair:
    """Make an authority that may vouch for these names, for private networks, and for nothing else.

    RFC 5280: critical basic constraints without authorities below it (4.2.1.9), critical name constraints (4.2.1.10).
    """
    key, permitted = ec.generate_private_key(ec.SECP256R1()), vouched(names)
    subject = subject_of(permitted[0], key.public_key())
    built = (
        begun(subject, subject, key.public_key(), now, AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs_certificates=True), critical=True)
        .add_extension(SERVER_AUTH, critical=False)
        .add_extension(x509.NameConstraints([general(one) for one in permitted], None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return pair_of(key, built.sign(key, SHA256()), permitted, "")


def sign_leaf(authority_key: bytes, authority: str, names: Sequence[str], now: datetime) -> Pair:
    """Make a certificate for these names and addresses, which the authority vouches for."""
    signing, above = load_pem_private_key(authority_key, None), x509.load_pem_x509_certificate(authority.encode())
    if not isinstance(signing, ec.EllipticCurvePrivateKey):
        raise TypeError(signing)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "BoxPortal")])
    identifier = above.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    built = (
        begun(subject, above.subject, key.public_key(), now, LEAF_LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs_certificates=False), critical=True)
        .add_extension(SERVER_AUTH, critical=False)
        .add_extension(x509.SubjectAlternativeName([spoken(one) for one in names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    return pair_of(key, built.sign(signing, SHA256()), names, fingerprint_of(der_of(authority)))


def begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER)
        .not_valid_after(now + lasts)
    )


def subject_of(name: str, key: ec.EllipticCurvePublicKey) -> x509.Name:
    """A name that tells this authority from its predecessor in a device's list."""
    mark = hashlib.sha256(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)).hexdigest()[:6].upper()
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "BoxPortal"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"BoxPortal {name[:NAME_LETTERS]} {mark}"),
        ]
    )


def usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def general(permitted: str) -> x509.GeneralName:
    return x509.IPAddress(ip_network(permitted)) if "/" in permitted else x509.DNSName(permitted)


def spoken(name: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(name)) if is_ip(name) else x509.DNSName(name)


def pair_of(key: ec.EllipticCurvePrivateKey, made: x509.Certificate, names: Sequence[str], authority: str) -> Pair:
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    facts = facts_in(made, names, authority)
    return Pair(secret, with_facts(facts, made.public_bytes(Encoding.PEM).decode()), facts)


def facts_in(made: x509.Certificate, names: Sequence[str], authority: str = "") -> Facts:
    return Facts(
        names=list(names),
        begins=made.not_valid_before_utc,
        ends=made.not_valid_after_utc,
        fingerprint=fingerprint_of(made.public_bytes(Encoding.DER)),
        authority=authority,
        issuer=made.issuer.rfc4514_string(),
    )
