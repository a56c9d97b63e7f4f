"""What Python writes for the components says what macros said: escaped, in the language in force, each form its own."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from babel.dates import format_timedelta

from boxportal.kernel.web import filters
from boxportal.kernel.web.render import environment
from boxportal.kernel.web.showing import showing
from boxportal.sdk.i18n import use_locale

UI = '{% import "components/ui.html" as ui %}'
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SPANS = [
    1, 29, 50, 51, 52, 89, 3059, 3061, 5400, 73_439, 73_441, 86_400, 510_000, 520_000, 2_100_000, 2_190_000, 2_205_000,
    2_600_000, 26_800_000, 26_810_000, 31_536_000, 47_304_001, 400_000_000,
]  # fmt: skip


def written(template: str, **values: object) -> str:
    with showing("token", "UTC"), use_locale("en"):
        return environment().from_string(UI + template).render(**values)


@pytest.mark.parametrize("language", ["en", "ru", "sw"])
def test_how_long_ago_is_told_as_babel_tells_it(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "utcnow", lambda: NOW)
    spans = [timedelta(0), *(timedelta(seconds=sign * span) for span in SPANS for sign in (1, -1))]
    spans.append(timedelta(milliseconds=-300))
    with use_locale(language):
        told = [filters.show_ago(NOW + span) for span in spans]
    assert told == [format_timedelta(span, add_direction=True, locale=language) for span in spans]


def test_what_stands_on_a_button_is_escaped_and_its_icon_is_not() -> None:
    page = written('{{ ui.button(text, icon="check", bare=true, attrs={"data-x": text}) }}', text='<b>"x"</b>')
    assert "<b>" not in page
    assert page.count("&lt;b&gt;&#34;x&#34;&lt;/b&gt;") == 3
    assert '<svg class="icon"' in page


def test_equal_buttons_on_different_links_lead_where_each_says() -> None:
    page = written('{{ ui.button("Go", href="/a") }}{{ ui.button("Go", href="/b") }}{{ ui.button("Go") }}')
    assert re.findall(r'href="([^"]*)"', page) == ["/a", "/b"]
    assert page.count("</a>") == 2
    assert page.count("</button>") == 1


def test_each_form_of_a_page_has_a_one_time_token_of_its_own_and_no_two_pages_share_one() -> None:
    twice = [re.findall(r'name="_once" value="([\w-]+)"', written("{{ ui.hidden() }}{{ ui.hidden() }}")) for _ in "ab"]
    assert len({token for page in twice for token in page}) == 4
    assert min(len(token) for page in twice for token in page) > 20


def test_values_in_a_translated_text_are_escaped_and_a_doubled_percent_sign_is_one() -> None:
    page = written('{{ _("%(number)s, version %(version)s", number=text, version=2) }} {{ _("100 %%") }}', text="<i>")
    assert page.strip() == "&lt;i&gt;, version 2 100 %"
