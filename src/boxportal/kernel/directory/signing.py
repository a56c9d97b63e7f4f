"""Signing in with the directory's password, asked outside any transaction. Who comes first becomes a person."""

from dataclasses import dataclass

from boxportal.kernel.directory.settings import DirectorySettings, DirectoryState
from boxportal.kernel.directory.sync import access_to
from boxportal.kernel.directory.taking import Groups, groups_that_count, take
from boxportal.kernel.directory.talk import Access, Entry, Talk, talking
from boxportal.kernel.identity.models import Person
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import NotReached
from boxportal.sdk.logs import get_logger

log = get_logger()


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry whose password the directory accepted, with its groups."""

    entry: Entry
    groups: Groups


def members_or_none(talk: Talk, by: Access) -> dict[str, set[str]] | None:
    """A group that is missing keeps nobody out, and takes nobody's rights: the nightly look tells of it."""
    try:
        return talk.members(groups_that_count(by.settings))
    except NotReached as error:
        log.warning("groups of the directory can't be told", error=str(error))
        return None


class Directory:
    """The directory as the sign-in asks it."""

    def access(self, ctx: ReadCtx) -> Access | None:
        """With what to ask the directory; None while people do not sign in with it."""
        settings = ctx.settings(DirectorySettings)
        return access_to(ctx) if settings.on and settings.is_set else None

    def prove(self, by: Access, name: str, password: str) -> Proof | None:
        """Let the directory check a password; None when it does not know the name or refuses the password.

        Raises: NotReached.
        """
        if not password or not name:
            return None
        with talking(by) as talk:
            entry = talk.person(name)
            if entry is None or not talk.accepts(entry, password):
                return None
            return Proof(entry, Groups(by.settings, members_or_none(talk, by)))

    def arrive(self, ctx: Ctx, proof: Proof) -> Person | None:
        """The person of a proven entry, brought into line with it, or made; None when they may not come in."""
        return take(ctx, proof.entry, proof.groups, ctx.settings(DirectoryState).departments).person
