"""Run as a process of its own: reads a picture from standard input, draws it anew, and writes a PNG.

Nothing of what was sent survives but the pixels: no metadata, no second format hidden behind the first. The process
has little memory and time, and nothing to lose.
"""

import io
import resource
import sys

MEMORY = 512 * 1024 * 1024
SECONDS = 10
PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    from PIL import Image, ImageOps  # noqa: PLC0415 loaded after the limits are in force

    Image.MAX_IMAGE_PIXELS = PIXELS
    with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=FORMATS) as picture:
        if picture.width * picture.height > PIXELS:
            return 1
        picture.draft("RGB", (2 * int(sys.argv[1]), 2 * int(sys.argv[1])))
        drawn = ImageOps.exif_transpose(picture).convert("RGBA")
    drawn.thumbnail((int(sys.argv[1]), int(sys.argv[1])))
    fresh = Image.new("RGBA", drawn.size)
    fresh.paste(drawn)
    fresh.save(sys.stdout.buffer, "PNG", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
