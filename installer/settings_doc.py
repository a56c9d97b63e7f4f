"""Writes `docs/configuration.md` from the settings themselves: `python installer/settings_doc.py`."""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from boxportal.kernel.configuring.registry import Entry, entries, written

PAGE = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"
HEAD = """\
# Settings of the box

This page is written from the program's own list (`python installer/settings_doc.py`); `boxportal config explain NAME`
tells the same.

What holds for the whole server stands in one file, `boxportal.toml`: in the data folder of a trial, in `/etc/boxportal`
of an installed box. A setting that is not in the file has its default, so an empty file, or none, is right. A key that
does not exist is an error that names the nearest one: `boxportal config validate` says so before the server does.

Change it by hand, with `boxportal config set`, or under Administration, Settings (for administrators of the first
company). The command and the page check a value before they write it, leave comments and order as they are, write the
file whole or not at all, and keep the former one as `boxportal.toml.former`. Each change stands in the audit log.

    boxportal config list
    boxportal config explain box.threads
    boxportal config set box.threads 8
    boxportal config set box.names "portal.local, 192.168.1.20"
    boxportal config set box.threads --default

Most settings are read when the server starts. The page offers to let it start anew, which takes a few seconds and signs
nobody out; on the server that is `systemctl restart boxportal`. Settings of one company (its name, mail server, public
door, modules) are no part of this file: they stand in its database, and under Administration.
"""


def page() -> str:
    """The page's text."""
    return "\n".join([HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for section, group in groupby(entries(), key=lambda entry: entry.path[0]):
        several = list(group)
        yield f"## [{section}] {several[0].section_title}\n"
        for entry in several:
            yield from _setting(entry)


def _setting(entry: Entry) -> Iterator[str]:
    yield f"### {entry.key}\n"
    yield f"{entry.said.title}. {entry.said.text}\n"
    facts = [f"default `{written(entry.default)}`"]
    if entry.choices:
        facts.append("one of " + ", ".join(f"`{one}`" for one in entry.choices))
    if entry.said.example is not None:
        facts.append(f"example `{entry.path[-1]} = {written(entry.said.example)}`")
    facts.append("in force when the server starts anew" if entry.said.restart else "in force at once")
    if entry.said.secret:
        facts.append("never shown")
    if entry.said.fixed:
        facts.append("not changed by the command or the page")
    told = "; ".join(facts)
    yield f"{told[0].upper()}{told[1:]}.\n"


def main() -> int:
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(entries())} settings\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
