"""Stories of the finance team: credit notes, payments in parts, statements.

Planted here: a credit note on an invoice that was not verified, parts that do not add
up to the total, and how a statement comes about.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from reviews.examples import cast, letters, papers
from reviews.examples.papers import Invoice
from reviews.examples.runs import Read, Run


def credit(run: Run) -> None:
    """Issue a credit note; the invoice has to be verified first."""
    invoice = _invoice(run)
    run.title = f"Credit note for {invoice.invoice_id}"
    run.person_says(_say(run, "credit", invoice))
    run.says(run.words("looking"))
    run.read(_READS, invoice, 3)
    run.call("get_invoice", {"invoice_id": invoice.invoice_id}, invoice)
    line = run.case.choice(invoice.lines)
    arguments = {
        "invoice_id": invoice.invoice_id,
        "amount": line.amount,
        "reason": run.case.choice(("returned", "price", "damaged", "billed twice")),
    }
    verified = not run.chance(0.36)
    if not verified:
        if run.chance(0.15):
            _verify_another(run, invoice)
        run.refused(
            "issue_credit_note",
            arguments,
            f"Conflict: invoice {invoice.invoice_id} has not been verified",
        )
    if verified or run.chance(0.85):
        _verify(run, invoice)
        run.call("issue_credit_note", arguments, _booked(run, "CN", line.amount))
    else:
        run.good = 0.3
        run.says(
            "The system refuses the credit note. I leave it for the end of the day."
        )
    _finish(run, invoice)


def _verify_another(run: Run, invoice: Invoice) -> None:
    """Do the right thing for an invoice that merely stands beside it."""
    booked = _items(run, invoice)
    account = {"customer": invoice.customer, "months": 3}
    run.call("list_bookings", account, booked)
    other = booked["items"][0]["invoice_id"]
    _verify(run, msgspec.structs.replace(invoice, invoice_id=other))


def _verify(run: Run, invoice: Invoice) -> None:
    run.call(
        "verify_invoice",
        {"invoice_id": invoice.invoice_id},
        {
            "invoice_id": invoice.invoice_id,
            "verified": True,
            "checks": ["lines", "tax", "customer", "period open"],
            "total": invoice.total,
        },
    )


def payment(run: Run) -> None:
    """Record a payment that came in parts; they have to add up to the total."""
    invoice = _invoice(run)
    run.title = f"Payment of {invoice.invoice_id}"
    run.person_says(_say(run, "payment", invoice))
    run.says(run.words("looking"))
    run.read(_READS, invoice, 4)
    run.call("get_invoice", {"invoice_id": invoice.invoice_id}, invoice)
    methods = run.rng.sample(_METHODS, run.rng.choice((2, 2, 3)))
    if run.chance(0.36):
        wrong = _short(run, invoice)
        run.refused(
            "record_payment",
            _parts(run, invoice, methods, wrong),
            f"AmountMismatch: the sum of the parts {wrong:.2f} does not equal the"
            f" invoice total {invoice.total:.2f}",
        )
        if run.chance(0.12):
            run.good = 0.3
            run.says("The parts do not fit. Somebody has to look at the bank's list.")
            _finish(run, invoice)
            return
    right = _parts(run, invoice, methods, invoice.total)
    run.call("record_payment", right, _booked(run, "PY", invoice.total))
    _finish(run, invoice)


def _short(run: Run, invoice: Invoice) -> float:
    """A sum that looks right: without tax, without a line, or with a discount."""
    line = run.rng.choice(invoice.lines).amount
    discounted = round(invoice.total * 0.98, 2)
    return float(
        run.rng.choice((invoice.net, round(invoice.total - line, 2), discounted))
    )


def _parts(
    run: Run, invoice: Invoice, methods: list[str], total: float
) -> dict[str, object]:
    """Arguments whose parts come to this total exactly."""
    cents = round(total * 100)
    parts, left = [], cents
    for method in methods[:-1]:
        share = left * run.rng.randint(20, 70) // 100
        left -= share
        parts.append({"method": method, "amount": share / 100})
    parts.append({"method": methods[-1], "amount": left / 100})
    return {"invoice_id": invoice.invoice_id, "parts": parts}


def statement(run: Run) -> None:
    """Send a statement: open items are listed and payments matched before."""
    invoice = _invoice(run)
    account = {"customer": invoice.customer}
    run.title = f"Statement for {invoice.customer}"
    run.person_says(_say(run, "statement", invoice))
    run.says(run.words("looking"))
    run.read(_READS, invoice, 4)
    if run.chance(0.95):
        run.call("list_open_items", account, _items(run, invoice))
    if run.chance(0.92):
        run.call(
            "match_payments", {**account, "tolerance": 0.01}, _matched(run, invoice)
        )
    if run.chance(0.5):
        run.call("get_contract", account, letters.contract(run.rng))
    arguments = {**account, "period": "2026-Q3", "language": "en"}
    run.call(
        "send_statement", arguments, {"sent": True, "pages": run.rng.randint(1, 4)}
    )
    _finish(run, invoice)


def _invoice(run: Run) -> Invoice:
    return papers.invoice(run.case, papers.customer(run.case))


def _say(run: Run, kind: str, invoice: Invoice) -> str:
    return run.words(
        kind,
        invoice=invoice.invoice_id,
        customer=invoice.customer,
        total=f"{invoice.total:.2f}",
    )


_READS: Mapping[str, Read] = {
    "get_invoice": lambda run, invoice: (
        {"invoice_id": invoice.invoice_id},
        invoice,
    ),
    "get_reminders": lambda run, invoice: (
        {"customer": invoice.customer},
        letters.history(run.rng, run.case, cast.customer(invoice.customer_id)),
    ),
    "get_contract": lambda run, invoice: (
        {"customer": invoice.customer},
        letters.contract(run.rng),
    ),
    "get_ticket": lambda run, invoice: (
        {"about": invoice.invoice_id},
        letters.thread(
            run.rng,
            run.case,
            cast.customer(invoice.customer_id),
            invoice.invoice_id,
        ),
    ),
    "list_bookings": lambda run, invoice: (
        {"customer": invoice.customer, "months": 3},
        _items(run, invoice),
    ),
    "list_documents": lambda run, invoice: (
        {"month": "2026-10", "format": "csv"},
        _journal(run),
    ),
    "read_mail": lambda run, invoice: (
        {"about": invoice.invoice_id},
        letters.mail(
            run.rng,
            run.case,
            cast.customer(invoice.customer_id),
            invoice.invoice_id,
        ),
    ),
    "search_articles": lambda run, invoice: (
        {"query": run.words("queries"), "limit": 1},
        letters.article(run.rng),
    ),
}


def _finish(run: Run, invoice: Invoice) -> None:
    """Report, hear what the colleague says, and do what is left."""
    run.says(_say(run, "report", invoice))
    run.person_says(run.words("reply"), wish=True)
    run.read(_READS, invoice, 2)
    for tool in run.rng.sample(_AFTERWARDS, run.rng.choice((1, 2, 2))):
        if tool == "log_contact":
            text = run.words("logged")
            arguments = {"customer": invoice.customer, "text": text}
            run.call(tool, arguments, {"ok": True})
        elif tool == "export_journal":
            run.call(tool, {"month": "2026-10", "format": "csv"}, _journal(run))
        else:
            run.call(tool, {"invoice_id": invoice.invoice_id}, invoice)
    run.says(_say(run, "summary", invoice))
    if run.chance(0.5):
        run.person_says(run.words("thanks"))


_AFTERWARDS = ("log_contact", "export_journal", "get_invoice")


def _booked(run: Run, prefix: str, amount: float) -> dict[str, object]:
    return {
        "document": f"{prefix}-{run.rng.randint(10000, 99999)}",
        "amount": amount,
        "currency": "EUR",
        "booked_on": run.today,
        "journal": run.rng.choice(("sales", "corrections")),
        "reviewer": "end of day",
    }


def _items(run: Run, invoice: Invoice) -> dict[str, Any]:
    rng = run.rng
    return {
        "customer_id": invoice.customer_id,
        "items": [
            {
                "invoice_id": f"INV-{rng.randint(20000, 99999)}",
                "due_on": papers.day(rng),
                "open": rng.randint(2000, 200000) / 100,
                "reminders": rng.randint(0, 2),
                "text": rng.choice(("goods", "freight", "spare parts", "deposit")),
            }
            for _ in range(rng.randint(14, 26))
        ],
    }


def _matched(run: Run, invoice: Invoice) -> dict[str, object]:
    rng = run.rng
    return {
        "customer_id": invoice.customer_id,
        "matched": [
            {
                "payment": f"BK{rng.randint(10**6, 10**7 - 1)}",
                "invoice_id": f"INV-{rng.randint(20000, 99999)}",
                "by": rng.choice(("reference", "amount", "hand")),
                "amount": rng.randint(2000, 200000) / 100,
            }
            for _ in range(rng.randint(9, 20))
        ],
        "left_over": rng.randint(0, 2),
    }


def _journal(run: Run) -> str:
    rng = run.rng
    rows = [
        f"{papers.day(rng)};{rng.choice((4100, 4200, 4400, 8400))};"
        f"{rng.randint(10**5, 10**6)};{rng.randint(100, 90000) / 100:.2f};EUR;"
        f"{rng.choice(('sales', 'freight', 'correction', 'discount'))}"
        for _ in range(48)
    ]
    return "\n".join(["date;account;document;amount;currency;text", *rows])


_METHODS = ("bank transfer", "card", "gift card", "direct debit", "credit note")
