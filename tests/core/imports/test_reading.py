"""CSV and XLSX: encodings, blocks, quotes, row numbers, cells of all types."""

import csv
import datetime as dt
import io
import random
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.imports import csvread, xlsxread
from core.imports.problems import FileRefused
from inventory.models import Product
from tests.depth import times

from .conftest import counts, problems, write_xlsx

HEAD = ["code", "name", "family", "item_kind", "monthly_fee"]


def rows_of(path):
    """All cells by row number, as the reader gives them."""
    header, out = [], {}
    for chunk in csvread.read(path, header.extend):
        for row in chunk.frame.iter_rows(named=True):
            number = row.pop("__row")
            out[number] = [cell or "" for cell in row.values()]
        out.update(dict(chunk.ragged))
    return header, out


@pytest.mark.parametrize("size", [64, 300, 5_000, 1 << 20])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blocks_give_what_the_csv_module_gives(tmp_path, settings, size, quoting, end):
    settings.IMPORT_BLOCK_BYTES = size
    rng = random.Random(size)
    cells = ["", "文山", "a,b", 'say "x"', "two\nlines", "plain", " 1 ", "0012", "é"]
    rows = [[rng.choice(cells) for _column in range(4)] for _row in range(200)]
    rows = [row if any(cell.strip() for cell in row) else ["x", *row[1:]] for row in rows]
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator=end).writerows([["a", "b", "c", "d"], *rows])
    path = tmp_path / "file.csv"
    path.write_bytes(out.getvalue().encode())
    header, found = rows_of(path)
    assert header == ["a", "b", "c", "d"]
    assert [found[number] for number in sorted(found)] == rows
    assert sorted(found) == list(range(2, 202))


@settings(max_examples=times(60), deadline=None)
@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6), min_size=3, max_size=3),
        min_size=1,
        max_size=30,
    )
)
def test_any_text_survives(tmp_path_factory, rows):
    rows = [row for row in rows if any(cell.strip(", \t\r\n\ufeff") for cell in row)]
    out = io.StringIO()
    csv.writer(out).writerows([["a", "b", "c"], *rows])
    path = tmp_path_factory.mktemp("any") / "file.csv"
    path.write_bytes(out.getvalue().encode())
    _header, found = rows_of(path)
    assert [found[number] for number in sorted(found)] == rows


@settings(max_examples=times(150), deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("any") / "file.csv"
    path.write_bytes(b"a,b\n" + data)
    try:
        _header, found = rows_of(path)
    except FileRefused:
        return
    assert all(number >= 2 for number in found)


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("size", [120, 1 << 20])
def test_encodings(world, settings, encoding, size):
    settings.IMPORT_BLOCK_BYTES = size
    lines = [
        "产品编码,产品名称,产品系列,物品类别,月租费（元）",
        *(f"P{n},套餐{n}号,四代,套卡,{n}.50" for n in range(50)),
    ]
    assert counts(world("products", "\r\n".join(lines).encode(encoding))) == (50, 50, 0, 0)
    assert Product.objects.get(code="P7").name == "套餐7号"


@pytest.mark.django_db
def test_ascii_first_and_chinese_far_behind(world, settings):
    settings.IMPORT_BLOCK_BYTES = 200
    text = ",".join(HEAD) + "\n" + "".join(f"A{n},plain,4G,plan,1\n" for n in range(40)) + "Z,文山,4G,plan,1\n"
    assert world("products", text.encode("gb18030")).accepted == 41
    assert Product.objects.get(code="Z").name == "文山"


@pytest.mark.django_db
def test_row_numbers_count_blank_rows_and_quoted_line_ends(world):
    text = ",".join(HEAD) + '\nA,n,f,plan,1\n\n,,,,\nB,"n\nm",f,plan,1\nC,n,f,plan,x\nD,n,f\n'
    outcome = world("products", text)
    assert (outcome.rows, outcome.rejected) == (4, 3)
    assert problems(outcome) == [(5, "name", "control"), (6, "monthly_fee", "number"), (7, "", "fields")]


@pytest.mark.django_db
def test_misplaced_quotes_do_no_harm(world):
    text = ",".join(HEAD) + '\nA,he said "x",f,plan,1\nB,n"m"o,f,plan,1\nC,"n"m,f,plan,1\n'
    assert world("products", text).accepted == 3
    assert Product.objects.get(code="A").name == 'he said "x"'


@pytest.mark.django_db
def test_backslashes_and_tabs(world):
    text = ",".join(HEAD) + "\nA,a\\tb\\\\c\\N,f,plan,1\nB,\tn\t,f,plan,1\nC,\\N,f,plan,1\n"
    assert world("products", text).accepted == 3
    assert Product.objects.get(code="A").name == "a\\tb\\\\c\\N"
    assert Product.objects.get(code="B").name == "n"
    assert Product.objects.get(code="C").name == "\\N"


@pytest.mark.django_db
def test_old_mac_line_ends_and_no_last_line_end(world):
    assert world("products", (",".join(HEAD) + "\rA,n,f,plan,1\rB,n,f,plan,2").encode()).accepted == 2


@pytest.mark.django_db
def test_header_with_stars_blanks_and_trailing_commas(world):
    text = " *code , NAME,产品系列,item kind,monthly_fee,,\nA,n,f,plan,1,,\n"
    refusal = world("products", text, expect_refusal=True)
    assert refusal.code == "unknown_column" and "item kind" in str(refusal)
    assert world("products", text.replace("item kind", "item_kind")).accepted == 1


@pytest.mark.django_db
def test_workbook_cells(world, tmp_path):
    """Numbers, dates, times, booleans and text as people type them into Excel."""
    head = ["code", "name", "org_unit_code", "tier", "cooperation_start", "floor_area", "boss_connected", "agent_level"]
    rows = [
        head,
        ["X1", 123, 532601, "合作店", dt.date(2026, 1, 5), 35.5, True, 1],
        ["X2", "两店", "532601", "mall", dt.datetime(2026, 1, 6), 0.1 + 0.2, "否", "2"],
        [None] * 8,
        ["X3", "三店", "532601", "mall", "2026/1/7", 40, 1, None],
        ["X4", "四店", "532601", "mall", dt.datetime(2026, 1, 6, 12, 30), 12.345, 2, 3],
    ]
    outcome = world("dealers", rows, name="f.xlsx", partial=True)
    assert (outcome.rows, outcome.accepted) == (4, 3)
    assert set(problems(outcome)) == {
        (6, "cooperation_start", "date"), (6, "floor_area", "places"), (6, "boss_connected", "bool"),
        (6, "agent_level", "choice"),
    }  # fmt: skip
    from dealers.models import Dealer

    assert list(
        Dealer.objects.filter(code__startswith="X").values_list(
            "name", "cooperation_start", "floor_area", "boss_connected"
        )
    ) == [
        ("123", dt.date(2026, 1, 5), 35.5, True),
        ("两店", dt.date(2026, 1, 6), Decimal("0.30"), False),
        ("三店", dt.date(2026, 1, 7), 40, True),
    ]


@pytest.mark.django_db
def test_workbook_times_and_serials(world):
    rows = [
        ["event_no", "business_type", "occurred_at", "product_code", "dealer_code", "amount", "msisdn"],
        ["E1", "放号", dt.datetime(2026, 9, 1, 13, 5), "P4G", "D1", 58, 13800000000],
        ["E2", "放号", dt.date(2026, 9, 2), "P4G", "D1", 0.07, "013800000000"],
    ]
    assert world("sales", rows, name="f.xlsx").accepted == 2
    from inventory.models import SalesRecord

    first, second = SalesRecord.objects.order_by("event_no")
    assert first.occurred_at == dt.datetime(2026, 9, 1, 5, 5, tzinfo=dt.UTC)
    assert (first.msisdn, second.msisdn) == ("13800000000", "013800000000")


def test_workbook_rows_keep_their_numbers(tmp_path):
    book = openpyxl.Workbook()
    book.active["B3"], book.active["C3"], book.active["B5"] = "a", "b", "x"
    book.save(tmp_path / "f.xlsx")
    chunks = list(xlsxread.read(tmp_path / "f.xlsx", lambda header: [None] * len(header)))
    assert [(row[0], row[1]) for chunk in chunks for row in chunk.frame.iter_rows() if row[1]] == [(5, "x")]


def test_second_sheet_is_not_read(tmp_path):
    write_xlsx(tmp_path / "f.xlsx", [["a"], ["1"]])
    book = openpyxl.load_workbook(tmp_path / "f.xlsx")
    book.create_sheet("notes").append(["b"])
    book.save(tmp_path / "f.xlsx")
    chunks = list(xlsxread.read(tmp_path / "f.xlsx", lambda header: [None] * len(header)))
    assert sum(chunk.frame.height for chunk in chunks) == 1
