"""A firm's logo, checked and made small enough for a document."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from boxportal.modules.sales.printing.texts import Json
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
        raise WorkRefused("The logo's file is larger than %(mb)s MB.", mb=str(MOST_BYTES // 1024 // 1024))
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise WorkRefused(
                    "The logo is %(width)s × %(height)s pixels; at most %(most)s million are possible.",
                    width=str(image.width),
                    height=str(image.height),
                    most=str(MOST_PIXELS // 1_000_000),
                )
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image)
            picture = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise WorkRefused("The logo is no image that can be printed. Use PNG, JPEG, WebP or GIF.") from error
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    picture.save(out, "PNG")
    scale = min(WIDEST / picture.width, HIGHEST / picture.height)
    width, height = (f"{side * scale:.2f}" for side in picture.size)
    return {"png": list(out.getvalue()), "width": width, "height": height}
