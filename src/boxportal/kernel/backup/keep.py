"""Which backups are kept: the newest of each of the last days, weeks and months that have one."""

from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from itertools import groupby
from pathlib import Path

from boxportal.kernel.backup.journal import Journal
from boxportal.kernel.backup.names import UNPROVEN, Named, each_named, files_in, named
from boxportal.kernel.config_rules import Keep

PERIODS: tuple[Callable[[Named], object], ...] = (
    lambda one: one.at.date(),
    lambda one: one.at.isocalendar()[:2],
    lambda one: (one.at.year, one.at.month),
)


def to_remove(files: Iterable[str], keep: Keep, journal: Journal) -> list[str]:
    """The files that may go, of each company by itself; names of another form are nobody's business here.

    In each period the newest one that was proven stands for it, else the newest. The last proven one always stays, and
    so do, for as many days as one of each day is kept, those that no run has made: somebody saved what was before a
    change, or the portal did before an upgrade or a purge.
    """
    ordered = sorted(each_named(files), key=lambda one: (one.name, one.at, one.number), reverse=True)
    gone: list[str] = []
    made = {kept.file for run in journal.runs for kept in run.kept}
    for name, group in groupby(ordered, key=lambda one: one.name):
        several = list(group)
        kept = to_keep(several, keep, journal.proven) | {journal.last_proven(name), several[0].file}
        since = several[0].at - timedelta(days=keep[0])
        kept |= {one.file for one in several if one.at >= since and one.file not in made}
        gone += [one.file for one in several if one.file not in kept]
    return gone


def to_keep(several: Collection[Named], keep: Keep, proven: Collection[str]) -> set[str]:
    """`several` are one company's, the newest first."""
    kept: set[str] = set()
    for period, count in zip(PERIODS, keep, strict=True):
        best: dict[object, Named] = {}
        for one in several:
            there = best.setdefault(period(one), one)
            if there.file not in proven and one.file in proven:
                best[period(one)] = one
        kept |= {one.file for one in list(best.values())[:count]}
    return kept


def prune(folder: Path, keep: Keep, journal: Journal) -> list[str]:
    """Remove from the folder what need not be kept, and what of a failed proof a later good one has followed."""
    gone = to_remove([one.file for one in files_in(folder)], keep, journal)
    for file in gone:
        (folder / file).unlink(missing_ok=True)
    for path in folder.glob(f"*{UNPROVEN}"):
        failed = named(path.name.removesuffix(UNPROVEN))
        good = named(journal.last_proven(failed.name)) if failed else None
        if failed and good and good.at >= failed.at:
            path.unlink(missing_ok=True)
    return gone
