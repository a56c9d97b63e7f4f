"""What a process beside the server does with certificates, so that the server never loads the library, nor a key."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from boxportal.kernel.certificates import issue
from boxportal.kernel.certificates.folder import Issued
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.worker import WorkRefused

SIGNS: Mapping[str, Callable[[Path, list[str]], Issued]] = {
    "ensure": issue.ensure_own_ca,
    "renew": issue.renew,
    "begin": issue.begin_rotation,
    "end": issue.end_rotation,
}


def perform(payload: bytes) -> bytes:
    """Do what the server asks for.

    Raises: WorkRefused.
    """
    asked = json.loads(payload)
    try:
        return json.dumps({"fingerprint": done(asked)}).encode()
    except RuleBroken as error:
        raise WorkRefused(error.message if isinstance(error.message, Lazy) else Lazy(str(error))) from error


def done(asked: Mapping[str, Any]) -> str:
    settings, names = Path(asked["settings"]), list(asked["names"])
    if asked["act"] == "take":
        certificate, key, source = asked["certificate"].encode(), asked["key"].encode(), asked["source"]
        return issue.take_given(settings, certificate, key, names, (source[0], source[1])).fingerprint
    return SIGNS[asked["act"]](settings, names).fingerprint
