"""Settings of the box: changed in the file by command and by page, validated before, whole or not at all."""

import runpy
import tomllib
from pathlib import Path

import pytest

from boxportal.kernel.config import load_config
from boxportal.kernel.configuring.registry import entries, written
from tests.cli.conftest import Ran, run_in
from tests.support.portal import Portal

ROOT = Path(__file__).resolve().parents[2]
FILE = """\
# Ours.
[box]
threads = 4  # a small machine
names = ["portal.test:8080"]

[tls]
mode = "off"
"""
pytestmark = [pytest.mark.modules(), pytest.mark.parametrize("backend", ["sqlite"])]


@pytest.fixture
def file(portal: Portal) -> Path:
    path = portal.data / "boxportal.toml"
    path.write_text(FILE, "utf-8")
    path.chmod(0o640)
    return path


def test_set_leaves_comments_and_order_and_keeps_the_former_file(portal: Portal, file: Path) -> None:
    assert run_in(portal.data, "config", "set", "box.threads", "8").code == 0
    assert file.read_text("utf-8") == FILE.replace("threads = 4 ", "threads = 8 ")
    former = file.with_name("boxportal.toml.former")
    assert former.read_text("utf-8") == FILE
    assert (file.stat().st_mode & 0o777, former.stat().st_mode & 0o777) == (0o640, 0o640)
    assert run_in(portal.data, "config", "get", "box.threads").out == "8\n"
    assert "core.setting.edit" in run_in(portal.data, "audit", "list").out


def test_list_is_typed_with_commas_and_default_takes_it_out(portal: Portal, file: Path) -> None:
    assert run_in(portal.data, "config", "set", "box.names", "a.lan, 10.0.0.5:8080").code == 0
    assert load_config(portal.data).box.names == ["a.lan", "10.0.0.5:8080"]
    assert run_in(portal.data, "config", "set", "box.names", "--default").code == 0
    assert "names" not in file.read_text("utf-8")


def test_section_that_is_not_there_is_added(portal: Portal, file: Path) -> None:
    file.unlink()
    assert run_in(portal.data, "config", "set", "box.threads", "3").code == 0
    assert file.read_text("utf-8") == "[box]\nthreads = 3\n"
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("box.threads", "99"), 2, "box.threads: This must be at most 64."),
        (("box.threads", "many"), 2, "box.threads: This is not a number."),
        (("box.listen", "here"), 2, "This must be an address and a port"),
        (("box.thread", "8"), 5, "Did you mean box.threads?"),
        (("box.data", "/srv"), 3, "is written by the installer"),
        (("box.threads",), 2, "give a value, or --default"),
    ],
)
def test_wrong_set_changes_nothing(portal: Portal, file: Path, words: tuple[str, ...], code: int, said: str) -> None:
    answer = run_in(portal.data, "config", "set", *words)
    assert (answer.code, said in answer.err) == (code, True), answer
    assert file.read_text("utf-8") == FILE
    assert not file.with_name("boxportal.toml.former").exists()


def test_spoilt_file_is_named_and_not_made_worse(portal: Portal, file: Path) -> None:
    file.write_text(FILE + "\n[bux]\na = 1\n", "utf-8")
    answers: list[Ran] = [
        run_in(portal.data, "config", "set", "box.threads", "8"),
        run_in(portal.data, "config", "validate"),
    ]
    assert [(a.code, "bux: There is no such setting. Did you mean box?" in a.err) for a in answers] == [(3, True)] * 2
    page = portal.browser("admin").get("/admin/settings")
    assert (page.status_code, "Did you mean box?" in page.text) == (409, True)


def test_another_file_is_validated(portal: Portal, file: Path, tmp_path: Path) -> None:
    other = tmp_path / "mine.toml"
    assert run_in(portal.data, "config", "validate", str(other)).code == 3
    other.write_text("[box]\nthreads = 5\n", "utf-8")
    assert run_in(portal.data, "config", "validate", str(other)).code == 0
    other.write_text("[box]\nthreads = 500\n", "utf-8")
    assert run_in(portal.data, "config", "validate", str(other)).code == 3


def test_secret_is_not_shown_anywhere(portal: Portal, file: Path) -> None:
    url = "postgresql+psycopg://acme:hush-hush@localhost/acme"
    assert run_in(portal.data, "config", "set", "box.database", url).code == 0
    said = [run_in(portal.data, "config", *words).out for words in (("list",), ("get", "box.database"))]
    said += [run_in(portal.data, "config", "explain", "box.database").out, run_in(portal.data, "audit", "list").out]
    said.append(run_in(portal.data, "config", "list", "--json").out)
    said += [portal.browser("admin").get(path).text for path in ("/admin/settings", "/admin/audit")]
    assert not [text for text in said if "hush-hush" in text]
    assert portal.browser("admin").post("/admin/settings", typed(portal)).status_code == 303
    assert "hush-hush" in file.read_text("utf-8")


def typed(portal: Portal, **changed: str) -> dict[str, str]:
    """What the page's form sends, with some fields typed anew."""
    config = load_config(portal.data)
    plain = {"box.listen": config.box.listen, "box.names": ", ".join(config.box.names), "box.database": ""}
    return plain | {"box.threads": str(config.box.threads)} | {k.replace("__", "."): v for k, v in changed.items()}


def test_page_changes_the_file_and_tells_what_waits_for_a_restart(portal: Portal, file: Path) -> None:
    admin = portal.browser("admin")
    portal.box.config = load_config(portal.data)  # as if the server had started with this file
    portal.box.settle(8080)
    assert "Restart now" not in admin.get("/admin/settings").text
    assert admin.post("/admin/settings", typed(portal, box__threads="9")).status_code == 303
    assert "threads = 9  # a small machine" in file.read_text("utf-8")
    page = admin.get("/admin/settings").text
    assert "Restart now" in page
    assert "In force until the restart: 4." in page
    assert admin.post("/admin/settings/restart").headers["location"] == "/admin/settings?restarting=1"


def test_page_says_a_mistake_at_its_field_and_keeps_what_was_typed(portal: Portal, file: Path) -> None:
    answer = portal.browser("admin").post("/admin/settings", typed(portal, box__threads="99", box__listen="nowhere"))
    assert answer.status_code == 422
    assert 'id="field-box.threads-error"' in answer.text
    assert 'value="nowhere"' in answer.text
    assert file.read_text("utf-8") == FILE


def test_only_administrators_of_the_first_company_find_the_page(portal: Portal, file: Path) -> None:
    assert portal.browser("head").get("/admin/settings").status_code == 404
    assert portal.browser("head").post("/admin/settings", typed(portal, box__threads="9")).status_code == 404
    assert file.read_text("utf-8") == FILE


def test_file_that_cannot_be_written_is_told(portal: Portal, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOXPORTAL_SETTINGS", "/proc/self")  # where nobody can make a file, root neither
    answer = run_in(portal.data, "config", "set", "box.threads", "8")
    assert (answer.code, "boxportal.toml can't be written" in answer.err) == (3, True), answer


def test_every_value_survives_being_written(backend: str) -> None:
    for entry in entries():
        if entry.default is not None:
            assert tomllib.loads(f"value = {written(entry.default)}")["value"] == entry.default, entry.key


def test_documentation_is_what_the_program_says(backend: str) -> None:
    made = runpy.run_path(str(ROOT / "installer" / "settings_doc.py"))["page"]()
    assert (ROOT / "docs" / "configuration.md").read_text("utf-8") == made, "run: python installer/settings_doc.py"
