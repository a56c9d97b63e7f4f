"""Secrets at rest."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from boxportal.kernel.secrets import Place, Vault, ensure_master_key, read_master_key
from boxportal.sdk.errors import RuleBroken

PLACE = Place("core_setting", "value", "mail.password")
KEY, OTHER = b"k" * 32, b"o" * 32


def test_what_was_sealed_opens_in_its_place_alone() -> None:
    vault = Vault(KEY, "acme")
    sealed = vault.seal("пароль 4711", PLACE)
    assert vault.open(sealed, PLACE) == "пароль 4711"
    assert "4711" not in sealed
    for elsewhere in (Place("core_setting", "value", "x"), Place("core_setting", "x", "mail.password")):
        with pytest.raises(RuleBroken):
            vault.open(sealed, elsewhere)
    with pytest.raises(RuleBroken):
        Vault(KEY, "globex").open(sealed, PLACE)


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    vault = Vault(KEY, "acme")
    assert len({vault.seal("same", PLACE) for _ in range(50)}) == 50


def test_another_key_is_told_by_its_id() -> None:
    sealed = Vault(KEY, "acme").seal("x", PLACE)
    assert sealed.split(".")[1] == Vault(KEY, "acme").key_id != Vault(OTHER, "acme").key_id
    with pytest.raises(RuleBroken, match=r"another master\.key"):
        Vault(OTHER, "acme").open(sealed, PLACE)


@pytest.mark.parametrize("position", [0, 5, 9, 20, 30, -2])
def test_a_changed_letter_is_noticed(position: int) -> None:
    vault = Vault(KEY, "acme")
    sealed = list(vault.seal("a longer secret", PLACE))
    sealed[position] = "A" if sealed[position] != "A" else "B"
    with pytest.raises(RuleBroken):
        vault.open("".join(sealed), PLACE)


@pytest.mark.parametrize("text", ["", "x", "sealed1", "sealed1..", "sealed1.00000000.????", "plain password"])
def test_what_is_no_sealed_text_is_refused(text: str) -> None:
    with pytest.raises(RuleBroken):
        Vault(KEY, "acme").open(text, PLACE)


def test_without_a_master_key_nothing_is_kept() -> None:
    with pytest.raises(RuleBroken):
        Vault(b"", "acme").seal("x", PLACE)


def test_the_master_key_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _number: ensure_master_key(tmp_path), range(16)))
    assert len(keys) == 1
    file = tmp_path / "master.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_master_key(tmp_path) == file.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_bytes(b"short")
    with pytest.raises(RuleBroken, match="32 bytes"):
        read_master_key(tmp_path)
