"""What may be done with the box's certificates. Imported by commands and by the child process of the server."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from boxportal.kernel.certificates.authority import new_authority, sign_leaf
from boxportal.kernel.certificates.folder import Facts, Folder, Issued, State, certificate_in, facts_of
from boxportal.kernel.certificates.given import pair_from
from boxportal.kernel.certificates.names import hosts_of
from boxportal.kernel.certificates.when import is_due, wished
from boxportal.kernel.durable import write_whole
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import lazy as _l


def ensure_own_ca(settings: Path, names: Sequence[str]) -> Issued:
    """Have an authority and a certificate for these names and this machine's addresses that is good for a while.

    `names` are what people type, with or without a port. Run again it changes nothing, until a new one is due. Files
    made by root belong to the owner of `settings/certificates`.
    Raises: OSError.
    """
    return issue(settings, names, anew=False)


def renew(settings: Path, names: Sequence[str]) -> Issued:
    """Sign a new certificate now, whether it is due or not."""
    return issue(settings, names, anew=True)


def issue(settings: Path, names: Sequence[str], *, anew: bool) -> Issued:
    folder = Folder(settings)
    with folder.locked():
        state = folder.state()
        if not state.authority or not folder.ca_file(state.authority).exists():
            state = state.model_copy(update={"authority": make_authority(folder, names), "successor": ""})
            folder.keep(state)
        if anew or is_due(folder, names, utcnow()):
            sign(folder, state.authority, names)
        return issued(folder, state)


def issued(folder: Folder, state: State) -> Issued:
    file = folder.ca_file(state.authority)
    facts = facts_of(file)
    return Issued(folder.own, folder.own, file, facts.fingerprint if facts else "")


def make_authority(folder: Folder, names: Sequence[str]) -> str:
    """Make an authority in a folder of its own; its name is the beginning of its fingerprint."""
    pair = new_authority(names, utcnow())
    name = pair.facts.fingerprint.replace(":", "")[:16].lower()
    home = folder.authority(name)
    home.parent.mkdir(exist_ok=True, mode=0o700)
    home.mkdir(mode=0o700)
    write_whole(home / "ca.key", pair.key, 0o400)
    write_whole(home / "ca.pem", pair.certificate, 0o644)
    return name


def sign(folder: Folder, authority: str, names: Sequence[str]) -> Facts:
    home = folder.authority(authority)
    may = facts_of(home / "ca.pem")
    pair = sign_leaf(
        (home / "ca.key").read_bytes(),
        certificate_in(home / "ca.pem"),
        wished(names, may.names if may else ()),
        utcnow(),
    )
    said, _line, certificate = pair.certificate.partition("\n")
    write_whole(folder.own, f"{said}\n{pair.key}{certificate}")
    return pair.facts


def begin_rotation(settings: Path, names: Sequence[str]) -> Issued:
    """Make the authority's successor and offer both to devices; the one in force goes on signing until `end_rotation`.

    HSTS is taken back, so that a device that has not heard of the successor then can still be let in.
    Raises: RuleBroken when there is none to follow.
    """
    folder = Folder(settings)
    with folder.locked():
        state = folder.state()
        if not state.authority:
            raise RuleBroken(_l("The box has no authority of its own yet."))
        if not state.successor:
            off = {"own-ca": False} if state.hsts.get("own-ca") else {}
            made = {"successor": make_authority(folder, names), "hsts": {**state.hsts, **off}}
            state = state.model_copy(update=made)
            folder.keep(state)
        file = folder.ca_file(state.successor)
        facts = facts_of(file)
        return Issued(folder.own, folder.own, file, facts.fingerprint if facts else "")


def end_rotation(settings: Path, names: Sequence[str]) -> Issued:
    """Let the successor sign from now on, and forget the former authority with its key.

    Raises: RuleBroken when no successor was made.
    """
    folder = Folder(settings)
    with folder.locked():
        former = folder.state()
        if not former.successor:
            raise RuleBroken(_l("There is no successor: make one first, and let the devices trust it."))
        hsts = {mode: on for mode, on in former.hsts.items() if mode != "own-ca"}
        state = former.model_copy(update={"authority": former.successor, "successor": "", "hsts": hsts})
        sign(folder, state.authority, names)
        folder.keep(state)
        shutil.rmtree(folder.authority(former.authority), ignore_errors=True)
        return issued(folder, state)


def take_given(settings: Path, certificate: bytes, key: bytes, names: Sequence[str], source: tuple[str, int]) -> Facts:
    """Keep a certificate that the administrator brings. `source` says which file of boxportal.toml it was, if any.

    Raises: RuleBroken as `pair_from`.
    """
    folder = Folder(settings)
    text, facts = pair_from(certificate, key, hosts_of(names), utcnow())
    with folder.locked():
        write_whole(folder.given, text)
        if source[0]:
            folder.keep(folder.state().model_copy(update={"source": source}))
    return facts
