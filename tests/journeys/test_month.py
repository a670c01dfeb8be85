"""From an empty portal to a paid month that the dealer understands; the amounts are those of
docs/commissions.md, "Worked example"."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import psutil
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, expect

from tests.journeys import files
from tests.journeys.conftest import Meet
from tests.journeys.person import FIRST_PASSWORD, Person
from tests.journeys.pictures import picture
from tests.support.live import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.processes]

HERE = Path(__file__).parent
POLICY = HERE / "policy.json"
UNITS = HERE.parents[1] / "channels_portal" / "demo" / "data" / "org_units.csv"
CITY, COUNTY = "5326 文山壮族苗族自治州", "532622 砚山县"
ADMIN_PASSWORD = "Anfang-2026-Portal"
BATCH = "/commissions/batches/2026-09-532622/"
SUBSCRIBER = "871000001"  # whose sale is the one of the worked example


@pytest.fixture
def admin(empty_portal: LivePortal, meet: Meet, monkeypatch: pytest.MonkeyPatch) -> Person:
    """The administrator that the set-up leaves behind; nobody and nothing else is there."""
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", ADMIN_PASSWORD)
    empty_portal.manage("createsuperuser", "--noinput", "--username", "admin")
    return meet("admin").sign_in(ADMIN_PASSWORD)


def test_a_month_from_an_empty_portal_to_paid(admin: Person, meet: Meet, tmp_path: Path) -> None:
    set_up(admin, tmp_path)
    city, second = meet("city").sign_in_first_time(), meet("city2").sign_in_first_time()
    publish(city, second)
    supervisor, clerk = meet("county").sign_in_first_time(), meet("clerk").sign_in_first_time()
    import_month(supervisor, tmp_path)
    enter_and_verify_account(supervisor, clerk)
    settle(supervisor)
    submit_review_approve(supervisor, city, meet("approver").sign_in_first_time())
    pay(clerk, supervisor, city, tmp_path)
    add_dealer_user(admin)
    read_as_dealer(meet("shop", "phone").sign_in_first_time())
    the_months_after(admin.portal)


# The administrator


def set_up(admin: Person, folder: Path) -> None:
    """The province by hand, the other units and the products from files, then the people."""
    page = admin.open("/admin/accounts/orgunit/add/").page
    page.locator("#id_code").fill("53")
    page.locator("#id_name").fill("云南省")
    page.locator("#id_level").select_option("province")
    save(admin)
    load(admin, "组织", UNITS)
    products = [
        ("P4G58", "4G 飞享套餐 58 元", "4G", "套餐", "58.00"),
        ("P5G99", "5G 畅享套餐 99 元", "5G", "套餐", "99.00"),
    ]
    load(admin, "产品", files.xlsx(folder / "产品.xlsx", "产品编码 产品名称 产品系列 物品类别 月租费（元）", products))
    add_user(admin, "city", "王建国", "市公司渠道管理", CITY)
    add_user(admin, "city2", "李文华", "市公司渠道管理", CITY)
    add_user(admin, "county", "陈国强", "县分公司渠道主管", COUNTY)
    add_user(admin, "clerk", "赵丽萍", "财务经办", CITY)
    add_user(admin, "approver", "周志强", "财务审批", CITY)


def add_user(admin: Person, username: str, name: str, role: str, unit: str) -> None:
    page = admin.open("/admin/accounts/user/add/").page
    page.locator("#id_username").fill(username)
    page.locator("#id_name").fill(name)
    page.locator("#id_password1").fill(FIRST_PASSWORD)
    page.locator("#id_password2").fill(FIRST_PASSWORD)
    page.locator("#id_role").select_option(label=role)
    pick(admin, "id_org_unit", unit)
    save(admin)


def add_dealer_user(admin: Person) -> None:
    page = admin.open("/admin/accounts/user/add/").page
    page.locator("#id_username").fill("shop")
    page.locator("#id_name").fill("张美玲")
    page.locator("#id_password1").fill(FIRST_PASSWORD)
    page.locator("#id_password2").fill(FIRST_PASSWORD)
    page.locator("#id_role").select_option(label="代理商")
    pick(admin, "id_org_unit", COUNTY)
    pick(admin, "id_dealer_link-0-dealer", "YS0001 砚山江那通信店")
    save(admin)


def pick(admin: Person, field: str, text: str) -> None:
    """From a field that searches while one types."""
    page = admin.page
    page.locator(f"#{field} + .select2 .select2-selection").click()
    page.locator(".select2-search__field").last.fill(text.split()[0])
    page.locator(".select2-results__option", has_text=text.split()[-1]).first.click()


def save(admin: Person) -> None:
    admin.page.locator("[name=_save]").first.click()
    expect(admin.page.locator("body")).to_contain_text("成功")


def load(person: Person, kind: str, file: Path) -> None:
    """Check a file on the import page, look at what was found, then load it."""
    person.open("/system/imports/new/")
    person.choose("文件类别", kind)
    person.attach("文件", file)
    person.press("检查文件")
    person.title(file.name)
    expect(figure(person, "待导入")).to_be_visible()
    expect(figure(person, "未通过")).to_have_text("0")
    found = figure(person, "待导入").inner_text()
    if kind == "业务发展记录":
        picture(person.page, "import-check", height=700)
    person.press("导入")
    expect(figure(person, "已导入")).to_have_text(found)


def figure(person: Person, label: str) -> Locator:
    return person.main.locator(".figure", has=person.page.get_by_text(label, exact=True)).locator(".figure-value")


# The policy


def publish(city: Person, second: Person) -> None:
    """One city manager uploads and proposes, another publishes."""
    city.menu("酬金", "酬金政策")
    city.follow("上传政策")
    city.attach("政策文件", POLICY)
    city.press("上传为草稿")
    city.reads("已存为草稿", "R1", "R2")
    city.is_not_offered("批准并发布")
    city.follow("提请发布")
    city.press("提请")
    city.reads("等待另一位市公司渠道管理人员批准", "本政策由您提请，须由另一位市公司渠道管理人员发布。")
    city.is_not_offered("批准并发布")
    assert "已发布" not in city.post("/commissions/policies/2026-A/publish/")
    second.open("/commissions/policies/2026-A/").follow("批准并发布")
    second.press("发布")
    second.reads("已发布", "王建国", "李文华")


# The county


def import_month(supervisor: Person, folder: Path) -> None:
    """The dealers as Chinese Windows writes CSV, the sales from Excel, the subscribers' figures of three months."""
    dealers = [
        ("YS0001", "砚山江那通信店", "532622", "专卖店", "2025-03-01"),
        ("YS0002", "砚山平远手机城", "532622", "合作店", "2025-03-01"),
    ]
    load(
        supervisor,
        "渠道",
        files.gb18030(folder / "渠道.csv", "渠道编码 渠道名称 组织编码 渠道类型 合作开始日期", dealers),
    )
    sales = [("EV00000001", "放号", datetime(2026, 9, 5, 10, 30), "P4G58", "YS0001", SUBSCRIBER, "13887600001")]
    start = datetime(2026, 9, 1, 9, 0)
    sales += [  # 51 activations reach the second bracket of R2
        (
            f"EV{number:08d}",
            "放号",
            start + timedelta(hours=12 * (number - 101)),
            "P5G99",
            "YS0002",
            str(871000000 + number),
            "",
        )
        for number in range(101, 152)
    ]
    head = "业务流水号 业务类型 业务时间 产品编码 渠道编码 用户编号 手机号码"
    load(supervisor, "业务发展记录", files.xlsx(folder / "9月业务.xlsx", head, sales))
    months = [("2026-09", "0"), ("2026-10", "0"), ("2026-11", "3.20")]
    rows = [(SUBSCRIBER, month, "532622", "是", "35", "900", "58", arrears) for month, arrears in months]
    head = "用户编号 月份 县市编码 是否在网 通话时长（分钟） 上网流量（MB） 出账收入（元） 欠费（元）"
    load(supervisor, "用户月快照", files.gb18030(folder / "用户.csv", head, rows))


def enter_and_verify_account(supervisor: Person, clerk: Person) -> None:
    """The county enters the account; finance, and nobody else, says that it is right."""
    supervisor.open("/dealers/").follow("砚山江那通信店")
    supervisor.follow("新账户")
    supervisor.fill("开户行", "农业银行砚山支行")
    supervisor.fill("账号", "6228480868123456789")
    supervisor.fill("再次输入账号", "6228480868123456789")
    supervisor.press("提交核实")
    supervisor.reads("账户已提交，等待财务核实。")
    supervisor.is_refused("/commissions/accounts/", status=403)
    verify(clerk, "砚山江那通信店", "6228480868123456789")


def verify(clerk: Person, dealer: str, number: str) -> None:
    clerk.menu("酬金", "收款账户")
    clerk.follow(dealer)
    clerk.reads(number)
    clerk.follow("核实")
    clerk.press("核实")
    clerk.reads(f"{dealer} 的账户已核实。")


def settle(supervisor: Person) -> None:
    """By the button; the worker is held back until the progress has been seen."""
    with held(supervisor.portal):
        supervisor.open("/commissions/?period=2026-09").press("结算本月")
        supervisor.reads("1 个县市开始计算。", "正在计算")
        expect(supervisor.main.locator("progress").first).to_be_visible()
    supervisor.reads("等待县市分公司核对并提交。")
    supervisor.follow("打开批次")
    # 17.40 of R1 and 7.00 of R2; 51 × 10.50, as the 51st activation lifts all to 15.00
    expect(figure(supervisor, "应发酬金")).to_contain_text("559.90")
    supervisor.reads("2026-09 砚山县")


@contextmanager
def held(portal: LivePortal) -> Iterator[None]:
    """The worker sees nothing of its queue as long as the context."""
    main = psutil.Process(portal.worker.pid())
    everybody = [main, *main.children(recursive=True)]
    for process in everybody:
        process.suspend()
    try:
        yield
    finally:
        for process in everybody:
            process.resume()


# The four


def submit_review_approve(supervisor: Person, city: Person, approver: Person) -> None:
    """Each step by who may do it; the others are neither offered it nor let in."""
    city.open(BATCH).is_not_offered("复核", "提交", "审批通过")
    supervisor.open(BATCH).is_not_offered("复核", "审批通过", "付款")
    supervisor.follow("提交")
    supervisor.press("提交")
    supervisor.reads("批次已提交，等待市公司复核。")
    supervisor.is_not_offered("复核", "审批通过")
    supervisor.is_refused(f"{BATCH}review/", status=403)
    city.open(BATCH).follow("复核")
    city.press("复核通过，转财务")
    city.reads("批次已复核，等待财务审批。")
    city.is_not_offered("审批通过", "复核")
    city.is_refused(f"{BATCH}approve/", status=403)
    approver.open(BATCH).follow("审批通过")
    approver.reads("559.90")
    approver.press("审批通过")
    approver.reads("批次已审批并冻结，等待导出付款文件。")
    approver.is_not_offered("发出付款", "退回", "作废")


def pay(clerk: Person, supervisor: Person, city: Person, folder: Path) -> None:
    """The file goes out, the bank's answer comes in; the shop without an account waits, and is paid in the end."""
    city.open(f"{BATCH}payments/").is_not_offered("发出付款")
    city.is_refused("/commissions/payments/results/", status=403)
    clerk.open(f"{BATCH}payments/").reads("砚山平远手机城")
    clerk.press("发出付款")
    clerk.reads("已发出 1 笔付款，共 ¥19.18。")
    answer(clerk, folder / "结果1.xlsx")
    clerk.reads("已登记：成功 1 笔，失败 0 笔。")
    head, row = "渠道编码 银行账号 开户银行 户名", ("YS0002", "6217003860001234567", "建设银行砚山支行", "李红梅")
    load(supervisor, "收款账户", files.gb18030(folder / "账户.csv", head, [row]))
    verify(clerk, "砚山平远手机城", "6217003860001234567")
    clerk.open(f"{BATCH}payments/").press("发出其余付款")
    clerk.reads("已发出 1 笔付款，共 ¥535.50。")
    answer(clerk, folder / "结果2.xlsx")
    clerk.reads("已登记：成功 1 笔，失败 0 笔。")
    clerk.open(BATCH).reads("已完成：付款全部结清。")


def answer(clerk: Person, file: Path) -> None:
    """What the clerk gets is what he hands in again, with the bank's word on each row that went to it."""
    book = load_workbook(BytesIO(clerk.download(lambda: clerk.follow("下载"))))
    sheet: Any = book.active
    head = [cell.value for cell in sheet[1]]
    assert head[:4] == ["statement", "dealer_code", "dealer_name", "amount"]
    sheet.cell(1, len(head) + 1, "result")
    on_hold = head.index("hold_reason") + 1
    for row in range(2, sheet.max_row + 1):
        if not sheet.cell(row, on_hold).value:
            sheet.cell(row, len(head) + 1, "ok")
    book.save(file)
    clerk.follow("登记结果")
    clerk.attach("结果文件", file)
    clerk.press("检查文件")
    clerk.press("登记这些结果")


# The dealer


def read_as_dealer(shop: Person) -> None:
    """On the phone: the amount, how it comes about, and why the line is what it is."""
    shop.open("/commissions/statements/")
    shop.follow("2026-09")
    shop.reads("¥19.18", "24.40", "5.22")
    shop.main.locator("h3:has-text('激励酬金') + details summary").click()
    shop.main.get_by_role("link", name=re.compile("^为什么")).first.click()
    why = shop.main.locator(".explain").first
    for words in ("R1", "58.00", "50%", "29.00", "17.40", "5.22", "12.18"):
        expect(why).to_contain_text(words)
    shop.is_refused("/commissions/", status=403)


# The months after, by the services


def the_months_after(portal: LivePortal) -> None:
    """October is in network, November in arrears: the amounts of the worked example to the fen."""
    found = {}
    for period in ("2026-10", "2026-11"):
        portal.manage("settle", period, "--county", "532622", "--date", "2026-12-03")
        for who, action in (("county", "submit"), ("city", "review"), ("approver", "approve")):
            portal.manage("batch", action, f"{period}-532622", "--as", who)
    for line in json.loads(portal.manage("explain", "EV00000001"))["lines"]:
        if line["rule_code"] == "R1":
            found[line["due_month"]] = [
                line[name] for name in ("amount", "pool_amount", "payable", "withheld", "reason")
            ]
    assert found == {
        "2026-09": ["17.40", "5.22", "12.18", "0.00", ""],
        "2026-10": ["7.25", "2.18", "5.07", "0.00", ""],
        "2026-11": ["0.00", "0.00", "0.00", "4.35", "no_arrears"],
    }
    assert json.loads(portal.manage("verify_ledgers"))["broken"] == []
