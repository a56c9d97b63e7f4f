"""The box's file: what it may hold, and what is said of a wrong one."""

import re

import pytest

from boxportal.kernel.config import BoxConfig, parse_config
from boxportal.kernel.described import said_of


def test_every_setting_says_what_it_is_and_does() -> None:
    for section in (section for _name, section in BoxConfig()):
        for name, field in type(section).model_fields.items():
            said = said_of(name, field)
            assert said.title, name
            assert said.text.endswith("."), name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[box]\nlisen = 'x'", "box.lisen: There is no such setting. Did you mean box.listen?"),
        ("[bax]\nlisten = 'x'", "bax: There is no such setting. Did you mean box?"),
        ("[box]\nquux = 1", "box.quux: There is no such setting."),
        ("[box]\nlisten = '8080'", "box.listen: This must be an address and a port, as in 127.0.0.1:8080."),
        ("[box]\nlisten = 'a:70000'", "box.listen: This must be an address and a port, as in 127.0.0.1:8080."),
        ("[box]\nthreads = 65", "box.threads: This must be at most 64."),
        ("[box]\nthreads = 'x'", "box.threads: This is not a number."),
        ("[box]\nnames = []", "box.names: At least 1 is needed."),
        ("[box]\ntrusted_proxies = ['nginx']", "box.trusted_proxies: nginx is no IP address or network."),
        ("[box]\ndatabase = 'mysql://x'", "box.database: This must be sqlite, or a URL as in"),
        ("[box", "This is not valid TOML"),
    ],
)
def test_wrong_file_is_told_key_by_key(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_config(text)


def test_right_file_is_read() -> None:
    config = parse_config("[box]\nlisten = '[::]:8080'\ntrusted_proxies = ['10.0.0.0/8', '*']\n")
    assert (config.box.listen, config.box.threads) == ("[::]:8080", 6)
