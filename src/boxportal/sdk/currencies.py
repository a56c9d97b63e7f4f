"""The currencies of ISO 4217 and how many digits each has after the point."""

from functools import lru_cache
from types import MappingProxyType

from babel.numbers import get_territory_currencies

_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP
CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF
IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD
MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB
RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = tuple(_CODES.split())
WITHDRAWN = frozenset({"ANG", "BGN", "CUC", "HRK", "SLL", "ZWL"})  # still to be read in older documents
_KNOWN = frozenset(CURRENCIES) | WITHDRAWN
_WITHOUT_MINOR_UNIT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_EXPONENTS = MappingProxyType(
    dict.fromkeys(_WITHOUT_MINOR_UNIT.split(), 0)
    | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
    | dict.fromkeys(("CLF", "UYW"), 4)
)


def is_currency(code: str) -> bool:
    """Whether ISO 4217 knows the code, or knew it lately."""
    return code in _KNOWN


def exponent(code: str) -> int:
    """How many digits a currency has after the point (ISO 4217's minor unit): 2 for most.

    Raises: ValueError for a code that is no currency.
    """
    if code not in _KNOWN:
        msg = f"no currency {code!r}"
        raise ValueError(msg)
    return _EXPONENTS.get(code, 2)


@lru_cache(maxsize=256)
def currency_of_country(country: str) -> str:
    """The currency that a country (ISO 3166, two letters) uses now; empty when it is not known."""
    return next((code for code in get_territory_currencies(country.upper()) if code in _KNOWN), "")
