"""Which fonts documents are set in, and where they lie on this machine."""

from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("fontpkg_inter", "fontpkg_almarai", "manimgx_fonts", "manimgx_fonts_cjk")
"""Font packages of the extras `pdf` and `pdf-cjk`, as Python names them."""

SYSTEM_FOLDERS = (Path("/usr/share/fonts/truetype/noto"), Path("/usr/share/fonts/opentype/noto"))
"""Where Debian's fonts-noto-core and fonts-noto-cjk lie."""

FAMILIES = ("Inter", "Almarai", "Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari")
"""First to last, who sets a character; families that are not named here come after these."""

_HAN = {"CN": "SC", "SG": "SC", "TW": "TC", "HK": "HK", "MO": "HK", "JP": "JP", "KR": "KR"}


def folders() -> list[Path]:
    """The folders that hold the fonts: those of the installed packages, then the system's."""
    found = [
        Path(place)
        for name in PACKAGES
        if (spec := find_spec(name)) is not None
        for place in spec.submodule_search_locations or ()
    ]
    return [*found, *(folder for folder in SYSTEM_FOLDERS if folder.is_dir())]


def families(*countries: str) -> list[str]:
    """The families to set a document in; one Han character is drawn by the custom of the first country that has one."""
    han = [f"Noto Sans CJK {_HAN[country]}" for country in countries if country in _HAN]
    return [*FAMILIES, *dict.fromkeys([*han, "Noto Sans CJK SC"])]
