"""Writes `docs/protection.md` from the guards' own texts: `python -m boxportal.kernel.protection.document`."""

import sys
from collections.abc import Iterator

from boxportal.kernel.protection.model import QUESTIONS, Guard, Question
from boxportal.kernel.protection.table import GUARDS

HEAD = """\
# Protection

<!-- Made from the guards' own texts: python -m boxportal.kernel.protection.document > docs/protection.md -->

The page **Administration → Safety → Protection** answers three plain questions: can strangers get in, can you get your
data back, would you notice. Each answer is *good*, *weak* or *open*, with the one act that comes next. Below stand the
guards behind the answers. Nothing is supposed: each guard is measured, and says what was seen and when.

- **Test now** measures all guards, in a process beside the server; so does `boxportal protect check`, which ends with
  exit code 8 when one is red. The server does it once a day and tells administrators of what turned red.
- *Note* is worth knowing and no weakness: on a trial that only its own machine reaches, an unencrypted connection is
  one. What could not be measured says so, and why.
- **Not now, because…** sets a guard aside. The reason stays on the card, in the report and in the audit log.
- What is always on has no switch. Where a press is enough the card has one; else it names the command or the page.
- The report (on paper from the page, or `boxportal protect report`) has a letter: A without a weakness, B with a few,
  C with many or a red guard, D, E and F with one, two and more critical guards that failed. Setting one aside does not
  change the letter.
- Guards of the machine are looked after by administrators of the box's first company.

Who is root on the machine can change the data, the program and this page. The audit log's seals, noted beside the
backups, tell of a changed past only as long as that place is out of their reach: let backups go to another machine.
"""


def document() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for question in Question for line in chapter(question))])


def chapter(question: Question) -> Iterator[str]:
    yield f"## {QUESTIONS[question]}\n"
    for guard in GUARDS:
        if guard.question is question:
            yield section(guard)


def section(guard: Guard) -> str:
    marks = [word for word, holds in (("critical", guard.critical), ("always on", guard.always)) if holds]
    return f"""\
### {guard.name}

`{guard.id}`{f" ({', '.join(marks)})" if marks else ""}. {guard.does}

- Without it: {guard.without}
- Costs: {guard.costs}
- Turn it on if: {guard.on_if}
- Leave it off if: {guard.off_if}
- Undo: {guard.undo}
"""


if __name__ == "__main__":
    sys.stdout.write(document())
