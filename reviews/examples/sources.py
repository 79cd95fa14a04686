"""What technical tools answer with: code, logs, test reports, tables."""

from functools import cache
from random import Random

from reviews.examples import words

_NOUNS = words.of("names")["nouns"]
_AREAS = ("cart", "checkout", "orders", "billing", "shipping", "catalogue", "accounts")
_COUNTRIES = words.of("names")["countries"]

_MODULE = '''"""{Noun}s of the shop: reading, checking and totals."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from shop.{area} import events
from shop.{area}.models import {Noun}, {Noun}Line

CENT = Decimal("0.01")


@dataclass
class {Noun}Summary:
    """What the page shows about a {noun}."""

    number: str
    lines: list[{Noun}Line] = field(default_factory=list)
    discount: Decimal = Decimal(0)

    @property
    def subtotal(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        total = self.subtotal - self.discount
        return total.quantize(CENT, rounding=ROUND_HALF_UP)


def load_{noun}(number: str) -> {Noun}Summary:
    """Read a {noun} with its lines in one query."""
    row = {Noun}.objects.prefetch_related("lines").get(number=number)
    return {Noun}Summary(row.number, list(row.lines.all()), row.discount)


def apply_voucher(summary: {Noun}Summary, code: str) -> {Noun}Summary:
    """Take off what the voucher is worth, never more than the {noun} costs."""
    voucher = events.voucher(code)
    if voucher is None or voucher.expired:
        return summary
    worth = summary.subtotal * voucher.percent / 100 if voucher.percent else voucher.value
    summary.discount = min(worth, summary.subtotal)
    return summary


def split_by_warehouse(summary: {Noun}Summary) -> dict[str, list[{Noun}Line]]:
    """Group the lines by the house that they leave from."""
    houses: dict[str, list[{Noun}Line]] = {{}}
    for line in summary.lines:
        houses.setdefault(line.warehouse or "Lakehaven {number}", []).append(line)
    return houses


def rounding_difference(summary: {Noun}Summary) -> Decimal:
    """What is lost when every line is rounded on its own."""
    rounded = sum((line.amount.quantize(CENT) for line in summary.lines), Decimal(0))
    return summary.subtotal - rounded


def label_lines(summary: {Noun}Summary, width: int = {width}) -> list[str]:
    """Break the text of a label into lines that the printer takes."""
    words, lines, line = f"{{summary.number}} {noun}".split(), [], ""
    for word in words:
        if len(line) + len(word) + 1 > width:
            lines.append(line)
            line = ""
        line = f"{{line}} {{word}}".strip()
    return [*lines, line]
'''


_TAIL = '''def weekly_figures(days: list[Day]) -> Iterator[tuple[str, Decimal]]:
    """Add up days to weeks; a week belongs to the year of its Thursday."""
    for week, members in groupby(days, key=lambda day: day.on.isocalendar()[:2]):
        amount = sum((day.amount for day in members), Decimal(0))
        yield f"{week[0]}-W{week[1]:02}", amount.quantize(CENT)


def promised_date(order: Order, today: date) -> date:
    """The day that we name to the customer: the slowest line decides."""
    days = max((line.days_to_leave for line in order.lines), default=1)
    promised = today + timedelta(days=days)
    while promised.weekday() > 4 or promised in HOLIDAYS:
        promised += timedelta(days=1)
    return promised


def carrier_for(order: Order) -> Carrier:
    """Choose by weight and place; bulky goods never go by parcel."""
    if any(line.bulky for line in order.lines):
        return FORWARDER
    if order.weight_g > 30_000:
        return FORWARDER
    return FLEET if order.postcode[:1] in FLEET_AREAS else POSTAL_UNION
'''


# Lines of a module, and what they are changed to.
EDITS = (
    (
        "return total.quantize(CENT, rounding=ROUND_HALF_UP)",
        "return max(total, Decimal(0)).quantize(CENT, rounding=ROUND_HALF_UP)",
    ),
    (
        "        total = self.subtotal - self.discount",
        "        total = self.subtotal.quantize(CENT) - self.discount",
    ),
    (
        "summary.discount = min(worth, summary.subtotal)",
        "summary.discount = min(worth.quantize(CENT), summary.total)",
    ),
    (
        "    return summary.subtotal - rounded",
        "    return (summary.total - rounded).copy_abs()",
    ),
    (
        "if voucher is None or voucher.expired:",
        "if voucher is None or voucher.expired or not summary.total:",
    ),
)


@cache
def _modules() -> tuple[str, ...]:
    rng = Random("modules")  # noqa: S311 - a story, not a secret
    return tuple(
        _MODULE.format(
            Noun=noun.capitalize(),
            noun=noun,
            area=rng.choice(_AREAS),
            number=rng.randint(1, 4),
            width=rng.choice((32, 40, 48, 64)),
        )
        for noun in _NOUNS
        for _ in range(3)
    )


def module(rng: Random) -> str:
    """A file of the shop's program, whole or in part."""
    text = rng.choice(_modules())
    return text if rng.random() < 0.6 else f"{text}\n\n{_TAIL}"


def path(rng: Random) -> str:
    """A path in the repository."""
    return f"shop/{rng.choice(_AREAS)}/{rng.choice(_NOUNS)}s.py"


@cache
def _logs() -> tuple[str, ...]:
    rng = Random("logs")  # noqa: S311 - a story, not a secret
    return tuple(_log(rng) for _ in range(56))


def _log(rng: Random) -> str:
    second = rng.randint(0, 80_000)
    lines, day = [], rng.randint(1, 28)
    for _ in range(56):
        second += rng.randint(0, 40)
        clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        level = rng.choice(("INFO", "INFO", "INFO", "DEBUG", "WARNING"))
        area, noun = rng.choice(_AREAS), rng.choice(_NOUNS)
        lines.append(
            f"2026-10-{day:02}T{clock}Z {level:<7} shop.{area}.{noun}s"
            f" request={rng.getrandbits(40):010x} took={rng.randint(2, 900)}ms"
            f" {rng.choice(('read', 'stored', 'queued', 'skipped', 'sent'))} {noun}"
        )
    return "\n".join(lines)


def log(rng: Random) -> str:
    """A piece of the shop's log."""
    return rng.choice(_logs())


def test_report(rng: Random, failed: int) -> str:
    """A report of the test runner."""
    areas = _AREAS
    lines = [f"collected {rng.randint(300, 420)} items", ""]
    for area in areas:
        for noun in rng.sample(_NOUNS, 6):
            dots = "." * rng.randint(5, 40)
            lines.append(
                f"tests/{area}/test_{noun}s.py {dots:<42} [{rng.randint(1, 99):3}%]"
            )
    if failed:
        noun = rng.choice(_NOUNS)
        lines += [
            "",
            f"____________ test_{noun}_total_is_rounded_once ____________",
            f"    summary = load_{noun}('{rng.randint(1000, 9999)}')",
            ">   assert summary.total == Decimal('19.99')",
            f"E   AssertionError: Decimal('{rng.randint(18, 22)}.00') != 19.99",
        ]
    passed = rng.randint(300, 420)
    took = rng.randint(900, 4000) / 100
    lines.append(f"===== {failed} failed, {passed} passed in {took}s =====")
    return "\n".join(lines)


def table(rng: Random, metric: str) -> str:
    """The result of a query: weeks or countries with figures."""
    lines = [f"country | week | {metric} | orders | share"]
    week = rng.randint(30, 40)
    for country in rng.sample(_COUNTRIES, 14):
        for offset in range(4):
            orders = rng.randint(40, 4000)
            lines.append(
                f"{country} | 2026-W{week + offset} | {orders * 37.5 + offset:.2f}"
                f" | {orders} | {orders / 52000:.4f}"
            )
    lines.append(f"({len(lines) - 1} rows, {rng.randint(40, 4000)} ms)")
    return "\n".join(lines)


_COLUMNS = words.of("names")["columns"]


def columns(rng: Random, name: str) -> dict[str, object]:
    """A description of a table of the warehouse."""
    picked = rng.sample(_COLUMNS, 16)
    return {
        "table": name,
        "rows": rng.randint(10**5, 10**7),
        "refreshed": f"2026-10-{rng.randint(1, 28):02}T04:10:00Z",
        "columns": [
            {
                "name": column,
                "type": "numeric(12,2)" if "amount" in column else "text",
                "nullable": len(column) % 2 == 0,
                "description": f"{column.replace('_', ' ')} as the shop recorded it",
            }
            for column in picked
        ],
    }


def column(rng: Random) -> str:
    """The name of a column of the warehouse."""
    return rng.choice(_COLUMNS)
