"""Customers and invoices, as the registers of the shop know them."""

from random import Random
from typing import Any

import msgspec

from reviews.examples import cast
from reviews.examples.cast import Customer


def customer(case: Random) -> Customer:
    """Whom the case is about; one customer is met far more often than the others."""
    everyone = cast.customers()
    return everyone[0] if case.random() < 0.07 else case.choice(everyone)


def profile(case: Random, buyer: Customer) -> dict[str, Any]:
    """What the customer register knows."""
    return {
        "customer_id": buyer.id,
        "name": buyer.name,
        "email": buyer.email,
        "language": buyer.language,
        "address": {
            "street": buyer.street,
            "city": buyer.city,
            "postcode": buyer.postcode,
        },
        "since": f"20{case.randint(14, 25)}-0{case.randint(1, 9)}-1{case.randint(0, 9)}",
        "orders": case.randint(1, 60),
        "returns": case.randint(0, 6),
        "marketing": case.random() < 0.5,
        "segment": case.choice(("private", "private", "club", "business")),
        "open_tickets": case.randint(0, 2),
        "recent_orders": [
            {
                "order_id": f"W-{case.randint(100000, 999999)}",
                "placed_at": day(case),
                "total": case.randint(1500, 60000) / 100,
                "state": case.choice(("delivered", "delivered", "returned")),
            }
            for _ in range(14)
        ],
        "last_contact": {"on": day(case), "channel": case.choice(("mail", "phone"))},
    }


class Line(msgspec.Struct, frozen=True):
    """A line of an invoice."""

    position: int
    sku: str
    text: str
    quantity: int
    unit_price: float
    discount_percent: int
    delivered_from: str
    amount: float


class Invoice(msgspec.Struct, frozen=True):
    """An invoice to a business customer."""

    invoice_id: str
    customer_id: str
    customer: str
    issued_on: str
    due_on: str
    state: str
    lines: tuple[Line, ...]
    net: float
    tax: float
    total: float
    paid: float
    cost_centre: str
    order_reference: str


def invoice(case: Random, buyer: Customer) -> Invoice:
    """An invoice of this customer, with lines that add up."""
    lines = tuple(_line(case, number) for number in range(1, case.randint(6, 14)))
    net = round(sum(line.amount for line in lines), 2)
    tax = round(net * 0.19, 2)
    month, date = case.randint(7, 9), case.randint(1, 28)
    return Invoice(
        invoice_id=f"INV-{case.randint(20000, 99999)}",
        customer_id=buyer.id,
        customer=f"{buyer.name.split()[-1]} {case.choice(FORMS)}",
        issued_on=f"2026-{month:02}-{date:02}",
        due_on=f"2026-{month + 1:02}-{date:02}",
        state=case.choice(("open", "open", "overdue", "part paid")),
        lines=lines,
        net=net,
        tax=tax,
        total=round(net + tax, 2),
        paid=0.0,
        cost_centre=str(case.choice((4100, 4200, 4400, 4700))),
        order_reference=f"PO-{case.randint(1000, 9999)}",
    )


def _line(case: Random, position: int) -> Line:
    product = case.choice(cast.products())
    quantity = case.choice((1, 2, 5, 10, 20))
    return Line(
        position=position,
        sku=product.sku,
        text=product.name,
        quantity=quantity,
        unit_price=product.cents / 100,
        discount_percent=0,
        delivered_from=case.choice(("Lakehaven 1", "Saltmarsh")),
        amount=round(product.cents * quantity / 100, 2),
    )


FORMS = (
    "Outfitters",
    "Interiors",
    "Guesthouses",
    "Camping",
    "& Daughters",
    "Workshops",
)


def day(case: Random) -> str:
    """A date of the season."""
    return case.choice(_DAYS)


_DAYS = tuple(
    f"2026-{month:02}-{date:02}" for month in (7, 8, 9) for date in range(1, 29)
)
