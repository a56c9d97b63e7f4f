"""Checks an Ed25519 signature with Python alone (RFC 8032, 5.1.7).

A first installation has nothing but Python: the library that does this elsewhere lies in the very file that is to be
checked. All values here are public, so nothing is lost by not being constant in time.
"""

import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
SIGNATURE, KEY = 64, 32
Point = tuple[int, int, int, int]  # x, y, z, t in extended coordinates: x = X/Z, y = Y/Z, x * y = T/Z
NEUTRAL: Point = (0, 1, 1, 0)


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of the key has signed the message."""
    if len(key) != KEY or len(signature) != SIGNATURE:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    public, commitment = unpacked(key), unpacked(signature[:32])
    if public is None or commitment is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    return are_equal(times(scalar, BASE), added(commitment, times(challenge, public)))


def added(one: Point, other: Point) -> Point:
    """The sum of two points (RFC 8032, 5.1.4)."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number: int, point: Point) -> Point:
    """The point added to itself so often."""
    total = NEUTRAL
    while number:
        if number & 1:
            total = added(total, point)
        point = added(point, point)
        number >>= 1
    return total


def are_equal(one: Point, other: Point) -> bool:
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


def unpacked(text: bytes) -> Point | None:
    """The point that 32 bytes mean; None where they mean none (RFC 8032, 5.1.3)."""
    number = int.from_bytes(text, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P if y < P else None
    if square is None:
        return None
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


_base = unpacked((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
BASE: Point = _base if _base is not None else NEUTRAL
