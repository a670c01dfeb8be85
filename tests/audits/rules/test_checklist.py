from decimal import Decimal

import pytest

from audits.rules import checklist
from audits.rules.checklist import InvalidAnswer, Question

YES_NO = Question(1, "门头完整", "yes_no", finding_on="no")
BAD = Question(2, "销售竞争对手号卡", "yes_no", good_answer="no", finding_on="yes")
SCORE = Question(3, "陈列", "score", max_score=5, finding_on="<3")
CHOICE = Question(4, "掌握程度", "choice", choices=("熟练", "一般", "不了解"), finding_on="不了解")
NUMBER = Question(5, "投诉件数", "number", finding_on=">2", required=False)
TEXT = Question(6, "诉求", "text", required=False)
PHOTO = Question(7, "全景照片", "photo")


@pytest.mark.parametrize(
    ("question", "raw", "stored"),
    [
        (YES_NO, " yes ", "yes"),
        (YES_NO, "no", "no"),
        (YES_NO, "", ""),
        (SCORE, "5", "5"),
        (SCORE, "000000005", "5"),
        (SCORE, "00", "0"),
        (CHOICE, "一般", "一般"),
        (NUMBER, "3.50", "3.50"),
        (NUMBER, "1e2", "100"),
        (NUMBER, "-1", "-1"),
        (NUMBER, "999999999.99", "999999999.99"),
        (TEXT, "a\x00b", "ab"),
        (TEXT, "长" * 2000, "长" * 2000),
        (TEXT, "  加强培训\n ", "加强培训"),
        (PHOTO, " ", ""),
    ],
)
def test_answers_as_they_are_stored(question, raw, stored):
    assert checklist.cleaned(question, raw) == stored


@pytest.mark.parametrize(
    ("question", "raw", "code"),
    [
        (YES_NO, "maybe", "not_yes_no"),
        (SCORE, "6", "not_a_score"),
        (SCORE, "-1", "not_a_score"),
        (SCORE, "4.5", "not_a_score"),
        (SCORE, "٣", "not_a_score"),
        (SCORE, "9" * 5000, "not_a_score"),
        (SCORE, "0000000005", "not_a_score"),
        (SCORE, "x", "not_a_score"),
        (CHOICE, "很好", "not_a_choice"),
        (NUMBER, "many", "not_a_number"),
        (NUMBER, "NaN", "not_a_number"),
        (NUMBER, "1e999999", "not_a_number"),
        (NUMBER, "1000000000", "not_a_number"),
        (NUMBER, "-1000000000", "not_a_number"),
        (TEXT, "长" * 2001, "too_long"),
        (PHOTO, "yes", "photo_only"),
    ],
)
def test_answers_that_a_question_does_not_allow(question, raw, code):
    with pytest.raises(InvalidAnswer) as error:
        checklist.cleaned(question, raw)
    assert (error.value.code, str(error.value)) == (code, code)


@pytest.mark.parametrize(
    ("question", "answer", "share"),
    [
        (YES_NO, "yes", 1),
        (YES_NO, "no", 0),
        (BAD, "no", 1),
        (BAD, "yes", 0),
        (SCORE, "3", Decimal("0.6")),
        (CHOICE, "熟练", 1),
        (CHOICE, "一般", Decimal("0.5")),
        (CHOICE, "不了解", 0),
        (Question(8, "", "choice", choices=("只此一项",)), "只此一项", 1),
        (NUMBER, "9", None),
        (TEXT, "好", None),
        (YES_NO, "", None),
    ],
)
def test_what_an_answer_earns(question, answer, share):
    assert checklist.share(question, answer) == share


def weighted(weight, question=YES_NO, number=1):
    return Question(number, question.text, question.kind, weight=Decimal(weight), max_score=question.max_score)


@pytest.mark.parametrize(
    ("questions", "answers", "score"),
    [
        ([YES_NO, SCORE], {1: "yes", 3: "5"}, "100.00"),
        ([YES_NO, SCORE], {1: "no", 3: "0"}, "0.00"),
        ([YES_NO, SCORE], {1: "yes", 3: "2"}, "70.00"),
        ([weighted(3), weighted(1, SCORE, 3)], {1: "yes", 3: "0"}, "75.00"),
        ([weighted(2), weighted(1, SCORE, 3)], {1: "yes", 3: "0"}, "66.67"),
        ([weighted(1), weighted(0, SCORE, 3)], {1: "yes", 3: "0"}, "100.00"),
        ([Question(1, "", "score", max_score=800)], {1: "1"}, "0.13"),
        ([weighted("0.5"), weighted("1.5", SCORE, 3)], {1: "yes", 3: "0"}, "25.00"),
        ([TEXT, YES_NO], {1: "yes", 6: "好"}, "100.00"),
        ([YES_NO, SCORE], {1: "yes"}, "100.00"),  # what is not answered does not count
        ([YES_NO, NUMBER, TEXT], {5: "3", 6: "好"}, None),
        ([weighted(0)], {1: "yes"}, None),
        ([], {}, None),
    ],
)
def test_the_score_is_the_weighted_share(questions, answers, score):
    found = checklist.score(questions, answers)
    assert (None if found is None else str(found)) == score


@pytest.mark.parametrize(
    ("question", "answer", "opens"),
    [
        (YES_NO, "no", True),
        (YES_NO, "yes", False),
        (YES_NO, "", False),
        (BAD, "yes", True),
        (SCORE, "2", True),
        (SCORE, "3", False),
        (SCORE, "", False),
        (CHOICE, "不了解", True),
        (CHOICE, "一般", False),
        (NUMBER, "3", True),
        (NUMBER, "2", False),
        (TEXT, "坏", False),
        (Question(9, "", "number", finding_on="= 0"), "0", True),
        (Question(9, "", "number", finding_on=">=5"), "5", True),
        (Question(9, "", "number", finding_on="<= -1.5"), "-1.5", True),
        (Question(9, "", "number", finding_on="<= -1.5"), "-2", True),
        (Question(9, "", "number", finding_on="<= -1.5"), "-1.4", False),
        (Question(9, "", "number", finding_on=">=5"), "6", True),
        (Question(9, "", "number", finding_on=">=5"), "4.9", False),
        (Question(9, "", "number", finding_on="=0"), "1", False),
        (Question(9, "", "number", finding_on=" <3 "), "2", True),
        (Question(9, "", "number", finding_on="5"), "5", True),
        (Question(9, "", "choice", choices=("a",), finding_on=" a "), "a", True),
        (Question(9, "", "choice", choices=("<3",), finding_on="<3"), "<3", True),
        (Question(9, "", "yes_no"), "no", False),
    ],
)
def test_which_answers_open_a_finding(question, answer, opens):
    assert checklist.opens_finding(question, answer) is opens


@pytest.mark.parametrize(
    ("question", "sense"),
    [
        (YES_NO, True),
        (BAD, True),
        (Question(1, "", "yes_no", finding_on="<3"), False),
        (Question(1, "", "yes_no", finding_on=" no "), True),
        (Question(1, "", "yes_no", finding_on=" "), True),
        (NUMBER, True),
        (Question(1, "", "number", finding_on="many"), False),
        (Question(1, "", "choice", choices=("a",), finding_on=" a "), True),
        (CHOICE, True),
        (Question(1, "", "choice", choices=("a",), finding_on="b"), False),
        (SCORE, True),
        (Question(1, "", "score", finding_on="3"), False),
        (Question(1, "", "text", finding_on="x"), False),
        (TEXT, True),
    ],
)
def test_whether_any_answer_can_open_the_finding(question, sense):
    assert checklist.finding_rule_makes_sense(question) is sense


def test_what_is_still_missing():
    questions = [YES_NO, SCORE, NUMBER, TEXT, PHOTO]
    assert checklist.missing(questions, {1: "yes"}, []) == [SCORE, PHOTO]
    assert checklist.missing(questions, {1: "yes", 3: "0"}, [7]) == []


def test_a_copy_of_a_question_reads_back():
    data = {"id": 3, "text": "陈列", "kind": "score", "weight": "2.50", "choices": [], "added_later": True}
    question = Question.of(data)
    assert (question.weight, question.choices, question.max_score) == (Decimal("2.50"), (), 5)
    section = checklist.sections_of({"sections": [{"title": "宣传", "questions": [data]}]})[0]
    assert (section.title, section.category, section.questions) == ("宣传", "other", (question,))
    plain = {"id": 1, "text": "门头完整", "kind": "yes_no"}
    assert Question.of(plain) == Question(1, "门头完整", "yes_no")
    assert Question.of({**plain, "choices": ["a", "b"]}).choices == ("a", "b")
    of_stock = {"title": "库存", "category": "stock", "questions": [plain, data]}
    assert [(one.category, len(one.questions)) for one in checklist.sections_of({"sections": [of_stock]})] == [
        ("stock", 2)
    ]
    assert checklist.sections_of({}) == ()
