"""The six questions. Each has a safe answer, and Enter takes it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from boxportal.cli.installing.answers import Answers, complete, usual_listen
from boxportal.cli.installing.facts import Facts, free_mb, same_disk
from boxportal.cli.installing.keys import KEYS, is_host
from boxportal.cli.installing.parts import BASE, PROFILES, Part, cost_of, offered_profiles, with_required
from boxportal.cli.installing.talk import Talk

MODES = (
    ("own-ca", "own certificate, made here. Works offline. Each device is told to trust it once."),
    ("files", "we have certificate files"),
    ("proxy", "another server on this machine does it, in front of this one"),
)
MORE = 8000
"""What is added to the usual port where somebody else holds that."""


def ask_all(talk: Talk, facts: Facts, parts: dict[str, Part], given: Mapping[str, object]) -> Answers:
    """Ask what was not given, and complete it."""
    talk.say("6 questions, each has a safe answer: press Enter to take it.")
    values = dict(given)
    usual = complete(given, facts, parts)
    ask_title(talk, values, usual)
    ask_name(talk, values, usual)
    ask_modules(talk, values, facts, parts)
    ask_data(talk, values, usual)
    ask_tls(talk, values, usual, facts)
    ask_backups(talk, values, usual)
    return complete(values, facts, parts)


def wrong_for(key: str) -> Callable[[str], str]:
    return KEYS[key].problem


def ask_title(talk: Talk, values: dict[str, object], usual: Answers) -> None:
    question = "\n1/6  What is the company called? It stands on pages and invoices."
    values["company.title"] = talk.asked(question, usual.text("company.title"), wrong_for("company.title"))


def ask_name(talk: Talk, values: dict[str, object], usual: Answers) -> None:
    names = usual.texts("box.names")
    talk.say("\n2/6  What will people type to open it?")
    talk.say("     An address works at once; a name needs an entry in your router or name server.")
    typed = talk.asked("    ", names[0], lambda text: "" if is_host(text) else "is no name and no address")
    values["box.names"] = [typed, *(name for name in names if name != typed)]


def ask_modules(talk: Talk, values: dict[str, object], facts: Facts, parts: dict[str, Part]) -> None:
    """What it is for: a profile with its cost, or module by module."""
    profiles = offered_profiles(parts)
    talk.say("\n3/6  What for? Any part can be switched on or off later, without losing data.")
    talk.say("     Off = no memory, no pages, no jobs.")
    for number, (profile, modules) in enumerate(profiles, 1):
        titles = ", ".join(parts[name].title for name in modules)
        talk.say(f"     {number}  {PROFILES[profile][0] + ': ' + titles:<40} {told_cost(cost_of(modules, parts))}")
    last = len(profiles) + 1
    talk.say(f"     {last}  let me choose")
    choice = int(
        talk.asked("    ", "1", lambda text: "" if text in map(str, range(1, last + 1)) else f"type 1 to {last}")
    )
    chosen = choose(talk, facts, parts) if choice == last else profiles[choice - 1][1]
    values["company.modules"] = list(chosen)


def told_cost(cost: tuple[float, float]) -> str:
    return f"about {cost[0]:.0f} MB memory, {cost[1]:.1f} MB disk"


def choose(talk: Talk, facts: Facts, parts: dict[str, Part]) -> tuple[str, ...]:
    """Module by module: a number switches one; what it needs comes along and says why; Enter ends."""
    chosen = with_required([part.id for part in parts.values() if part.is_default], parts)
    while True:
        show_choice(talk, facts, parts, chosen)
        typed = talk.asked(
            "     A number switches it, Enter goes on:", "go on",
            lambda text: "" if text == "go on" or text in map(str, range(1, len(parts) + 1)) else "type a number",
        )  # fmt: skip
        if typed == "go on":
            return chosen
        chosen = switched(talk, parts, chosen, list(parts)[int(typed) - 1])


def switched(talk: Talk, parts: dict[str, Part], chosen: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The choice with one module put in or taken out, together with what hangs on it."""
    if name not in chosen:
        more = with_required([*chosen, name], parts)
        for other in sorted(set(more) - {*chosen, name}):
            talk.say(f"     {parts[other].title} comes along: {parts[name].title} needs it.")
        return more
    gone = {other for other in chosen if name in with_required([other], parts)}
    for other in sorted(gone - {name}):
        talk.say(f"     {parts[other].title} goes too: it needs {parts[name].title}.")
    return tuple(other for other in chosen if other not in gone)


def show_choice(talk: Talk, facts: Facts, parts: dict[str, Part], chosen: tuple[str, ...]) -> None:
    for number, part in enumerate(parts.values(), 1):
        mark = "x" if part.id in chosen else " "
        talk.say(f"     {number:>2} [{mark}] {part.title:<14} {part.memory:+5.1f} MB   {part.summary}")
    memory, disk = cost_of(chosen, parts)
    saved = cost_of(list(parts), parts)[0] - memory
    talk.say(
        f"     Total: {memory:.0f} MB of {facts.memory} MB, disk {disk:.1f} MB. Saved by what is off: {saved:.0f} MB"
    )


def ask_data(talk: Talk, values: dict[str, object], usual: Answers) -> None:
    free = free_mb(usual.data) // 1000
    question = f"\n4/6  Where is the data kept? ({free} GB free)"
    values["box.data"] = talk.asked(question, str(usual.data), wrong_for("box.data"))


def ask_tls(talk: Talk, values: dict[str, object], usual: Answers, facts: Facts) -> None:
    """Encryption, and another port where the usual one is held by somebody."""
    known = [mode for mode, _text in MODES]
    if usual.mode not in known:  # given on the command line by somebody who insists
        return
    talk.say("\n5/6  Encryption on your network (HTTPS)?")
    for number, (_mode, text) in enumerate(MODES, 1):
        talk.say(f"     {number}  {text}")
    talk.say(
        "     Without it browsers switch off calls, notifications and installing as an app; so there is no 'none'."
    )
    default = str(known.index(usual.mode) + 1)
    picked = talk.asked(
        "    ", default, lambda text: "" if text in map(str, range(1, len(known) + 1)) else "type a number"
    )
    mode = known[int(picked) - 1]
    values["tls.mode"] = mode
    if mode == "files":
        for key, what in (("tls.cert", "certificate with its chain"), ("tls.key", "key")):
            values[key] = talk.asked(f"     The file of the {what}:", usual.text(key) or "-", is_file)
    move_port(talk, values, mode, facts)


def is_file(text: str) -> str:
    return "" if text.startswith("/") and Path(text).is_file() else "there is no such file"


def move_port(talk: Talk, values: dict[str, object], mode: str, facts: Facts) -> None:
    """Offer another port, where the usual one is held by somebody."""
    host, _, port = usual_listen(mode).rpartition(":")
    if "box.listen" in values or int(port) not in facts.taken:
        return
    other = int(port) + (MORE if int(port) < MORE else 1)
    while other in facts.taken:
        other += 1
    holder = facts.taken[int(port)] or "another program"
    talk.say(f"     Port {port} is held by {holder}: it will be {other} instead.")
    values["box.listen"] = [f"{host}:{other}"]


def ask_backups(talk: Talk, values: dict[str, object], usual: Answers) -> None:
    question = f"\n6/6  A backup every day at {usual.text('backup.at')}, proven by restoring it. Where?"
    values["backup.dir"] = talk.asked(question, str(usual.backups), wrong_for("backup.dir"))
    if same_disk(Path(str(values["backup.dir"])), Path(str(values["box.data"]))):
        talk.say("     ! The same disk as the data: it protects against mistakes, not against a dead disk.")


def program_size() -> int:
    """MB of disk that the program takes, as measured."""
    return int(BASE["program_mb"])
