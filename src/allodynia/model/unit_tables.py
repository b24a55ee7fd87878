"""The units that have names, and what the unit kinds of SBML mean.

Counted things (items, cells, fibres, spikes) share one base, ``item``, as in SBML. Degrees Celsius are a dimension of
their own: they differ from kelvin by an offset, so no factor leads from one to the other.

Source: BIPM, The International System of Units, 9th edition (2019); SBML Level 3 Version 2, section 4.4.
"""

from __future__ import annotations

from fractions import Fraction

from allodynia.model.unit import DIMENSIONLESS, Unit, base, sized

_KG, _M, _S, _AMPERE, _K, _MOL, _CD, _ITEM = map(base, ("kg", "m", "s", "A", "K", "mol", "cd", "item"))
_GRAM = base("kg", "1/1000")
_LITRE = _M**3 * Unit(factor=Fraction(1, 1000))
_N = _KG * _M / _S**2
_PA = _N / _M**2
_J = _N * _M
_V = _J / (_AMPERE * _S)
_AVOGADRO = Fraction(602214076) * 10**15

# Units that take a prefix: kg, mL, nmol, ...
PREFIXABLE: dict[str, Unit] = {
    "g": _GRAM, "L": _LITRE, "l": _LITRE, "mol": _MOL, "M": _MOL / _LITRE, "m": _M, "s": _S, "N": _N, "Pa": _PA,
    "Hz": _S**-1, "J": _J, "W": _J / _S, "V": _V, "A": _AMPERE, "C": _AMPERE * _S, "F": _AMPERE * _S / _V,
    "S": _AMPERE / _V, "ohm": _V / _AMPERE, "T": _V * _S / _M**2, "K": _K, "cd": _CD, "Bq": _S**-1, "Gy": _J / _KG,
    "kat": _MOL / _S, "Da": sized(_KG, "1.66053906660e-27"), "eq": _MOL,
}  # fmt: skip
PREFIXES: dict[str, Fraction] = {
    "T": Fraction(10**12), "G": Fraction(10**9), "M": Fraction(10**6), "k": Fraction(1000), "d": Fraction(1, 10),
    "c": Fraction(1, 100), "m": Fraction(1, 1000), "u": Fraction(1, 10**6), "µ": Fraction(1, 10**6),
    "μ": Fraction(1, 10**6), "n": Fraction(1, 10**9), "p": Fraction(1, 10**12), "f": Fraction(1, 10**15),
    "a": Fraction(1, 10**18),
}  # fmt: skip
# Units that stand as they are.
PLAIN: dict[str, Unit] = {
    "min": sized(_S, 60), "minute": sized(_S, 60), "minutes": sized(_S, 60),
    "h": sized(_S, 3600), "hour": sized(_S, 3600), "hours": sized(_S, 3600),
    "d": sized(_S, 86400), "day": sized(_S, 86400), "days": sized(_S, 86400),
    "wk": sized(_S, 604800), "week": sized(_S, 604800), "weeks": sized(_S, 604800),
    "month": sized(_S, 2629800), "months": sized(_S, 2629800),
    "y": sized(_S, 31557600), "yr": sized(_S, 31557600), "year": sized(_S, 31557600), "years": sized(_S, 31557600),
    "second": _S, "seconds": _S, "litre": _LITRE, "liter": _LITRE, "metre": _M, "meter": _M, "gram": _GRAM,
    "mole": _MOL, "%": Unit(factor=Fraction(1, 100)), "percent": Unit(factor=Fraction(1, 100)),
    "dimensionless": DIMENSIONLESS, "rad": DIMENSIONLESS, "deg": sized(DIMENSIONLESS, "0.017453292519943295"),
    "degC": base("degC"), "°C": base("degC"), "celsius": base("degC"), "Celsius": base("degC"),
    "mmHg": sized(_PA, "133.322387415"), "bar": sized(_PA, 100000), "cmH2O": sized(_PA, "98.0665"),
    "gf": sized(_N, "0.00980665"), "kgf": sized(_N, "9.80665"), "cal": sized(_J, "4.184"), "kcal": sized(_J, 4184),
} | dict.fromkeys(
    ("item", "items", "cell", "cells", "fibre", "fibres", "fiber", "fibers", "spike", "spikes", "copy", "copies",
     "molecule", "molecules", "count", "counts", "mouse", "mice", "rat", "rats", "person", "people", "dose", "doses",
     "event", "events"),
    _ITEM,
)  # fmt: skip

# What the unit kinds of SBML mean.
KINDS: dict[str, Unit] = {
    "ampere": _AMPERE, "avogadro": Unit(factor=_AVOGADRO), "becquerel": _S**-1, "candela": _CD,
    "Celsius": base("degC"),
    "coulomb": _AMPERE * _S, "dimensionless": DIMENSIONLESS, "farad": _AMPERE * _S / _V, "gram": _GRAM,
    "gray": _J / _KG,
    "henry": _V * _S / _AMPERE, "hertz": _S**-1, "item": _ITEM, "joule": _J, "katal": _MOL / _S, "kelvin": _K,
    "kilogram": _KG, "litre": _LITRE, "liter": _LITRE, "lumen": _CD, "lux": _CD / _M**2, "metre": _M, "meter": _M,
    "mole": _MOL, "newton": _N, "ohm": _V / _AMPERE, "pascal": _PA, "radian": DIMENSIONLESS, "second": _S,
    "siemens": _AMPERE / _V, "sievert": _J / _KG, "steradian": DIMENSIONLESS, "tesla": _V * _S / _M**2, "volt": _V,
    "watt": _J / _S, "weber": _V * _S,
}  # fmt: skip
SYMBOLS = {
    "ampere": "A", "candela": "cd", "coulomb": "C", "farad": "F", "gram": "g", "gray": "Gy", "hertz": "Hz",
    "joule": "J",
    "katal": "kat", "kelvin": "K", "litre": "L", "liter": "L", "metre": "m", "meter": "m", "mole": "mol", "newton": "N",
    "ohm": "ohm", "pascal": "Pa", "second": "s", "siemens": "S", "tesla": "T", "volt": "V", "watt": "W",
    "Celsius": "degC",
    "becquerel": "Bq",
}  # fmt: skip
TIMES = {Fraction(60): "min", Fraction(3600): "h", Fraction(86400): "d", Fraction(604800): "wk"}
