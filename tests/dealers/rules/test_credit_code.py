import pytest

from dealers.rules import credit_code


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110108717743469K"])
def test_codes_with_the_right_last_character_are_valid(code):
    assert credit_code.is_valid(code)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("91350100M000100Y44", "wrong last character"),
        ("91350100M000100Y4", "17 characters"),
        ("91350100M000100Y433", "19 characters"),
        ("91350100I000100Y43", "the letter I"),
        ("9135010OM000100Y43", "the letter O instead of nought"),
        ("91350100m000100y43", "small letters"),
        ("９1350100M000100Y43", "a full-width digit"),
        ("", "empty"),
        ("91351000M000100Y43", "two characters exchanged"),
    ],
)
def test_anything_else_is_not(code, why):
    assert not credit_code.is_valid(code), why


def test_every_single_wrong_character_is_noticed():
    good = "91350100M000100Y43"
    for place in range(18):
        for other in credit_code.ALPHABET:
            if other != good[place]:
                assert not credit_code.is_valid(good[:place] + other + good[place + 1 :])


def test_blanks_and_small_letters_are_put_right_before_checking():
    assert credit_code.normalised(" 9135 0100m000100y43\n") == "91350100M000100Y43"


def test_the_check_needs_seventeen_characters():
    with pytest.raises(ValueError, match=r"^17 characters are needed\.$"):
        credit_code.check_character("9135")
