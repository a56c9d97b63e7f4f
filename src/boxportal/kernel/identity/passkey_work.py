"""Checks what a device signed. Runs in a worker: the library (WebAuthn) takes 17 MB, which the server does not keep."""

import json
from typing import Any


def check(payload: bytes) -> bytes:
    """Check a new key, or what a known one signed; the answer says either what was found or why it is refused.

    Both times the device must have asked its owner for a finger, face or PIN (user verification).
    """
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 only in the worker

    asked: dict[str, Any] = json.loads(payload)
    try:
        found = known(asked) if asked["public_key"] else new(asked)
    except WebAuthnException as error:
        return json.dumps({"refused": str(error)}).encode()
    return json.dumps(found).encode()


def new(asked: dict[str, Any]) -> dict[str, object]:
    """Raises: WebAuthnException."""
    from webauthn import base64url_to_bytes, verify_registration_response  # noqa: PLC0415 only in the worker
    from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415 only in the worker

    key = verify_registration_response(
        credential=asked["credential"],
        expected_challenge=base64url_to_bytes(asked["challenge"]),
        expected_rp_id=asked["host"],
        expected_origin=asked["origin"],
        require_user_verification=True,
    )
    return {
        "credential": bytes_to_base64url(key.credential_id),
        "public_key": bytes_to_base64url(key.credential_public_key),
        "sign_count": key.sign_count,
    }


def known(asked: dict[str, Any]) -> dict[str, object]:
    """Raises: WebAuthnException, also when the device's counter did not go on: then the key was copied."""
    from webauthn import base64url_to_bytes, verify_authentication_response  # noqa: PLC0415 only in the worker

    used = verify_authentication_response(
        credential=asked["credential"],
        expected_challenge=base64url_to_bytes(asked["challenge"]),
        expected_rp_id=asked["host"],
        expected_origin=asked["origin"],
        credential_public_key=base64url_to_bytes(asked["public_key"]),
        credential_current_sign_count=asked["sign_count"],
        require_user_verification=True,
    )
    return {"sign_count": used.new_sign_count}
