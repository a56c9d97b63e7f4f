"""Every page that the signed-in portal leads to: strict policy, nothing inline, nothing from outside."""

import re
from urllib.parse import urljoin, urlsplit

from tests.support.furnished import furnish
from tests.support.portal import BASE, Portal

MOST = 150
POLICY = frozenset({"default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'",
                    "frame-ancestors 'none'", "object-src 'none'", "form-action 'self'"})  # fmt: skip
INLINE = (
    re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", re.IGNORECASE),
    re.compile(r"<style\b", re.IGNORECASE),
    re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    re.compile(r"<[^>]*\s(?:href|action|src|formaction)\s*=\s*[\"']?\s*(?:javascript|data|vbscript):", re.IGNORECASE),
    re.compile(r"<[^>]*\s(?:data-)?hx-on", re.IGNORECASE),
    re.compile(r"hx-vals=[\"']js:", re.IGNORECASE),
)
LOADED = re.compile(
    r"<(?:script|img|iframe|source|audio|video|embed|link|use|object)\b[^>]*?\s(?:src|href|data|srcset)=\"([^\"]*)\"",
    re.IGNORECASE,
)
LINKS = re.compile(r"\s(?:href|hx-get)=\"([^\"]*)\"")


def crawl(portal: Portal, who: str, starts: tuple[str, ...]) -> dict[str, str]:
    """Pages by address, each kind of address a few times: ids and filters do not make a new page."""
    browser, waiting, kinds = portal.browser(who), list(starts), dict[str, int]()
    pages: dict[str, str] = {}
    while waiting and len(pages) < MOST:
        path = waiting.pop(0)
        kind = re.sub(r"\d+", "#", path.partition("?")[0])
        is_page = not kind.startswith(("/assets/", "/files/")) and not kind.endswith("/pdf")
        if path in pages or kinds.get(kind, 0) >= 2 or not is_page:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        answer = browser.get(path)
        assert answer.status_code in (200, 303, 409), (path, answer.status_code)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        assert frozenset(part.strip() for part in answer.headers["content-security-policy"].split(";")) >= POLICY, path
        assert "unsafe" not in answer.headers["content-security-policy"], path
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["cache-control"] == "no-store", path
        pages[path] = answer.text
        for link in LINKS.findall(answer.text):
            target = urlsplit(urljoin(BASE + path, link.replace("&amp;", "&")))
            if f"{target.scheme}://{target.netloc}" == BASE:
                waiting.append(target.path + (f"?{target.query}" if target.query else ""))
    return pages


def require_clean(pages: dict[str, str]) -> None:
    for path, text in pages.items():
        for pattern in INLINE:
            found = pattern.search(text)
            assert found is None, (path, found and found[0][:200])
        for source in LOADED.findall(text):
            assert urlsplit(urljoin(BASE + path, source)).netloc == urlsplit(BASE).netloc, (path, source)


def test_every_page_that_an_administrator_reaches_is_strict_and_whole(portal: Portal) -> None:
    made = furnish(portal, "Marked")
    theirs = tuple(path for path in made.own if not path.startswith("/views/"))  # a view of one's own is one's own
    pages = crawl(portal, "admin", ("/", "/admin", "/account", "/crm", *theirs))
    assert len(pages) > 50, sorted(pages)
    require_clean(pages)


def test_pages_for_outsiders_are_strict(portal: Portal) -> None:
    made = furnish(portal, "Marked")
    starts = ("/login", "/forgot", "/reset", "/invite", "/hello", f"/s/{made.values['token']}", "/form/ask", "/nowhere")
    for path in starts:
        answer = portal.browser().get(path)
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        require_clean({path: answer.text})
