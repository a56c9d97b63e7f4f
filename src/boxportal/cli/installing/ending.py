"""The end of an installation: the link for the first administrator and the recovery key, each shown once."""

import io
import sys
from pathlib import Path

from boxportal.cli.installing.answers import HTTP
from boxportal.cli.installing.plan import address
from boxportal.cli.installing.refused import USAGE, Refused
from boxportal.cli.installing.steps import KEY
from boxportal.cli.installing.system import memory_of_service
from boxportal.cli.installing.work import Work
from boxportal.kernel.certificates.folder import Folder, facts_of
from boxportal.kernel.durable import write_whole


def finish(work: Work, *, can_ask: bool) -> dict[str, object]:
    """Hand over the link and the key, and close the journal. Returns what programs are told.

    Raises: Refused.
    """
    said: dict[str, object] = {"addresses": [address(work.answers, name) for name in work.answers.names]}
    said |= give_link(work)
    said |= tell_trust(work)
    if work.key:
        said |= give_key(work, can_ask=can_ask)
        work.journal.finish(KEY)
    work.journal.complete = True
    work.journal.write()
    if memory := memory_of_service():
        work.talk.say(f"\nThe service uses {memory / 1_000_000:.0f} MB of memory now. How it is: boxportal status")
    return said


def give_link(work: Work) -> dict[str, object]:
    """The one-time link, or the invitation of the administrator whose address was given."""
    email = work.answers.text("admin.email")
    if has_administrator(work):
        work.talk.say("\nThe administrators of before can sign in. A one-time link for a rescue: boxportal admin link")
        return {}
    if email:
        made = work.ours("user", "invite", email, "--name", work.answers.text("admin.name"), "--admin")
    else:
        made = work.ours("admin", "link")
    link = str(made["link"])
    if out := work.answers.text("admin.link_out"):
        write_out(out, f"{link}\n")
        work.talk.say(f"\nThe administrator's one-time link is in {out}.")
        return {"link_file": out}
    work.talk.show(f"\nOpen this once{'' if email else ', within 24 hours,'} to become the administrator:\n")
    secret = link.rpartition("/")[2]
    for one in (link, *(f"{address(work.answers, name)}/{secret}" for name in work.answers.names[1:])):
        work.talk.show(f"   {one}")
    if sys.stdout.isatty():
        work.talk.show(qr_code(link))
    work.talk.note("A one-time link for the administrator was shown.")
    return {"link": link}


def tell_trust(work: Work) -> dict[str, object]:
    """Where devices learn to trust the box's own certificate, and the fingerprint to compare there."""
    if work.answers.mode != "own-ca":
        return {}
    facts = next(filter(None, map(facts_of, Folder(work.places.settings).authorities())), None)
    fingerprint = facts.fingerprint if facts else ""
    plain = HTTP in work.answers.ports
    place = f"http://{work.answers.texts('box.names')[0]}" if plain else address(work.answers, work.answers.names[0])
    work.talk.say(f"\nEach device is told once to trust it: {place}/trust\nFingerprint to compare there: {fingerprint}")
    return {"trust": f"{place}/trust", "fingerprint": fingerprint}


def has_administrator(work: Work) -> bool:
    return bool(work.ours("user", "list", "--state", "active")["people"])


def qr_code(text: str) -> str:
    """A QR code for a terminal."""
    import segno  # noqa: PLC0415 only where somebody looks at a terminal

    drawn = io.StringIO()
    segno.make(text, error="l").terminal(drawn, compact=True)
    return drawn.getvalue()


def give_key(work: Work, *, can_ask: bool) -> dict[str, object]:
    """The recovery key: into the named file, or shown once, and its end asked for."""
    if out := work.answers.text("backup.recovery_key_out"):
        write_out(out, f"{work.key}\n")
        work.talk.say(f"The recovery key of the backups is in {out}: print it, and keep it away from this machine.")
        return {"recovery_key_file": out}
    work.talk.show(
        "\nThe recovery key of your backups, shown once. Print it: without it a lost machine takes them along.\n"
    )
    work.talk.show(f"   {work.key}\n")
    work.talk.note("The recovery key was shown.")
    if can_ask:
        work.talk.asked(
            "Saved? Type its last 4 characters:", "-", lambda text: "" if is_end(text, work.key) else "not yet"
        )
    return {"recovery_key": work.key}


def is_end(typed: str, key: str) -> bool:
    return typed.strip().upper() == key[-4:].upper()


def write_out(out: str, text: str) -> None:
    """Write a secret to a file for root alone.

    Raises: Refused.
    """
    try:
        write_whole(Path(out), text, 0o600)
    except OSError as error:
        raise Refused(USAGE, f"{out} can't be written: {error.strerror}") from error
