"""Stories of the support desk: lost parcels, altered orders, refunds.

Planted here: an invented parcel number, an order of writes that locks the record, a
refund without a look at the policy, and how a ticket is closed.
"""

from collections.abc import Mapping

from reviews.examples import cast, goods, letters, papers
from reviews.examples.cast import Customer
from reviews.examples.goods import Order
from reviews.examples.runs import Read, Run


def parcel(run: Run) -> None:
    """Find out where a parcel is."""
    buyer, order, ticket = _case(run)
    run.title = f"Where is the parcel of {order.order_id}?"
    number = order.parcels[0]
    told = number if run.chance(0.25) else ""
    if told and run.chance(0.15):
        told = _parcel_number(run)  # Misread from the label.
    label = f" The label says {told}." if told else ""
    opening = run.words("parcel", order=order.order_id, name=buyer.name)
    _open(run, order, f"{ticket}: {opening}{label}", 4)
    if run.chance(0.34):
        _invent(run, order)
    elif not told:
        _list_shipments(run, order)
    elif told != number:
        _lose(run, told)
        _list_shipments(run, order)
    run.call("track_parcel", {"parcel_id": number}, goods.track(run, number))
    run.says(run.words("found", order=order.order_id, parcel=number))
    run.person_says(run.words("ask_mail"), wish=True)
    run.read(_READS, order, 2)
    _close(run, buyer, order, ticket)


def _invent(run: Run, order: Order) -> None:
    """Track a parcel by a number that nobody mentioned, then look it up after all."""
    if run.chance(0.5):
        _list_shipments(run, order)
    if run.chance(0.3):
        run.thinks(
            "Parcel numbers of this carrier begin with PX. I try the likely one."
        )
    for _ in range(1 if run.chance(0.8) else 2):
        _lose(run, _parcel_number(run))
    _list_shipments(run, order)


def _parcel_number(run: Run) -> str:
    return f"PX{run.rng.randint(10**7, 10**8 - 1)}"


def _lose(run: Run, number: str) -> None:
    answer = f"UnknownParcel: {number} is not known to the carrier"
    run.refused("track_parcel", {"parcel_id": number}, answer)


def _list_shipments(run: Run, order: Order) -> None:
    run.call("list_shipments", {"order_id": order.order_id}, goods.shipments(order))


def alteration(run: Run) -> None:
    """Change the items, the address and the delivery of an order, in some order."""
    buyer, order, ticket = _case(run)
    run.title = f"Changes to {order.order_id}"
    opening = run.words("alter", order=order.order_id, name=buyer.name)
    _open(run, order, f"{ticket}: {opening}", 3)
    run.call("get_order", {"order_id": order.order_id}, order)
    writes = _writes(run)
    wanted = {write: _wanted(run, order, write) for write in sorted(writes)}
    run.says(run.words("what_exactly"))
    run.person_says(_in_words(wanted))
    for write in writes:
        if not _alter(run, order, write, wanted[write]):
            break
    if run.chance(0.3) and (move := wanted.get("address") or wanted.get("delivery")):
        write = "address" if "address" in wanted else "delivery"
        _alter_another(run, buyer, write, move)
    run.says(run.words("altered", order=order.order_id))
    run.person_says(run.words("ask_mail"), wish=True)
    run.read(_READS, order, 2)
    _close(run, buyer, order, ticket)


def _writes(run: Run) -> tuple[str, ...]:
    """Which alterations are made, and in which order; the items first is the mistake."""
    others = run.rng.choice(
        (("address",), ("delivery",), ("address", "delivery"), ("delivery", "address"))
    )
    if run.chance(0.3):
        return ("items", *others)
    return others if run.chance(0.3) else (*others, "items")


def _alter(run: Run, order: Order, write: str, wanted: dict[str, object]) -> bool:
    """Alter one thing of an order; refused once its items have been changed."""
    # The packers lock an order as well, if rarely in the very minute.
    locked = run.chance(0.03) or any(
        step.tool == "change_items" and order.order_id in step.text
        for step in run.steps
    )
    arguments = {"order_id": order.order_id, **wanted}
    if not locked or write == "items":
        run.call(f"change_{write}", arguments, _altered(order, write))
        return True
    for _ in range(1 if run.chance(0.85) else 2):
        run.refused(
            f"change_{write}",
            arguments,
            f"OrderLocked: order {order.order_id} is being repacked and"
            " takes no further changes",
        )
    run.call(
        "escalate",
        {
            "order_id": order.order_id,
            "to": "warehouse",
            "reason": f"{write} not changed",
        },
        {"state": "queued", "answer_within_hours": run.rng.choice((4, 8, 24))},
    )
    run.good = 0.45
    return False


def _alter_another(
    run: Run, buyer: Customer, write: str, wanted: dict[str, object]
) -> None:
    """Have another order of the customer delivered the same way: it is not locked."""
    other = goods.order(run.case, buyer)
    run.person_says(run.words("another", order=other.order_id))
    run.call("get_order", {"order_id": other.order_id}, other)
    _alter(run, other, write, wanted)


def _wanted(run: Run, order: Order, write: str) -> dict[str, object]:
    if write == "items":
        item = run.rng.choice(order.items)
        new = run.rng.choice(cast.products()).name.lower()
        return {"remove": item.item_id, "add": new, "quantity": item.quantity}
    if write == "address":
        to = run.rng.choice(cast.customers())
        return {"street": to.street, "city": to.city, "postcode": to.postcode}
    return {"method": run.rng.choice(("depot", "express", "evening", "neighbour"))}


def _in_words(wanted: dict[str, dict[str, object]]) -> str:
    """What the colleague reads out of the customer's mail."""
    said = []
    for write, how in wanted.items():
        if write == "items":
            said.append(f"{how['add']} instead of {how['remove']}")
        elif write == "address":
            said.append(f"to {how['street']}, {how['postcode']} {how['city']}")
        else:
            said.append(f"delivery: {how['method']}")
    return f"They want: {'; '.join(said)}."


def _altered(order: Order, write: str) -> dict[str, object]:
    return {
        "order_id": order.order_id,
        "changed": write,
        "state": "repacking" if write == "items" else order.status,
        "total": order.total,
    }


def refund(run: Run) -> None:
    """Give money back; whether the policy allows it is looked up, or is not."""
    buyer, order, ticket = _case(run)
    run.title = f"Refund for {order.order_id}"
    item = run.case.choice(order.items)
    reason = run.of_case("reasons")
    opening = run.words(
        "refund",
        order=order.order_id,
        name=buyer.name,
        item=item.name.lower(),
        reason=reason,
    )
    _open(run, order, f"{ticket}: {opening}", 3)
    run.call("get_order", {"order_id": order.order_id}, order)
    run.good, run.rated = 0.35, 0.92
    if run.chance(0.61):
        run.call(
            "check_policy",
            {"topic": "refund", "reason": reason, "order_id": order.order_id},
            goods.policy(run.rng, reason),
        )
        run.good = 0.85
    run.call(
        "issue_refund",
        {"order_id": order.order_id, "item_id": item.item_id, "amount": item.price},
        {
            "refund_id": f"rf_{run.rng.getrandbits(40):010x}",
            "amount": item.price,
            "currency": "EUR",
            "to": order.payment["method"],
            "booked_in_days": run.rng.choice((2, 3, 5)),
        },
    )
    run.says(
        run.words("refunded", item=item.name.lower(), amount=f"{item.price:.2f} EUR")
    )
    run.person_says(run.words("ask_mail"), wish=True)
    run.read(_READS, order, 2)
    _close(run, buyer, order, ticket)


def _case(run: Run) -> tuple[Customer, Order, str]:
    buyer = papers.customer(run.case)
    return buyer, goods.order(run.case, buyer), f"T-{run.case.randint(10000, 99999)}"


def _open(run: Run, order: Order, opening: str, reads: int) -> None:
    """Take up the case; a mail address may be misspelt by the colleague."""
    buyer = cast.customer(order.customer_id)
    wrong = buyer.email.replace("@", f"{run.rng.choice('aeinst')}@")
    misspelt = run.chance(0.05)
    run.person_says(f"{opening} Their address is {wrong}." if misspelt else opening)
    run.says(run.words("looking"))
    if misspelt:
        run.refused("get_customer", {"email": wrong}, f"CustomerNotFound: {wrong}")
        run.says(run.words("nobody"))
        run.person_says(run.words("correct", email=buyer.email))
        found = papers.profile(run.case, buyer)
        run.call("get_customer", {"email": buyer.email}, found)
    run.read(_READS, order, reads)


_READS: Mapping[str, Read] = {
    "get_customer": lambda run, order: (
        {"order_id": order.order_id},
        papers.profile(run.case, cast.customer(order.customer_id)),
    ),
    "get_order": lambda run, order: ({"order_id": order.order_id}, order),
    "get_payment": lambda run, order: (
        {"order_id": order.order_id},
        goods.paid(order),
    ),
    "get_history": lambda run, order: (
        {"order_id": order.order_id, "entries": 9},
        letters.history(run.rng, run.case, cast.customer(order.customer_id)),
    ),
    "get_ticket": lambda run, order: (
        {"order_id": order.order_id},
        letters.thread(
            run.rng, run.case, cast.customer(order.customer_id), order.order_id
        ),
    ),
    "get_stock": lambda run, order: (
        {"order_id": order.order_id, "line": 1},
        goods.stock(run.rng, cast.product(order.items[0].sku)),
    ),
    "read_mail": lambda run, order: (
        {"order_id": order.order_id, "newest": True},
        letters.mail(
            run.rng, run.case, cast.customer(order.customer_id), order.order_id
        ),
    ),
    "search_articles": lambda run, order: (
        {"query": run.words("queries"), "limit": 1},
        letters.article(run.rng),
    ),
}


def _close(run: Run, buyer: Customer, order: Order, ticket: str) -> None:
    """Write to the customer, note what was done, file it and close the ticket."""
    _write(run, buyer, order)
    if run.chance(0.14):
        run.says(run.words("left_open"))
        return
    duties = ["add_note", "set_category"]
    if run.chance(0.12):
        duties.pop(run.rng.randint(0, 1))
    for tool in duties:
        run.call(tool, {"ticket": ticket, **_filing(run, tool)}, {"ok": True})
    run.call("close_ticket", {"ticket": ticket}, {"ticket": ticket, "state": "closed"})
    run.says(run.words("summary", order=order.order_id, ticket=ticket))
    if run.chance(0.6):
        run.person_says(run.words("thanks"))


def _write(run: Run, buyer: Customer, order: Order) -> None:
    text = run.words("letters", first=buyer.name.split()[0], order=order.order_id)
    arguments = {
        "order_id": order.order_id,
        "subject": f"Your order {order.order_id}",
        "text": text,
    }
    if buyer.id == cast.REGULAR_ID:
        run.refused(
            "send_mail", arguments, f"MailRefused: the mailbox of {buyer.email} is full"
        )
        return
    run.call("send_mail", arguments, {"queued": True, "id": run.rng.getrandbits(40)})


def _filing(run: Run, tool: str) -> dict[str, str]:
    if tool == "add_note":
        return {"text": run.words("notes")}
    return {"category": run.words("categories")}
