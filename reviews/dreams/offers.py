"""What may think for a store: which engines, what each would cost at most, why one cannot."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from reviews.dreams.asking import budgets, keys
from reviews.dreams.engines import registry
from reviews.dreams.hosted import bills
from reviews.dreams.models import Dream
from reviews.errors import DomainError, Invalid
from reviews.memory.models import Store

SAYS = {
    "offline": "Counts what keeps coming back. Needs no network, no key and no money.",
    "claude": (
        "Counts as offline does, then lets Claude judge, word and doubt what was found."
    ),
    "hosted": (
        "Lets Anthropic's machines dream over the linked store, and proposes what they "
        "changed."
    ),
}


# What the team may still spend, and the cap that leaves least.
_Budget = tuple[Decimal, str]


class EngineAway(Invalid):
    """The engine cannot think for the store now."""

    code = "engine-away"


@dataclass(frozen=True)
class Offer:
    """One engine as a form offers it."""

    name: str
    says: str
    # Why it cannot be chosen now, in a sentence.
    why_not: str = ""
    # US dollars: no more than this; None where nothing of ours bounds it.
    most: Decimal | None = Decimal(0)
    # The budget by which it is bounded: "$2.00 a dream".
    cap: str = ""
    # What the store's last dream with it came to.
    last: float | None = None
    # What it may cost where nothing bounds it, in a sentence.
    foreseen: str = ""

    @property
    def free(self) -> bool:
        """Whether it never costs anything."""
        return self.most == 0 and not self.cap


def of(store: Store) -> list[Offer]:
    """Every engine there is, those that are always there first."""
    budget = _budget(store)
    return [_MAKE.get(name, _plain)(name, store, budget) for name in registry.ENGINES]


def check(store: Store, engine: str) -> None:
    """Refuse an engine that there is not, or that cannot think for the store now."""
    found = {offer.name: offer for offer in of(store)}
    if engine not in found:
        registry.get(engine)
    if found[engine].why_not:
        raise EngineAway(found[engine].why_not, field="engine")


def missing(store: Store, engine: str) -> str:
    """What an engine lacks here until somebody sees to it: a key, a link; "" for nothing."""
    if engine == "hosted" and not hasattr(store, "hosted"):
        return f"{store.name} is linked to no store at Anthropic."
    return _keyless() if engine in _MAKE else ""


def _plain(name: str, store: Store, budget: _Budget) -> Offer:
    return Offer(name, SAYS.get(name, ""))


def _claude(name: str, store: Store, budget: _Budget) -> Offer:
    left, cap = budget
    why_not = _keyless() or _spent(left, cap)
    return Offer(name, SAYS[name], why_not, left, cap, _last(store, name))


def _hosted(name: str, store: Store, budget: _Budget) -> Offer:
    why_not = missing(store, name) or _spent(*budget)
    # What it takes over there, nobody can bound here.
    return Offer(name, SAYS[name], why_not, most=None, foreseen=bills.foreseen(store))


def _budget(store: Store) -> _Budget:
    budget = budgets.of(store.team)
    spent = budgets.spent(budgets.Payer(store.team))
    return budgets.left(budget, spent), budgets.tightest(budget, spent)


def _spent(left: Decimal, cap: str) -> str:
    return "" if left else f"The budget of {cap} is spent."


def _keyless() -> str:
    try:
        return "" if keys.find() else keys.MISSING
    except DomainError as refusal:
        return refusal.message


def _last(store: Store, engine: str) -> float | None:
    dreams = Dream.objects.filter(
        store=store, engine=engine, state=Dream.State.COMPLETED
    )
    return dreams.order_by("-pk").values_list("cost", flat=True).first()


_MAKE: dict[str, Callable[[str, Store, _Budget], Offer]] = {
    "claude": _claude,
    "hosted": _hosted,
}
