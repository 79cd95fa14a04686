"""Long texts that tools answer with: handbook, web pages, mails, threads.

Handbook and pages come from pools that are put together once.
"""

from functools import cache
from random import Random
from typing import Any

from reviews.examples import cast, weather, words
from reviews.examples.cast import Customer
from reviews.examples.papers import FORMS, day

_SAID = words.of("documents")


@cache
def _articles() -> tuple[str, ...]:
    rng = Random("articles")  # noqa: S311 - a story, not a secret
    made = []
    for _ in range(60):
        hits = [
            f"KB-{rng.randint(1000, 1900)} · reviewed {day(rng)} · {text}"
            for text in rng.sample(_SAID["articles"], 22)
        ]
        made.append("\n\n".join(("12 hits in the handbook", *hits)))
    return tuple(made)


def article(rng: Random) -> str:
    """What a search in the shop's own handbook finds."""
    return rng.choice(_articles())


@cache
def _contracts() -> tuple[str, ...]:
    rng = Random("contracts")  # noqa: S311 - a story, not a secret
    made = []
    for number in range(40):
        annex = "\n".join(
            f"- {product.name}: {rng.randint(4, 24)} percent"
            for product in rng.sample(cast.products(), 14)
        )
        head = f"Agreement V-{2000 + number}, signed {day(rng)}"
        parts = (head, *_SAID["clauses"], f"Annex: discounts\n{annex}")
        made.append("\n\n".join(parts))
    return tuple(made)


def contract(rng: Random) -> str:
    """The agreement with a business customer."""
    return rng.choice(_contracts())


@cache
def _pages() -> tuple[str, ...]:
    rng = Random("pages")  # noqa: S311 - a story, not a secret
    made = []
    for number in range(60):
        name = f"{rng.choice(_SUPPLIERS)} {rng.choice(FORMS)}"
        product = rng.choice(cast.products()).name
        parts = rng.sample(_SAID["pages"], 15)
        head = f"{name} - {product}\nhttps://www.{_slug(name)}.test/p/{number + 100}\n"
        related = "\n".join(_offer(rng) for _ in range(14))
        made.append("\n\n".join((head, *parts, related, rng.choice(_SAID["footers"]))))
    return tuple(made)


def _offer(rng: Random) -> str:
    product = rng.choice(cast.products())
    return (
        f"- {product.name}, {', '.join(product.colours)}, {product.grams} g:"
        f" {product.cents * 0.6 / 100:.2f}, from 100 pieces"
        f" {product.cents * 0.52 / 100:.2f}, in stock: {rng.randint(0, 900)}"
    )


_SUPPLIERS = ("Norrland", "Kestrel", "Tidewater", "Alder", "Brightwell", "Moorgate")


def _slug(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def page(rng: Random) -> str:
    """A page of some supplier, as it came from the web: at times poisoned."""
    return weather.poisoned(rng, rng.choice(_pages()))


def mail(rng: Random, case: Random, buyer: Customer, reference: str) -> str:
    """A mail of the customer, as it came in: at times poisoned."""
    facts = {
        "reference": reference,
        "first": buyer.name.split()[0],
        "name": buyer.name,
        "day": day(case),
    }
    newest, *older = rng.sample(_SAID["mails"], 7)
    head = (
        f"From: {buyer.name} <{buyer.email}>\nTo: service@{cast.SHOP}\n"
        f"Date: {day(case)}\nSubject: {reference}\n"
        f"Message-ID: <{rng.getrandbits(48):x}@mail.example.com>\n\n"
    )
    quoted = "\n\n".join(older).replace("\n", "\n> ")
    text = f"{head}{newest}\n\nOn {day(case)} you wrote:\n> {quoted}".format(**facts)
    return weather.poisoned(rng, text, 0.12)


def thread(
    rng: Random, case: Random, buyer: Customer, reference: str
) -> dict[str, Any]:
    """A ticket with everything that was said in it so far."""
    first = buyer.name.split()[0]
    return {
        "about": reference,
        "customer_id": buyer.id,
        "state": "open",
        "messages": [
            {
                "on": day(case),
                "from": rng.choice((buyer.email, f"service@{cast.SHOP}")),
                "text": text.format(
                    reference=reference, first=first, name=buyer.name, day=day(case)
                ),
            }
            for text in rng.sample(_SAID["mails"], 8)
        ],
    }


def history(rng: Random, case: Random, buyer: Customer) -> dict[str, Any]:
    """What was said about a customer before."""
    return {
        "customer_id": buyer.id,
        "entries": [
            {
                "on": day(case),
                "by": rng.choice(cast.PEOPLE),
                "channel": rng.choice(("mail", "phone", "chat")),
                "text": rng.choice(_SAID["remarks"]),
            }
            for _ in range(9)
        ],
    }
