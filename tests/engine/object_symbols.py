"""Which names an object file leaves to others: a reader of ELF, COFF and Mach-O symbol tables."""

from __future__ import annotations


def undefined_symbols(code: bytes) -> set[str]:
    """Names that an object file (ELF, COFF or Mach-O, 64-bit little-endian) leaves to others."""

    def number(at: int, size: int) -> int:
        return int.from_bytes(code[at : at + size], "little")

    def text(at: int) -> str:
        return code[at : code.index(b"\0", at)].decode()

    found = set()
    if code[:4] == b"\x7fELF":
        table, size, count = number(0x28, 8), number(0x3A, 2), number(0x3C, 2)
        sections = [table + i * size for i in range(count)]
        for section in sections:
            if number(section + 4, 4) == 2:  # SHT_SYMTAB
                names = number(sections[number(section + 40, 4)] + 24, 8)
                start, length = number(section + 24, 8), number(section + 32, 8)
                for symbol in range(start + 24, start + length, 24):
                    if number(symbol + 6, 2) == 0:  # SHN_UNDEF
                        found.add(text(names + number(symbol, 4)))
    elif number(0, 4) == 0xFEEDFACF:  # Mach-O
        command = 32
        for _ in range(number(16, 4)):
            if number(command, 4) == 2:  # LC_SYMTAB
                symbols, count, names = number(command + 8, 4), number(command + 12, 4), number(command + 16, 4)
                for symbol in range(symbols, symbols + 16 * count, 16):
                    if code[symbol + 4] & 0x0E == 0 and code[symbol + 4] & 0x01:  # N_UNDF, external
                        found.add(text(names + number(symbol, 4)))
            command += number(command + 4, 4)
    else:  # COFF
        assert number(0, 2) == 0x8664
        symbols, count = number(8, 4), number(12, 4)
        names, skip = symbols + 18 * count, 0
        for i in range(count):
            symbol = symbols + 18 * i
            if skip:
                skip -= 1
                continue
            skip = code[symbol + 17]
            if number(symbol + 12, 2) == 0 and number(symbol + 8, 4) == 0 and code[symbol + 16] == 2:
                short = code[symbol : symbol + 8]
                found.add(
                    text(names + number(symbol + 4, 4)) if short[:4] == b"\0\0\0\0" else short.rstrip(b"\0").decode()
                )
    return found
