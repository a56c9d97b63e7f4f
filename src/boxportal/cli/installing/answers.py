"""What was answered: read from a file, completed with defaults, checked as a whole, and written again."""

import difflib
import json
import re
import stat
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from boxportal.cli.installing.facts import Facts
from boxportal.cli.installing.keys import KEYS, NAME, PERIODS, split_listen
from boxportal.cli.installing.parts import PROFILES, Part, of_profile, with_required
from boxportal.cli.installing.refused import USAGE, Refused

OTHERS_MAY_READ = stat.S_IRGRP | stat.S_IROTH
WHOLE = ("backup.keep",)
"""Tables that are one answer."""
HTTPS, HTTP, BEHIND = 443, 80, 8080


@dataclass(frozen=True, slots=True)
class Answers:
    """A complete set of answers: a value for every key, by its dotted name."""

    values: Mapping[str, object]

    def text(self, key: str) -> str:
        return str(self.values.get(key) or "")

    def texts(self, key: str) -> tuple[str, ...]:
        found = self.values.get(key)
        return tuple(map(str, found)) if isinstance(found, list | tuple) else ()

    @property
    def data(self) -> Path:
        return Path(self.text("box.data"))

    @property
    def backups(self) -> Path:
        return Path(self.text("backup.dir"))

    @property
    def database(self) -> str:
        return self.text("box.database")

    @property
    def mode(self) -> str:
        return self.text("tls.mode")

    @property
    def listen(self) -> str:
        return self.texts("box.listen")[0]

    @property
    def port(self) -> int:
        found = split_listen(self.listen)
        return found[1] if found else 0

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that are opened: with HTTPS on its usual port also that of HTTP, which only points to it."""
        return (self.port, HTTP) if self.mode in ("own-ca", "files") and self.port == HTTPS else (self.port,)

    @property
    def names(self) -> tuple[str, ...]:
        """What people type, with the port where browsers do not add it."""
        usual = {"off": HTTP, "proxy": self.port}.get(self.mode, HTTPS)
        ending = "" if self.port == usual else f":{self.port}"
        return tuple((f"[{name}]" if ":" in name else name) + ending for name in self.texts("box.names"))

    @property
    def keep(self) -> str:
        """Days, weeks and months, as the settings file writes them."""
        said = self.values.get("backup.keep")
        kept = said if isinstance(said, dict) else {}
        return "/".join(str(kept.get(period, 0)) for period in PERIODS)

    @property
    def secrets(self) -> list[str]:
        """What must not stand in a transcript."""
        password = urlsplit(self.database).password if "://" in self.database else None
        return [password] if password else []


def flat(document: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    """The keys of a TOML document by their dotted names."""
    for name, value in document.items():
        key = f"{before}{name}"
        if isinstance(value, dict) and key not in WHOLE:
            yield from flat(value, f"{key}.")
        else:
            yield key, value


def read_answers(path: Path) -> dict[str, object]:
    """Read an answers file; what is wrong with it is said all at once.

    Raises: Refused.
    """
    try:
        given = dict(flat(tomllib.loads(path.read_text("utf-8"))))
        mode = path.stat().st_mode
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(USAGE, f"{path} can't be read: {error}") from error
    wrong = list(problems(given))
    if mode & OTHERS_MAY_READ and (holds := with_secrets(given)):
        wrong.append(f"{path} holds a secret ({', '.join(holds)}) and others can read it. Do: chmod 600 {path}")
    if wrong:
        raise Refused(USAGE, *wrong)
    return given


def problems(given: Mapping[str, object]) -> Iterator[str]:
    """Everything that is wrong with a set of answers: unknown keys, wrong values, missing ones."""
    for key, value in given.items():
        if key not in KEYS:
            yield f"{key}: there is no such key{nearest(key)}"
        elif wrong := KEYS[key].problem(value):
            yield f"{key}: {wrong}"
    if given.get("accept_defaults", True) is False:
        yield from (f"{key}: is missing, and accept_defaults is false" for key in missing(given))
    if given.get("tls.mode") == "files":
        yield from (
            f'{key}: is needed with tls.mode = "files"' for key in ("tls.cert", "tls.key") if not given.get(key)
        )
    if given.get("mail.host") and not given.get("mail.from"):
        yield "mail.from: is needed with mail.host"


def missing(given: Mapping[str, object]) -> list[str]:
    needed = {key for key, about in KEYS.items() if not about.optional}
    if "company.profile" in given:
        needed -= {"company.modules"}
    return [key for key in KEYS if key in needed - set(given)]


def nearest(key: str) -> str:
    if key.endswith(("password", "secret")):
        return "; secrets are named by their file: password_file"
    found = difflib.get_close_matches(key, KEYS, n=1, cutoff=0.5)
    last = [known for known in KEYS if known.rpartition(".")[2] == key.rpartition(".")[2]]
    best = next(iter(last or found), "")
    return f"; did you mean {best}?" if best else ""


def with_secrets(given: Mapping[str, object]) -> list[str]:
    url = str(given.get("box.database", ""))
    return ["the password in box.database"] if "://" in url and urlsplit(url).password else []


def complete(given: Mapping[str, object], facts: Facts, parts: Mapping[str, Part]) -> Answers:
    """Give every key a value.

    Raises: Refused when modules are named that there are not.
    """
    values = {key: given.get(key, about.default) for key, about in KEYS.items() if not about.derived}
    mode = str(values["tls.mode"])
    values["box.listen"] = given.get("box.listen") or [usual_listen(mode)]
    values["box.names"] = given.get("box.names") or usual_names(facts)
    values["company.name"] = given.get("company.name") or short_name(str(values["company.title"]))
    values["company.modules"] = list(chosen_modules(given, dict(parts)))
    return Answers(values)


def usual_listen(mode: str) -> str:
    return {"proxy": f"127.0.0.1:{BEHIND}", "off": f"0.0.0.0:{HTTP}"}.get(mode, f"0.0.0.0:{HTTPS}")


def usual_names(facts: Facts) -> list[str]:
    """What works on the network as it is: an address does, a name only where somebody makes it known."""
    known = [facts.hostname] if facts.resolves and "." in facts.hostname else []
    return [*known, *facts.addresses] or [facts.hostname or "localhost"]


def short_name(title: str) -> str:
    """A company's short name from the one that people see."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    short = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:31].strip("-")
    return short if NAME.fullmatch(short) and title != KEYS["company.title"].default else "company"


def chosen_modules(given: Mapping[str, object], parts: dict[str, Part]) -> tuple[str, ...]:
    """The modules that are named, or those of the named profile, or those that are on by default; with what they need.

    Raises: Refused.
    """
    named, profile = given.get("company.modules"), str(given.get("company.profile") or "")
    if profile and profile not in PROFILES:
        raise Refused(USAGE, f"company.profile: must be one of {', '.join(PROFILES)}")
    if isinstance(named, list):
        unknown = sorted(set(named) - set(parts))
        if unknown:
            raise Refused(
                USAGE, f"company.modules: there is no module {', '.join(unknown)}. There are: {', '.join(parts)}"
            )
        return with_required(named, parts)
    if profile:
        return of_profile(profile, parts)
    return with_required([part.id for part in parts.values() if part.is_default], parts)


def written(answers: Answers) -> str:
    """An answers file with these answers: every key that has a value."""
    tables: dict[str, list[str]] = {}
    for key, value in answers.values.items():
        table, _, name = key.rpartition(".")
        if value not in ("", None, 0) or isinstance(value, bool):
            tables.setdefault(table, []).append(f"{name} = {toml(value)}")
    top = "\n".join(tables.pop("", []))
    return "\n\n".join([top, *(f"[{table}]\n" + "\n".join(lines) for table, lines in tables.items())]) + "\n"


def toml(value: object) -> str:
    """One value as TOML; JSON writes texts, numbers, flags and lists of them alike."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {toml(one)}" for name, one in value.items()) + " }"
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
