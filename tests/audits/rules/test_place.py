import pytest

from audits.rules.place import evidence


@pytest.mark.parametrize(
    ("distance", "accuracy", "found"),
    [
        (None, 5, "none"),
        (300, None, "likely"),
        (300.1, None, "unlikely"),
        (290, 10, "there"),
        (290, 10.1, "likely"),
        (300, 1, "likely"),
        (300.1, 1, "unlikely"),
        (310, 10, "unlikely"),
        (310.1, 10, "away"),
        (0, 0, "there"),
    ],
)
def test_how_sure_it_is_that_the_phone_was_there(distance, accuracy, found):
    assert evidence(distance=distance, accuracy=accuracy, farthest=300) == found
