"""Passwords from a public list of stolen ones are refused, without asking anybody outside."""

import pytest

from boxportal.kernel.identity.breached import FILE, MARK_BYTES, is_breached
from boxportal.kernel.identity.passwords import check_new_password
from boxportal.kernel.paths import assets_folder
from boxportal.sdk.errors import Invalid
from tests.support.portal import PASSWORD


@pytest.mark.parametrize("password", ["codebreaker", "CodeBreaker", "welcometyphoon9", "W6KtoSEAJ8rG", "1234567890"])
def test_stolen_password_is_refused_in_whatever_case(password: str) -> None:
    assert is_breached(password)
    with pytest.raises(Invalid) as refused:
        check_new_password(password)
    assert "stolen" in str(refused.value.fields["password"])


@pytest.mark.parametrize("password", [PASSWORD, "codebreaker and a tall giraffe", "Ünïcödé giraffe 47", "x" * 250])
def test_other_passwords_are_not_in_the_list(password: str) -> None:
    assert not is_breached(password)


def test_list_is_sorted_whole_and_small() -> None:
    content = (assets_folder() / FILE).read_bytes()
    marks = [content[at : at + MARK_BYTES] for at in range(0, len(content), MARK_BYTES)]
    assert 100_000 < len(marks) < 200_000
    assert len(content) % MARK_BYTES == 0
    assert marks == sorted(set(marks))
