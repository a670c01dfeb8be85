"""Broken files: what each is, and the message code that it must give. One line per file.

A case is (name, kind, content, what is expected): a file refused as a whole gives one
code; a rejected row gives (row, column, code). Content is text, bytes, XLSX rows or a
function that makes bytes.
"""

import datetime as dt
import io
import json
import random
import struct
import zipfile

import openpyxl

DEALERS = "code,name,org_unit_code,tier,cooperation_start\n"
SALES = "event_no,business_type,occurred_at,product_code,dealer_code,amount,serial\n"
SALE = "E{n},activation,2026-09-01 10:00:00,P4G,D1,{amount},\n"
BUDGET = "org_unit_code,period,kind,amount\n"
CARDS = "serial,product_code,node_code\n"
PRODUCTS = "code,name,family,item_kind,monthly_fee\n"
ADJUST = "reference,dealer_code,month,amount,type,document_no,document_name,reason\n"
FALSE = "event_no,cause,confirmed_on\n"
SCORES = "dealer_code,month,score\n"
RECEIPTS = "bank_reference,dealer_code,amount,received_on,note\n"
SUBSCRIBERS = "subscriber_no,month,county_code,in_network,call_minutes\n"


def workbook(rows, **cells):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for place, value in cells.items():
        book.active[place] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def bomb():
    """A small workbook whose sheet unpacks to two gigabytes."""
    return _zip({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b" " * (64 << 20)}, repeat=32)


def lying_bomb():
    """A workbook whose sheet says that it is small and is not."""
    data = bytearray(_zip({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b" " * (600 << 20)}))
    real = struct.pack("<I", 600 << 20)
    while (at := data.find(real)) >= 0:
        data[at : at + 4] = struct.pack("<I", 4096)
    # Padding makes the packed size plausible for more than the limit
    return bytes(data)


def many_entries():
    return _zip({"xl/workbook.xml": b"<workbook/>"} | {f"xl/media/{n}.bin": b"" for n in range(2_500)})


def _zip(entries, repeat=1):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in entries.items():
            for copy in range(repeat if len(content) > 1 << 20 else 1):
                archive.writestr(f"{name}{copy or ''}", content)
    return out.getvalue()


def truncated():
    return workbook([["code", "name"], ["P1", "x"]])[:-400]


def rubbish(size):
    return lambda: random.Random(3).randbytes(size)


FILES = [
    # Nothing in it
    ("an empty file", "sales", b"", "empty"),
    ("only a byte-order mark", "sales", b"\xef\xbb\xbf", "empty"),
    ("only line ends", "sales", b"\r\n\r\n\n", "empty"),
    ("only a header", "sales", SALES, "no_rows"),
    ("a header and blank rows", "sales", SALES + "\n,,,,,,\n\n", "no_rows"),
    ("an empty workbook", "products", workbook([]), "empty"),
    ("a workbook with only a header", "products", workbook([PRODUCTS.strip().split(",")]), "no_rows"),
    # Wrong header
    ("an unknown column", "products", "code,name,family,item_kind,colour\nP,n,f,sim,red\n", "unknown_column"),
    ("an unknown Chinese column", "products", "产品编码,产品名称,产品系列,物品类别,颜色\nP,n,f,sim,红\n", "unknown_column"),
    ("a missing required column", "products", "code,name,family\nP,n,f\n", "missing_column"),
    ("a column twice", "products", "code,code,name,family,item_kind\nP,P,n,f,sim\n", "repeated_column"),
    ("a column twice, in two languages", "products", "code,产品编码,name,family,item_kind\nP,P,n,f,sim\n", "repeated_column"),
    ("a column without a name", "products", "code,,name,family,item_kind\nP,x,n,f,sim\n", "blank_header"),
    ("no header at all", "scores", "D1,2026-09,90\nD2,2026-09,80\n", "unknown_column"),
    ("another kind's file", "sales", DEALERS + "D1,n,532601,partner,2026-01-01\n", "unknown_column"),
    ("a title above the header", "products", "九月产品表\n" + PRODUCTS + "P,n,f,sim,1\n", "unknown_column"),
    # Wrong container
    ("semicolons", "products", PRODUCTS.replace(",", ";") + "P;n;f;sim;1\n", "separator"),
    ("tabs", "products", PRODUCTS.replace(",", "\t") + "P\tn\tf\tsim\t1\n", "separator"),
    ("bars", "products", PRODUCTS.replace(",", "|") + "P|n|f|sim|1\n", "separator"),
    ("UTF-16 with a mark", "products", (PRODUCTS + "P,n,f,sim,1\n").encode("utf-16"), "utf16"),
    ("UTF-16 without a mark", "products", (PRODUCTS + "P,n,f,sim,1\n").encode("utf-16-le"), "utf16"),
    ("Latin-1", "products", (PRODUCTS + "P,café,f,sim,1\n").encode("latin-1"), "encoding"),
    ("UTF-8 that turns into GB18030", "products", PRODUCTS.encode() + "P,套餐,f,sim,1\n".encode() + "Q,卡,f,sim,1\n".encode("gb18030"), "encoding"),
    ("UTF-8 cut inside a character", "products", (PRODUCTS + "P,套餐").encode()[:-1], "encoding"),
    ("bytes of no kind", "sales", rubbish(200_000), "binary"),
    ("200 MB of rubbish", "sales", rubbish(200 << 20), "binary"),
    ("zero bytes in the middle", "products", PRODUCTS.encode() + b"P,n\x00m,f,sim,1\n" * 3, "binary"),
    ("zero bytes far behind", "products", PRODUCTS.encode() + b"P,n,f,sim,1\n" * 9_000 + b"Q,\0,f,sim,1\n", "binary"),
    ("a quote that never ends", "products", PRODUCTS + 'P,"n,f,sim,1\nQ,n,f,sim,1\n', "quote"),
    ("a quote that never ends in the header", "products", 'code,"name,family\n', "quote"),
    ("a PDF", "products", b"%PDF-1.7\n\x00\x00\x01rubbish" * 20, "binary"),
    ("a picture", "products", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 20, "binary"),
    ("an old Excel file", "products", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"),
    ("JSON for a table", "products", '{"code": "P"}', "unknown_column"),
    ("an HTML page", "products", "<html><body><table><tr><td>code</td></tr></table></body></html>", "unknown_column"),
    # Workbooks that are none, or worse
    ("a zip that is no workbook", "products", _zip({"readme.txt": b"hello"}), "not_xlsx"),
    ("a workbook cut short", "products", truncated, "not_xlsx"),
    ("a workbook of broken parts", "products", _zip({"xl/workbook.xml": b"<oops", "[Content_Types].xml": b"<"}), "not_xlsx"),
    ("a zip bomb", "products", bomb, "zip_bomb"),
    ("a zip bomb that lies about its size", "products", lying_bomb, ("zip_bomb", "not_xlsx")),
    ("a workbook of thousands of parts", "products", many_entries, "zip_bomb"),
    ("an error in a cell", "products", workbook([PRODUCTS.strip().split(","), ["P", "n", "f", "sim"]], E2="=1/0"), "error_cells"),
]  # fmt: skip

ROWS = [
    # Digits that Excel lost
    ("a serial of 18 digits as a number", "cards", [CARDS.strip().split(","), [898600123456789012, "P4G", "W1"]], (2, "serial", "digits_lost")),
    ("an account of 19 digits as a number", "accounts", [["dealer_code", "number", "bank", "holder"], ["D1", 6222020200112233445, "工行", "张三"]], (2, "number", "digits_lost")),
    ("an IMEI of 15 digits as a number", "cards", [CARDS.strip().split(","), [490154203237518, "T1", "W1"]], (2, "serial", "digits_lost")),
    ("a serial in powers of ten", "cards", CARDS + "8.98601E+18,P4G,W1\n", (2, "serial", "exponent")),
    # Keys
    ("a serial twice", "cards", CARDS + "X1,P4G,W1\nX2,P4G,W1\nX1,P4G,W1\n", (4, "serial", "duplicate")),
    ("an event twice with another amount", "sales", SALES + SALE.format(n=1, amount=5) + SALE.format(n=1, amount=6), (3, "amount", "conflict")),
    ("a key left blank", "sales", SALES + ",activation,2026-09-01 10:00:00,P4G,D1,5,\n", (2, "event_no", "required")),
    ("a key of blanks", "sales", SALES + "  ,activation,2026-09-01 10:00:00,P4G,D1,5,\n", (2, "event_no", "required")),
    ("a key that is too long", "sales", SALES + "E" * 41 + ",activation,2026-09-01 10:00:00,P4G,D1,5,\n", (2, "event_no", "too_long")),
    ("a key with a blank inside", "sales", SALES + "E 1,activation,2026-09-01 10:00:00,P4G,D1,5,\n", (2, "event_no", "code")),
    ("a key in full width", "sales", SALES + "Ｅ１,activation,2026-09-01 10:00:00,P4G,D1,5,\n", (2, "event_no", "full_width")),
    ("a key cleared", "products", PRODUCTS + "-,n,f,sim,1\n", (2, "code", "code")),
    # Money
    ("a negative fee", "products", PRODUCTS + "P,n,f,sim,-58\n", (2, "monthly_fee", "negative")),
    ("a negative budget", "budgets", BUDGET + "532601,2026-09,base,-1\n", (2, "amount", "negative")),
    ("a negative subsidy", "subsidies", "dealer_code,valid_from,monthly_amount\nD1,2026-09-01,-0.01\n", (2, "monthly_amount", "negative")),
    ("a receipt of nothing", "receipts", RECEIPTS + "B1,D1,0.00,2026-09-01,\n", (2, "amount", "receipt_zero")),
    ("a negative receipt without a word", "receipts", RECEIPTS + "B1,D1,-5,2026-09-01,\n", (2, "note", "receipt_says_why")),
    ("a receipt of tomorrow", "receipts", RECEIPTS + "B1,D1,5,2098-09-01,\n", (2, "received_on", "in_future")),
    ("a receipt twice with another amount", "receipts", RECEIPTS + "B1,D1,5,2026-09-01,\nB1,D1,6,2026-09-01,\n", (3, "amount", "conflict")),
    ("a route from nowhere to nowhere", "routes", "movement_kind,origin_kind,destination_kind\ntransfer,,\n", (2, "movement_kind", "no_end")),
    ("a negative price", "product_prices", "product_code,valid_from,price\nP4G,2026-09-01,-1\n", (2, "price", "negative")),
    ("a third decimal", "products", PRODUCTS + "P,n,f,sim,58.001\n", (2, "monthly_fee", "places")),
    ("a third decimal that is zero", "products", PRODUCTS + "P,n,f,sim,58.000\n", (2, "monthly_fee", "places")),
    ("thousands separators", "budgets", BUDGET + '532601,2026-09,base,"1,000.00"\n', (2, "amount", "thousands")),
    ("a currency sign", "budgets", BUDGET + "532601,2026-09,base,¥1000\n", (2, "amount", "thousands")),
    ("a unit", "budgets", BUDGET + "532601,2026-09,base,1000元\n", (2, "amount", "thousands")),
    ("not a number", "budgets", BUDGET + "532601,2026-09,base,NaN\n", (2, "amount", "infinite")),
    ("infinity", "budgets", BUDGET + "532601,2026-09,base,-inf\n", (2, "amount", "infinite")),
    ("powers of ten", "budgets", BUDGET + "532601,2026-09,base,1e5\n", (2, "amount", "exponent")),
    ("digits in full width", "budgets", BUDGET + "532601,2026-09,base,１００\n", (2, "amount", "full_width")),
    ("a number that does not fit", "budgets", BUDGET + "532601,2026-09,base,1234567890123\n", (2, "amount", "digits")),
    ("words for a number", "budgets", BUDGET + "532601,2026-09,base,一千\n", (2, "amount", "number")),
    ("two points", "budgets", BUDGET + "532601,2026-09,base,1.2.3\n", (2, "amount", "number")),
    ("a bare sign", "sales", SALES + SALE.format(n=1, amount="-"), (2, "amount", "number")),
    ("a fraction of a whole number", "agreements", "number,dealer_code,starts_on,ends_on,committed_sales_per_quarter\nA,D1,2026-01-01,2026-12-31,2.5\n", (2, "committed_sales_per_quarter", "whole")),
    ("a score above 100", "scores", SCORES + "D1,2026-09,100.5\n", (2, "score", "maximum")),
    ("negative minutes", "subscribers", SUBSCRIBERS + "S1,2026-09,532601,1,-3\n", (2, "call_minutes", "negative")),
    # Dates
    ("30 February", "dealers", DEALERS + "D8,n,532601,partner,2026-02-30\n", (2, "cooperation_start", "no_such_day")),
    ("29 February of a common year", "dealers", DEALERS + "D8,n,532601,partner,2026/2/29\n", (2, "cooperation_start", "no_such_day")),
    ("a day of Excel", "dealers", DEALERS + "D8,n,532601,partner,46266\n", (2, "cooperation_start", "excel_date")),
    ("a day of Excel in a workbook", "dealers", [DEALERS.strip().split(","), ["D8", "n", "532601", "partner", 46266]], (2, "cooperation_start", "excel_date")),
    ("day before month", "dealers", DEALERS + "D8,n,532601,partner,31/12/2026\n", (2, "cooperation_start", "date")),
    ("a year of five digits", "dealers", DEALERS + "D8,n,532601,partner,20266-01-01\n", (2, "cooperation_start", "date")),
    ("a year long gone", "dealers", DEALERS + "D8,n,532601,partner,0026-01-01\n", (2, "cooperation_start", "date_range")),
    ("Chinese characters in a date", "dealers", DEALERS + "D8,n,532601,partner,2026年1月1日\n", (2, "cooperation_start", "date")),
    ("a time that does not exist", "sales", SALES + "E1,activation,2026-09-01 25:00:00,P4G,D1,5,\n", (2, "occurred_at", "datetime")),
    ("a day that does not exist", "sales", SALES + "E1,activation,2026-09-31 10:00:00,P4G,D1,5,\n", (2, "occurred_at", "no_such_day")),
    ("a time without a time", "sales", SALES + "E1,activation,2026-09-01,P4G,D1,5,\n", (2, "occurred_at", "no_time")),
    ("a month of 13", "scores", SCORES + "D1,2026-13,90\n", (2, "month", "month")),
    ("a month as Excel likes it", "scores", SCORES + "D1,Sep-26,90\n", (2, "month", "month")),
    ("a day for a month", "scores", SCORES + "D1,2026-09-15,90\n", (2, "month", "month")),
    ("a quarter for a period", "budgets", BUDGET + "532601,2026Q3,base,1\n", (2, "period", "period")),
    ("an end before its start", "agreements", "number,dealer_code,starts_on,ends_on\nA,D1,2026-02-01,2026-01-31\n", (2, "ends_on", "before_start")),
    # Values and codes
    ("an unknown dealer", "scores", SCORES + "D404,2026-09,90\n", (2, "dealer_code", "unknown")),
    ("an unknown product", "sales", SALES + "E1,activation,2026-09-01 10:00:00,PX,D1,5,\n", (2, "product_code", "unknown")),
    ("a county that is a city", "subscribers", SUBSCRIBERS + "S1,2026-09,5326,1,3\n", (2, "county_code", "unknown")),
    ("an unknown value", "sales", SALES + "E1,activate,2026-09-01 10:00:00,P4G,D1,5,\n", (2, "business_type", "choice")),
    ("yes for a boolean", "subscribers", SUBSCRIBERS + "S1,2026-09,532601,yes,3\n", (2, "in_network", "bool")),
    ("a formula in a code", "products", PRODUCTS + "=1+1,n,f,sim,1\n", (2, "code", "formula")),
    ("a formula in a name", "products", PRODUCTS + '"P","=HYPERLINK(""http://x"")",f,sim,1\n', (2, "name", "formula")),
    ("a formula in an amount", "products", PRODUCTS + "P,n,f,sim,=1+1\n", (2, "monthly_fee", "formula")),
    ("a line break in a name", "products", PRODUCTS + 'P,"n\nm",f,sim,1\n', (2, "name", "control")),
    ("an invisible character in a name", "products", PRODUCTS + "P,n\u200bm,f,sim,1\n", (2, "name", "control")),
    ("a bell in a name", "products", PRODUCTS + "P,n\x07m,f,sim,1\n", (2, "name", "control")),
    ("a name of 121 characters", "products", PRODUCTS + "P," + "长" * 121 + ",f,sim,1\n", (2, "name", "too_long")),
    ("a required value cleared", "products", PRODUCTS + "P4G,-,f,sim,1\n", (2, "name", "clear")),
    ("a terminal's serial that is no IMEI", "cards", CARDS + "490154203237519,T1,W1\n", (2, "serial", "imei")),
    ("a wrong social credit code", "dealers", DEALERS.strip() + ",credit_code\nD8,n,532601,partner,2026-01-01,91350100M000100Y44\n", (2, "credit_code", "credit_code")),
    ("one degree without the other", "dealers", DEALERS.strip() + ",latitude,longitude\nD8,n,532601,partner,2026-01-01,23.3,\n", (2, "latitude", "both_degrees")),
    # Adjustments and false sales
    ("a deduction above zero", "adjustments", ADJUST + "A,D1,2026-09,20,farming,WS9,通报,养卡\n", (2, "amount", "sign")),
    ("back-pay below zero", "adjustments", ADJUST + "A,D1,2026-09,-20,delayed,WS9,通报,漏发\n", (2, "amount", "sign")),
    ("an adjustment of nothing", "adjustments", ADJUST + "A,D1,2026-09,0.00,delayed,WS9,通报,漏发\n", (2, "amount", "sign")),
    ("an adjustment in tenths of fen", "adjustments", ADJUST + "A,D1,2026-09,1.005,delayed,WS9,通报,漏发\n", (2, "amount", "places")),
    ("an adjustment without its document", "adjustments", ADJUST + "A,D1,2026-09,20,delayed,,通报,漏发\n", (2, "document_no", "required")),
    ("an adjustment without its document's name", "adjustments", ADJUST + "A,D1,2026-09,20,delayed,WS9,,漏发\n", (2, "document_name", "required")),
    ("an adjustment without a reason", "adjustments", ADJUST + "A,D1,2026-09,20,delayed,WS9,通报, \n", (2, "reason", "required")),
    ("an adjustment of a year", "adjustments", ADJUST + "A,D1,2026,20,delayed,WS9,通报,漏发\n", (2, "month", "month")),
    ("an adjustment of no kind", "adjustments", ADJUST + "A,D1,2026-09,20,bonus,WS9,通报,漏发\n", (2, "type", "choice")),
    ("an adjustment of nobody", "adjustments", ADJUST + "A,D404,2026-09,20,delayed,WS9,通报,漏发\n", (2, "dealer_code", "unknown")),
    ("two adjustments of one reference", "adjustments", ADJUST + "A,D1,2026-09,20,delayed,WS9,通报,漏发\nA,D1,2026-09,21,delayed,WS9,通报,漏发\n", (3, "amount", "conflict")),
    ("a false sale that nobody made", "false_sales", FALSE + "E404,cancelled,2026-09-05\n", (2, "event_no", "unknown")),
    ("a false sale for no cause", "false_sales", FALSE + "E404,gossip,2026-09-05\n", (2, "cause", "choice")),
    ("a false sale confirmed on no day", "false_sales", FALSE + "E404,cancelled,\n", (2, "confirmed_on", "required")),
    # Rows
    ("a cell too many", "products", PRODUCTS + "P,n,f,sim,1,2\n", (2, "", "fields")),
    ("a cell too few", "products", PRODUCTS + "P,n,f,sim,1\nQ,n,f\n", (3, "", "fields")),
    ("a comma in a name without quotes", "products", PRODUCTS + "P,n,m,f,sim,1\n", (2, "", "fields")),
]  # fmt: skip

POLICIES = [
    ("no JSON", "{code: 1}"),
    ("a list", "[]"),
    ("half of it", '{"code": "X", "rules": ['),
    ("not UTF-8", '{"code": "酬金"}'.encode("gb18030")),
    ("no rules", json.dumps({"code": "X", "name": "x", "org_unit": "5326", "rules": []})),
    ("an unknown unit", json.dumps({"code": "X", "name": "x", "org_unit": "99", "rules": [{"code": "R"}]})),
]

NAMES = {"scores": "assessment_scores"}
LOADED = dt.date(2026, 10, 1)
