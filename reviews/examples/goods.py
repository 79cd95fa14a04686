"""Orders of the shop: what is in them, how they were paid, where their parcels are."""

from random import Random
from typing import Any

import msgspec

from reviews.examples import cast, letters, papers, words
from reviews.examples.cast import Customer, Product
from reviews.examples.runs import Run, stamp


class Item(msgspec.Struct, frozen=True):
    """A line of an order."""

    item_id: str
    sku: str
    name: str
    colour: str
    quantity: int
    price: float
    status: str
    weight_g: int
    warehouse: str


class Order(msgspec.Struct, frozen=True):
    """An order and where its parcels are."""

    order_id: str
    customer_id: str
    status: str
    placed_at: str
    items: tuple[Item, ...]
    address: dict[str, str]
    shipping: float
    total: float
    payment: dict[str, str]
    parcels: tuple[str, ...]
    notes: str


def order(case: Random, buyer: Customer) -> Order:
    """An order of this customer."""
    number = case.randint(100000, 999999)
    items = tuple(_item(case) for _ in range(case.randint(3, 7)))
    shipping = case.choice((0.0, 4.9, 6.9, 12.5))
    total = round(sum(item.price * item.quantity for item in items) + shipping, 2)
    return Order(
        order_id=f"W-{number}",
        customer_id=buyer.id,
        status=case.choice(("packed", "paid", "picking", "delivered", "in transit")),
        placed_at=papers.day(case),
        items=items,
        address={
            "name": buyer.name,
            "street": buyer.street,
            "city": buyer.city,
            "postcode": buyer.postcode,
        },
        shipping=shipping,
        total=total,
        payment={
            "method": case.choice(("card", "invoice", "paypal", "gift card")),
            "reference": f"pay_{case.randint(10**9, 10**10 - 1)}",
            "state": case.choice(("captured", "authorised", "settled")),
        },
        parcels=tuple(
            f"PX{case.randint(10**7, 10**8 - 1)}" for _ in range(1 + (number % 3 == 0))
        ),
        notes=case.choice(
            ("", "", "leave with neighbour", "gift wrap", "call before delivery")
        ),
    )


def _item(case: Random) -> Item:
    product = case.choice(cast.products())
    return Item(
        item_id=f"IT-{case.randint(10**6, 10**7 - 1)}",
        sku=product.sku,
        name=product.name,
        colour=case.choice(product.colours),
        quantity=case.choice((1, 1, 1, 2, 4)),
        price=product.cents / 100,
        status=case.choice(("ready", "reserved", "shipped")),
        weight_g=product.grams,
        warehouse=case.choice(("Lakehaven 1", "Lakehaven 2", "Saltmarsh")),
    )


def stock(rng: Random, product: Product) -> dict[str, Any]:
    """How much of a product lies where."""
    return {
        "sku": product.sku,
        "name": product.name,
        "by_warehouse": [
            {
                "warehouse": warehouse,
                "colour": colour,
                "on_hand": rng.randint(0, 90),
                "reserved": rng.randint(0, 30),
                "incoming": rng.choice((0, 0, 50, 100)),
                "sold_per_week": rng.randint(1, 40),
            }
            for warehouse in ("Lakehaven 1", "Lakehaven 2", "Saltmarsh")
            for colour in product.colours
        ],
    }


def paid(order: Order) -> dict[str, Any]:
    """How an order was paid."""
    return {
        "order_id": order.order_id,
        **order.payment,
        "amount": order.total,
        "currency": "EUR",
        "events": [
            {"state": state, "at": f"{order.placed_at}T{hour}:20:00Z", "by": "gateway"}
            for hour, state in (("08", "authorised"), ("14", "captured"))
        ],
        "risk": "low",
    }


def shipments(order: Order) -> dict[str, Any]:
    """In which parcels an order travels."""
    return {
        "order_id": order.order_id,
        "shipments": [
            {
                "parcel_id": number,
                "carrier": _CARRIERS[int(number[2:]) % 3],
                "weight_g": sum(item.weight_g for item in order.items),
                "ordered_on": order.placed_at,
                "items": [item.item_id for item in order.items],
            }
            for number in order.parcels
        ],
    }


_CARRIERS = ("Postal Union", "Fleet", "Baywing")


def track(run: Run, number: str) -> dict[str, Any]:
    """What the carrier says about a parcel."""
    scans = words.of("support-desk")["events"][: run.rng.randint(2, 6)]
    return {
        "parcel_id": number,
        "state": run.rng.choice(("in transit", "in depot", "at the door")),
        "events": [
            {
                "at": stamp(run.clock - run.rng.randint(2, 9) * 3600 - age * 86_400),
                "place": run.rng.choice(_DEPOTS),
                "text": text,
            }
            for age, text in zip(range(len(scans) - 1, -1, -1), scans, strict=True)
        ],
    }


_DEPOTS = ("Lakehaven", "Northmere", "Saltmarsh", "Ashcombe")


def policy(rng: Random, reason: str) -> dict[str, Any]:
    """What the shop's policy says about a refund."""
    return {
        "topic": "refund",
        "reason": reason,
        "window_days": rng.choice((30, 60)),
        "return_needed": rng.random() < 0.5,
        "way": "as it was paid",
        "text": letters.article(rng),
    }
