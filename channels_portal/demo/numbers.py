"""Numbers with check digits: IMEI and ICCID (Luhn), social credit codes (GB 32100, GB 11714)."""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def with_luhn(stem: Ints) -> Ints:
    """Each number with its Luhn digit appended; a result must fit into 63 bits."""
    rest, total, double = stem.copy(), np.zeros_like(stem), True
    while rest.any():
        digit = rest % 10
        if double:
            digit = digit * 2
            digit -= 9 * (digit > 9)
        total += digit
        rest //= 10
        double = not double
    return stem * 10 + (10 - total % 10) % 10


def imei(serial: Ints) -> Ints:
    """15 digits from a running number below 10⁶ times the number of known models."""
    return with_luhn(86_000_000_000_000 + (serial * 7_919_317 + 1_111) % 10**12)


def iccid(serial: Ints) -> Ints:
    """19 digits (898600…) with the Luhn digit last, from a running number."""
    return with_luhn(898_600_000_000_000_000 + serial)


def msisdn(serial: Ints) -> Ints:
    """11-digit mobile numbers, all different for running numbers below 10⁸."""
    tail = (serial * 38_501_117 + 7_654_321) % 10**8
    prefixes = np.array([134, 135, 136, 138, 139, 150, 151, 152, 158, 159, 182, 183, 187, 188, 198], dtype=np.int64)
    return prefixes[(serial * 2_654_435_761 >> 13) % len(prefixes)] * 10**8 + tail


def credit_code(*, region: str, serial: int, company: bool) -> str:
    """A unified social credit code of 18 characters: a company's (91) or a sole trader's (92)."""
    body = f"{'MA' if company else 'L'}{serial:0{6 if company else 7}d}"
    total = sum(_organisation_value(sign) * weight for sign, weight in zip(body, ORGANISATION_WEIGHTS, strict=True))
    check = (11 - total % 11) % 11
    stem = f"{'91' if company else '92'}{region}{body}{'X' if check == 10 else check}"
    total = sum(CREDIT_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(stem))
    return stem + CREDIT_ALPHABET[(31 - total % 31) % 31]


def _organisation_value(sign: str) -> int:
    return int(sign) if sign.isdigit() else ord(sign) - ord("A") + 10
