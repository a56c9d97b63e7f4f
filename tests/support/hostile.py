"""Values that break what trusts its input, and requests made of them."""

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from fastapi.routing import APIRoute

from tests.support.furnished import Furnished

SCRIPT = "<script>alert(7)</script>"
TEXTS: tuple[str, ...] = (
    "", " ", "x", "0", "-1", "1.5", "1e309", "NaN", "inf", "-0", "0x10", "1_000", "9" * 400, str(2**31), str(2**63),
    str(-(2**63) - 1), "\x00", "a\x00b", "\r\nX-Injected: yes", SCRIPT, f"\"'>{SCRIPT}", "' OR 1=1 --", "%", "_", "\\",
    "../../../etc/passwd", "..\\..\\boot.ini", "/", "//evil.test", "javascript:alert(7)", "{{7*7}}", "${7*7}", "%(x)s",
    "{0}", "A" * 70_000, "\u202e\u200f\u2066", "\ufeff", "\u0301" * 500, "é" * 300, "💩", "१२३", "٣", "２０３１", "∞",
    "2026-02-30", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00", "25:99", "2031-01-02T10:00", "2026-03-29T02:30", "true", "on", "null", "[]", "{}",
    "1,000.00.00", "1'000", "1 000,5", "-1e-400", "0.0000001", "99999999999999999999.99", "+255 754 123 456" * 20,
    "mailto:a@b", "a@b", "a@" + "b" * 300 + ".com", "ann@x.example\r\nbcc:all@x.example", "crm.deal", "core.person",
    "no.such", "TZS", "tzs", "ZZZ", "Africa/Dar_es_Salaam", "Not/AZone", "../UTC", "en", "xx", "en_US.UTF-8\x00",
    '"unbalanced', "a AND", "NEAR(", "*", "^", "col:x", "-x", "title:*",
)  # fmt: skip
JSONS: tuple[object, ...] = (
    None, True, False, 0, -1, 1.5, 1e308, 2**31, 2**63, -(2**63) - 1, 2**200, [], {}, [[]], {"": ""}, ["x"] * 3000,
    {"amount": 1, "currency": "TZS"}, {"amount": 2**63, "currency": "TZS"}, {"amount": -1, "currency": "ZZZ"},
    {"amount": "1", "currency": None}, {"$gt": ""}, {"__class__": "x"},
)  # fmt: skip
IDS: tuple[str, ...] = (
    "0", "-1", "+1", "01", "1.0", "1e3", "x", "%00", "1%00", "%ff", "%2e%2e%2f", "%252e", "1%20", "%D9%A3", "1_0",
    "%F0%9F%92%A9", "%0d%0a", str(2**63 - 1), str(2**63), str(-(2**63)), str(2**200), "9" * 5000, "a" * 3000, ";", "%",
    "null", "crm.deal", "%3Cscript%3Ealert(7)%3C/script%3E",
)  # fmt: skip
BODIES: tuple[tuple[bytes, str], ...] = tuple(
    (body, kind)
    for kind in (
        "application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "",
        "multipart/form-data; boundary=", "multipart/form-data; boundary=x; charset=bogus",
        "application/json; charset=x", "application/x-www-form-urlencoded; charset=utf-7",
    )
    for body in (
        b"", b"{", b"[" * 60_000, b'{"a":' * 20_000, b"\xff\xfe\x00", b'{"title": NaN}', b'{"title": 1e999}', b"null",
        b'{"title": "\\ud800"}', b'{"title": "\\u0000"}', b"title=%FF%FE&name=%00&_once=%00", b"&&&===&",
        b"a=1&" * 2000,
        b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nv\r\n--x--\r\n', b"--x\r\n\r\n", b"--x",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../x"\r\n\r\n\xff\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="_once"; filename="a"\r\n\r\nv\r\n--x--\r\n',
        b'{"title": 9' + b"9" * 5000 + b"}",
    )
)  # fmt: skip
HEADERS: tuple[dict[str, str], ...] = (
    {"if-match": "x"}, {"if-match": '"9' + "9" * 400 + '"'}, {"if-match": "*"}, {"idempotency-key": "k" * 5000},
    {"idempotency-key": "\xff\x01"}, {"accept-language": "x;q=z,,,;;en" * 50}, {"hx-request": "true"},
    {"hx-current-url": "javascript:x"}, {"cookie": "a=b; ; =; bp_8080=\xff"}, {"authorization": "Bearer"},
    {"authorization": "Bearer \xff"}, {"authorization": "Basic !!!"}, {"range": "bytes=9-1"},
    {"if-modified-since": "x"}, {"host": "[::"}, {"x-forwarded-for": "x" * 500}, {"content-length": "-1"},
)  # fmt: skip
ORDINARY = ("1", "2", "Pump", "true", "TZS", "2031-01-02", "ann@x.example", "+255 754 123 456", "en")
HARMFUL = ("/logout", "/account/devices/end-others", "/account/password", "/leave", "/account/devices/{session_id}/end")


@dataclass(frozen=True)
class Case:
    """One bad request."""

    method: str
    path: str
    json: object = None
    content: bytes | None = None
    form: dict[str, object] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def spoiled(value: str, chance: random.Random) -> str:
    """A path value, most often the right one's place taken by a wrong one."""
    return chance.choice(IDS) if chance.random() < 0.5 else value


def path_of(path: str, made: Furnished, chance: random.Random, *, spoil: bool) -> str:
    def value(found: re.Match[str]) -> str:
        right = made.value(path, found[1])
        return spoiled(right, chance) if spoil else right

    return re.sub(r"\{([^}:]+)[^}]*\}", value, path)


def query_of(names: Sequence[str], chance: random.Random) -> str:
    chosen = [name for name in names if chance.random() < 0.5] or list(names[:1])
    return "&".join(f"{name}={quote(chance.choice(TEXTS)[:2000], safe='')}" for name in chosen)


def json_of(names: Sequence[str], chance: random.Random) -> object:
    if chance.random() < 0.1:
        return chance.choice(JSONS)
    return {name: chance.choice((*JSONS, *TEXTS)) for name in names if chance.random() < 0.6}


LIST_WORDS = (
    "q", "sort", "after", "before", "cursor", "_format", "_count", "limit", "state", "stage", "status", "responsible",
    "created", "amount", "show", "page", "view", "columns", "_once",
)  # fmt: skip


def cases(
    routes: Sequence[tuple[str, APIRoute]], made: Furnished, fields: Mapping[str, Sequence[str]], seed: int, most: int
) -> Iterator[Case]:
    """So many bad requests, to all routes by turns: the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 cases to try are no secrets
    able = [(path, route) for path, route in routes if not path.endswith(HARMFUL)]
    for n in range(most):
        path, route = able[n % len(able)]
        yield case_of(path, route, made, fields, chance)


def case_of(
    path: str, route: APIRoute, made: Furnished, fields: Mapping[str, Sequence[str]], chance: random.Random
) -> Case:
    method = chance.choice(sorted(route.methods or {"GET"}))
    where = path_of(path, made, chance, spoil="{" in path and chance.random() < 0.4)
    names = [p.alias for p in route.dependant.query_params]
    if chance.random() < 0.5:
        where += "?" + query_of([*names, *chance.sample(LIST_WORDS, 3)], chance)
    headers = dict(chance.choice(HEADERS)) if chance.random() < 0.15 else {}
    if method == "GET":
        return Case(method, where, headers=headers)
    if chance.random() < 0.2:
        content, kind = chance.choice(BODIES)
        return Case(method, where, content=content, headers=headers | ({"content-type": kind} if kind else {}))
    if path.startswith("/api/"):
        return Case(method, where, json=json_of(api_fields(route), chance), headers=headers)
    shown = fields.get(made.filled(path), [])
    own = shown or [p.alias for p in route.dependant.body_params if p.alias != "form"]
    chosen = [name for name in own if chance.random() < 0.9] + (["unknown"] if chance.random() < 0.1 else [])
    # Half the values of a form are right, so that the wrong ones are not all stopped by the first.
    right = {name: chance.choice(ORDINARY) for name in chosen}
    wrong = {name: chance.choice(TEXTS) for name in chosen if chance.random() < 0.5}
    return Case(method, where, form=dict(right | wrong), headers=headers)


def api_fields(route: APIRoute) -> list[str]:
    """The fields of a route's document, with some that it does not have."""
    names = ["id", "version", "is_admin"]
    for parameter in route.dependant.body_params:
        model = parameter.field_info.annotation
        names += list(getattr(model, "model_fields", {}))
    return names


def told(case: Case) -> str:
    """A case as a failing test shows it."""
    body = case.json if case.json is not None else case.form if case.form is not None else case.content
    return f"{case.method} {case.path[:300]} {case.headers} {json.dumps(body, default=repr)[:700]}"
