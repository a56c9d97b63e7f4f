"""What an installation will make: the confirm page, the settings file, and what the units are told of this box."""

from collections.abc import Iterator

from boxportal.cli.installing.answers import HTTP, Answers, toml
from boxportal.cli.installing.facts import Facts, has_companies
from boxportal.cli.installing.parts import Part, cost_of
from boxportal.cli.installing.places import STARTED, UNITS, USER, Places
from boxportal.cli.installing.questions import program_size, told_cost

TLS = {
    "own-ca": "a certificate of its own, which each device is told to trust once",
    "files": "your certificate",
    "proxy": "by the server in front of it",
    "off": "none: passwords cross the network readable",
}


def told_plan(answers: Answers, facts: Facts, parts: dict[str, Part], places: Places, version: str) -> Iterator[str]:
    """The confirm page: exactly what will be made."""
    modules = answers.texts("company.modules")
    titles = ", ".join(parts[name].title for name in modules) or "none"
    services = sum(name.endswith(".service") for name in STARTED)
    timers = sum(name.endswith(".timer") for name in UNITS)
    if not facts.has_venv:
        yield f"  package    python{facts.python[0]}.{facts.python[1]}-venv, with apt"
    yield f"  user       {USER}, who can't sign in"
    yield f"  program    {places.program}/releases/{version}, {places.command} (about {program_size()} MB)"
    yield f"  settings   {places.settings}"
    yield f"  data       {answers.data}, database: {'SQLite' if answers.database == 'sqlite' else 'Postgres'}"
    if has_companies(answers.data):
        yield "  company    those that are there"
    else:
        yield f"  company    {answers.text('company.title')} ({answers.text('company.name')}), modules: {titles}"
        yield f"             {told_cost(cost_of(modules, parts))}"
    yield f"  opens      {', '.join(address(answers, name) for name in answers.names)}"
    yield f"  HTTPS      {TLS[answers.mode]}"
    yield f"  service    {services} service, {timers} timers, 1 socket in {places.units}"
    yield f"  backups    {answers.backups}, daily at {answers.text('backup.at')}; the first one now, and proven"
    yield f"  log        {places.log}"
    yield f"  firewall   nothing is opened in it{rule(answers, facts)}"


def address(answers: Answers, name: str) -> str:
    return f"{'http' if answers.mode == 'off' else 'https'}://{name}"


def rule(answers: Answers, facts: Facts) -> str:
    """The rule that lets the network in, for the firewall that stands guard."""
    if answers.mode == "proxy" or not facts.firewall:
        return ""
    ports = [f"{port}/tcp" for port in answers.ports]
    if facts.firewall == "ufw":
        return "; you need: " + " && ".join(f"ufw allow {port}" for port in ports)
    words = " ".join(f"--add-port={port}" for port in ports)
    return f"; you need: firewall-cmd --permanent {words} && firewall-cmd --reload"


def settings_text(answers: Answers) -> str:
    """`boxportal.toml` of the box."""
    lines = [
        "[box]",
        f"listen = {toml(answers.listen)}",
        f"names = {toml(answers.names)}",
        f"data = {toml(str(answers.data))}",
    ]
    if answers.mode == "proxy":
        lines.append(f"trusted_proxies = {toml(answers.texts('tls.trusted'))}")
    lines += ["", "[tls]", f"mode = {toml(answers.mode)}"]
    if answers.mode == "files":
        lines += [f"cert = {toml(answers.text('tls.cert'))}", f"key = {toml(answers.text('tls.key'))}"]
    if HTTP in answers.ports and answers.mode != "off":
        lines.append(f"plain_port = {HTTP}")
    lines += [
        "",
        "[backup]",
        f"dir = {toml(str(answers.backups))}",
        f"at = {toml(answers.text('backup.at'))}",
        f"keep = {toml(answers.keep)}",
        'by = "timer"',
    ]
    return "\n".join(lines) + "\n"


def drop_ins(answers: Answers) -> dict[str, str]:
    """What this box alone tells its units: ports, folders, the hour of the backup; by unit."""
    host = answers.listen.rpartition(":")[0]
    listens = "\n".join(f"ListenStream={host}:{port}" for port in answers.ports)
    folders = f"ReadWritePaths={answers.data} {answers.backups}\n"
    service = f"[Unit]\nRequiresMountsFor={answers.data}\n\n[Service]\nWorkingDirectory={answers.data}\n{folders}"
    if answers.mode == "files":
        service += f"ReadOnlyPaths={answers.text('tls.cert')} {answers.text('tls.key')}\n"
    return {
        "boxportal.socket": f"[Socket]\nListenStream=\n{listens}\n",
        "boxportal.service": service,
        "boxportal-backup.service": service,
        "boxportal-check.service": service,
        "boxportal-backup.timer": f"[Timer]\nOnCalendar=\nOnCalendar=*-*-* {answers.text('backup.at')}:00\n",
    }
