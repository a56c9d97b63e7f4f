"""What the number is called that stands on invoices, country by country, with an example of its shape."""

from collections.abc import Mapping
from types import MappingProxyType

from boxportal.sdk.i18n import gettext as _

SHAPES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "AE": ("TRN", "100123456700003"), "AR": ("CUIT", "30-12345678-9"), "AT": ("UID", "ATU12345678"),
    "AU": ("ABN", "12 345 678 901"), "BE": ("BTW / TVA", "BE0123456789"), "BG": ("ДДС №", "BG123456789"),
    "BR": ("CNPJ", "12.345.678/0001-95"), "BY": ("УНП", "123456789"), "CA": ("GST/HST", "123456789RT0001"),
    "CH": ("MWST / TVA / IVA", "CHE-123.456.789 MWST"), "CN": ("USCC", "91350100M000100Y43"),
    "CY": ("ΦΠΑ", "CY12345678X"), "CZ": ("DIČ", "CZ12345678"), "DE": ("USt-IdNr.", "DE123456789"),
    "DK": ("CVR / moms", "DK12345678"), "EE": ("KMKR", "EE123456789"), "ES": ("NIF-IVA", "ESB12345678"),
    "FI": ("ALV", "FI12345678"), "FR": ("TVA", "FR12345678901"), "GB": ("VAT No", "GB123456789"),
    "GR": ("ΑΦΜ", "EL123456789"), "HR": ("OIB", "HR12345678901"), "HU": ("ÁFA", "HU12345678"),
    "IE": ("VAT No", "IE1234567WA"), "IN": ("GSTIN", "22AAAAA0000A1Z5"), "IT": ("P. IVA", "IT12345678901"),
    "JP": ("登録番号", "T1234567890123"), "KE": ("KRA PIN", "P051234567A"), "KZ": ("БИН", "123456789012"),
    "LT": ("PVM", "LT123456789"), "LU": ("TVA", "LU12345678"), "LV": ("PVN", "LV12345678901"),
    "MT": ("VAT No", "MT12345678"), "MX": ("RFC", "ABC010101AB1"), "NG": ("TIN", "12345678-0001"),
    "NL": ("btw-id", "NL123456789B01"), "NO": ("MVA", "NO 123 456 789 MVA"), "NZ": ("GST", "123-456-789"),
    "PL": ("NIP", "PL1234567890"), "PT": ("NIF", "PT123456789"), "RO": ("CIF", "RO1234567890"),
    "RU": ("ИНН / КПП", "1234567890 / 123456789"), "RW": ("TIN", "101234567"), "SA": ("VAT No", "300123456700003"),
    "SE": ("Momsnr", "SE123456789001"), "SG": ("GST", "M12345678X"), "SI": ("ID za DDV", "SI12345678"),
    "SK": ("IČ DPH", "SK1234567890"), "TR": ("VKN", "1234567890"), "TZ": ("TIN / VRN", "123-456-789 / 40-012345-X"),
    "UA": ("ІПН", "123456789012"), "UG": ("TIN", "1000123456"), "US": ("EIN", "12-3456789"),
    "ZA": ("VAT No", "4123456789"), "ZM": ("TPIN", "1001234567"),
})  # fmt: skip
"""What a firm is known by to the tax office, as it stands on invoices. The European ones are those of VIES."""


def number_hint(country: str) -> str:
    """What to type as a tax number in a country (ISO 3166, two letters)."""
    if country not in SHAPES:
        return _("As the tax office gives it.")
    name, example = SHAPES[country]
    return _("%(name)s, such as %(example)s", name=name, example=example)
