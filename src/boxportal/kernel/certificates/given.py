"""Takes a certificate in that the administrator brings: from the company's own authority, or by ACME."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from boxportal.kernel.certificates.authority import facts_in
from boxportal.kernel.certificates.folder import Facts, with_facts
from boxportal.kernel.certificates.names import covers
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import lazy as _l

MARGIN = "%Y-%m-%d"


def pair_from(certificate: bytes, key: bytes, names: Sequence[str], now: datetime) -> tuple[str, Facts]:
    """The text to keep of a certificate with its chain, and its key: what it says, key, chain.

    Raises: RuleBroken when a file can't be read, the two do not belong together, it is over, or it is for other names.
    """
    chain, secret = chain_in(certificate), secret_in(key)
    leaf = chain[0]
    spki = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if secret.public_key().public_bytes(*spki) != leaf.public_key().public_bytes(*spki):
        raise RuleBroken(_l("The key does not belong to the first certificate of the file."))
    if leaf.not_valid_after_utc <= now:
        raise RuleBroken(_l("The certificate ended on %(day)s.", day=leaf.not_valid_after_utc.strftime(MARGIN)))
    for_names = names_in(leaf)
    if not any(covers(for_names, host) for host in names):
        raise RuleBroken(
            _l(
                "The certificate is for %(theirs)s, and people type %(ours)s.",
                theirs=", ".join(for_names) or "–", ours=", ".join(names),
            )
        )  # fmt: skip
    facts = facts_in(leaf, for_names)
    kept = secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return with_facts(facts, kept + "".join(one.public_bytes(Encoding.PEM).decode() for one in chain)), facts


def chain_in(pem: bytes) -> list[x509.Certificate]:
    """Raises: RuleBroken."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise RuleBroken(_l("This is no certificate in PEM form: it begins with BEGIN CERTIFICATE.")) from error


def secret_in(pem: bytes) -> PrivateKeyTypes:
    """Raises: RuleBroken, also for a key that a passphrase locks."""
    try:
        return load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise RuleBroken(_l("This is no private key in PEM form without a passphrase.")) from error


def names_in(leaf: x509.Certificate) -> list[str]:
    try:
        spoken = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [
        *spoken.get_values_for_type(x509.DNSName),
        *(str(address) for address in spoken.get_values_for_type(x509.IPAddress)),
    ]
