"""The unified social credit code of a business: 18 characters, the last one checks the others.

National standard GB 32100-2015; see docs/dealers.md, "Archive".
"""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
LENGTH = 18


def normalised(text: str) -> str:
    """Without blanks and in capitals, as it is stored."""
    return "".join(text.split()).upper()


def check_character(body: str) -> str:
    """The 18th character for the first 17. ValueError if one of them cannot stand in a code."""
    if len(body) != LENGTH - 1:
        raise ValueError("17 characters are needed.")
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(body, WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def is_valid(code: str) -> bool:
    """Whether `code` (normalised) has 18 allowed characters and the right last one."""
    if len(code) != LENGTH or any(character not in ALPHABET for character in code):
        return False
    return check_character(code[:-1]) == code[-1]
