"""A firm's logo, checked and made small enough for a document."""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from boxportal.modules.sales.printing.texts import Json
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.worker import WorkRefused

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1200
"""About 500 dots an inch at the size it is printed in."""

WIDEST, HIGHEST = 64, 22
"""The place for the logo on paper, in millimetres."""

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


def prepare_logo(data: bytes) -> Json:
    """The logo for the template: its size on paper in millimetres, and a PNG in RGB of at most LONGEST_SIDE pixels.

    What cameras write beside the picture is left out.

    Raises: WorkRefused when it is no image that can be printed.
    """
    if len(data) > MOST_BYTES:
        raise WorkRefused(_l("The logo's file is larger than %(mb)s MB.", mb=MOST_BYTES // 1024 // 1024))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = _picture(data)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        most = MOST_PIXELS // 1_000_000
        raise WorkRefused(_l("The logo has more than %(most)s million pixels.", most=most)) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise WorkRefused(_l("The logo is no image that can be printed. Use PNG, JPEG, WebP or GIF.")) from error
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    picture.save(out, "PNG")
    scale = min(WIDEST / picture.width, HIGHEST / picture.height)
    width, height = (f"{side * scale:.2f}" for side in picture.size)
    return {"png": list(out.getvalue()), "width": width, "height": height}


def _picture(data: bytes) -> Image.Image:
    """The picture upright, in RGB with or without transparency."""
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        # Looked at before anything is unpacked.
        if image.width * image.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(image)
        return upright.convert("RGBA" if upright.has_transparency_data else "RGB")
