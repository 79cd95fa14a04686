"""Curating: what each draft becomes among the items that a file already has.

The model names operations on item ids; code carries them out on the items as they stand.
Whole files, unknown ids and words that cannot be verified leave the draft an addition.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from reviews.dreams.claude import answers, judging, plain, prompts, verification
from reviews.dreams.claude.cards import Card
from reviews.dreams.claude.schemas import Delta, Deltas
from reviews.dreams.engines import Head, Question, Refusal, Rule, Tier
from reviews.proposals import flags
from reviews.proposals.drafts import Draft, DraftOperation

# Items of one file that a question holds; of a longer one the nearest to the drafts.
_MOST_ITEMS = 150
# An edit may make an item so many words longer, or a merge all its items.
_GROWTH = 40
# Of an answer: of all of it, and of each delta in it.
_TOKENS, _TOKENS_A_DRAFT = 500, 300


class Curated(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one draft."""

    card: Card
    draft: Draft | None = None
    refusal: Refusal | None = None
    # The model moved it onto items that are there.
    changed: bool = False
    # Why what it asked for was not done.
    kept: str = ""


def by_file(drafts: Sequence[Card]) -> dict[str, list[Card]]:
    """Additions by the file that they go to."""
    found: defaultdict[str, list[Card]] = defaultdict(list)
    for card in drafts:
        operations = card.draft.operations
        if len(operations) == 1 and operations[0].kind == "add":
            found[operations[0].path].append(card)
    return dict(sorted(found.items()))


def ask(
    path: str, drafts: Sequence[Card], head: Head, tier: Tier = "strong"
) -> Question | None:
    """The question about one file; None where there is nothing to decide."""
    items = _items(path, head)
    if not items and len(drafts) < 2:
        return None
    content: dict[str, Any] = {
        "file": path,
        "items": [
            {
                "id": rule.id,
                "section": " / ".join(rule.heading),
                "text": plain.shown(rule.text).text,
            }
            for rule in items
        ],
        "drafts": [
            {"draft_id": card.id, "text": card.draft.title, "shown": card.draft.because}
            for card in drafts
        ],
    }
    return answers.question(
        f"curate:{path}"[:200],
        "curate",
        tier,
        prompts.block(content),
        Deltas,
        runs=[run for card in drafts for run in card.runs()],
        max_tokens=_TOKENS + _TOKENS_A_DRAFT * len(drafts),
    )


def apply(
    path: str, drafts: Sequence[Card], deltas: Deltas | None, head: Head
) -> list[Curated]:
    """Carry out what can be carried out; each item is changed by one draft at most."""
    if deltas is None:
        return [Curated(card=card, draft=card.draft) for card in drafts]
    items = {rule.id: rule for rule in _items(path, head)}
    by_draft: dict[str, Delta] = {}
    for delta in deltas.deltas:
        by_draft.setdefault(delta.draft_id, delta)
    made: list[Curated] = []
    for card in drafts:
        one = _apply(card, by_draft.get(card.id), items, path, head)
        if one.changed and one.draft:
            for operation in one.draft.operations:
                items.pop(operation.rule, None)
        made.append(one)
    return made


def _apply(
    card: Card,
    delta: Delta | None,
    items: Mapping[str, Rule],
    path: str,
    head: Head,
) -> Curated:
    as_it_is = Curated(card=card, draft=card.draft)
    if delta is None:
        return as_it_is
    if delta.op == "add":
        return Curated(card=card, draft=_under(card.draft, delta.section, head))
    if delta.op == "none":
        return Curated(card=card, refusal=_refusal(card, "curated-away", delta.reason))
    named = [items[key] for key in dict.fromkeys(delta.item_ids) if key in items]
    if not named or len(named) < len(set(delta.item_ids)):
        return msgspec.structs.replace(as_it_is, kept="unknown-item")
    if delta.op == "confirm":
        reason = f"{path} says it already: {named[0].text[:160]}"
        return Curated(card=card, refusal=_refusal(card, "covered", reason))
    if delta.op == "delete":
        operations = (_deletion(named[0]),)
        return _changed(card, operations, "Delete: " + named[0].text, head)
    if delta.op == "merge" and len(named) < 2:
        return msgspec.structs.replace(as_it_is, kept="unknown-item")
    text = delta.text.strip()
    if code := _unfit(text, named, card, items):
        return msgspec.structs.replace(as_it_is, kept=code)
    first, rest = named[0], named[1:] if delta.op == "merge" else []
    edit = DraftOperation(
        kind="edit", path=path, heading=first.heading, rule=first.id,
        before=first.text, after=text,
    )  # fmt: skip
    return _changed(card, (edit, *map(_deletion, rest)), text, head)


def _changed(
    card: Card, operations: tuple[DraftOperation, ...], title: str, head: Head
) -> Curated:
    memory = "\n".join(head.texts.values())
    kept = tuple(
        name for name in card.draft.flags if name in ("tool-only", "broad-scope")
    )
    draft = msgspec.structs.replace(
        card.draft,
        operations=operations,
        title=" ".join(title.split())[:290],
        alternatives=(),
        flags=kept,
    )
    screened = msgspec.structs.replace(draft, flags=flags.screen(draft, memory))
    return Curated(card=card, draft=screened, changed=True)


def _unfit(
    text: str, named: Sequence[Rule], card: Card, items: Mapping[str, Rule]
) -> str:
    """Why the words of an edit may not stand for an item."""
    if not text:
        return "empty"
    before = "\n".join(rule.text for rule in named)
    if text.count("\n") > max(rule.text.count("\n") for rule in named) or any(
        rule.text in text for key, rule in items.items() if rule not in named
    ):
        return "whole-file"
    most = len(before.split()) + _GROWTH
    memory = f"{before}\n{card.draft.operations[0].after}"
    return verification.fault(text, card, memory, most)[0]


def _deletion(rule: Rule) -> DraftOperation:
    return DraftOperation(
        kind="delete", path=rule.path, heading=rule.heading, rule=rule.id,
        before=rule.text,
    )  # fmt: skip


def _under(draft: Draft, section: str, head: Head) -> Draft:
    """An addition under another heading of its file, where there is such a one."""
    operation = draft.operations[0]
    for rule in head.rules:
        if rule.path != operation.path or not rule.heading:
            continue
        if section.strip() in (rule.heading[-1], " / ".join(rule.heading)):
            moved = msgspec.structs.replace(operation, heading=rule.heading)
            return msgspec.structs.replace(draft, operations=(moved,))
    return draft


def _items(path: str, head: Head) -> list[Rule]:
    return [rule for rule in head.rules if rule.path == path and rule.id][:_MOST_ITEMS]


def _refusal(card: Card, code: str, reason: str) -> Refusal:
    said = plain.shown(" ".join(reason.split())[:400]).text
    return judging.refusal(card, code, said or "No reason was given.")
