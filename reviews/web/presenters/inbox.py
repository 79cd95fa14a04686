"""Rows of the inbox in words: what each would do, why it is here, what stands behind it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, lru_cache
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reviews.audit.actors import Actor
from reviews.memory import diffs
from reviews.memory.summaries import summary
from reviews.proposals import inbox, wordings
from reviews.proposals.flags import FLAGS
from reviews.proposals.models import Decision, Proposal, Turn, Wording
from reviews.templatetags import interface
from reviews.web.presenters import beside, kinds, labels
from reviews.web.presenters.beside import Beside
from reviews.web.presenters.evidence import opposes, percent
from reviews.web.queues import Queue
from reviews.web.requests import Request

State = Proposal.State
WHY = {
    Turn.Why.ASSIGNED: "{} assigned it to you",
    Turn.Why.MENTIONED: "{} mentioned you",
    Turn.Why.ANSWERED: "{} answered you",
    Turn.Why.RESET: "your approval was reset",
}
# The drawings of a row, defined once on the page: fifty rows only name them.
ICONS = (
    *dict.fromkeys(label.icon for label in labels.OPERATION.values()),
    *("chevron-down", "copy", "eye", "flag", "message-square", "moon", "user"),
)
# So many flags stand in a row; the page has them all.
FLAGS_SHOWN = 2
QUOTED = 120


@dataclass(frozen=True)
class Row:
    """One proposal in the list; whatever is shown is put into words here, once."""

    proposal: Proposal
    key: str
    url: str
    peek_url: str
    snooze_url: str
    risk: SafeString
    kind: SafeString
    said: SafeString
    where: str
    evidence: str
    against: SafeString
    # How long it has waited and how old it is, with the moment in its title.
    waiting: SafeString
    # Why it stands in this list, and whether that is about this person.
    why: str
    personal: bool
    threads: str
    here: str
    are: str
    assigned: str
    flags: str
    # Those like it that are folded under it, the list of them, and how to merge them.
    alike: list["Row"] = field(default_factory=list)
    alike_url: str = ""
    merge_url: str = ""
    # The heading of the group that begins here, where the list has groups.
    begins: str = ""
    held: Decision | None = None
    wakes_at: datetime | None = None
    wakes_on_evidence: bool = False
    # What became of it, in the section of what is decided.
    state: str = ""
    settled: Decision | None = None
    settled_at: datetime | None = None
    undo_url: str = ""

    @property
    def chips(self) -> bool:
        """Whether there is more to say of it than what it would do, and where."""
        talk = self.alike or self.here or self.assigned or self.threads
        return bool(talk or self.why or self.flags)


def rows(request: Request, queue: Queue, shown: Sequence[Proposal]) -> list[Row]:
    """What the list shows of these, in as many queries for fifty as for two."""
    if not shown:
        return []
    known = beside.of(request, queue, shown)
    me = request.user.username
    found = _folded(queue, [_row(queue, one, known, me) for one in shown])
    if not queue.group or queue.section == "decided":
        return found
    headings = [_heading(queue, row.proposal) for row in found]
    return [
        replace(row, begins=heading if heading != before else "")
        for row, heading, before in zip(found, headings, ["", *headings], strict=False)
    ]


def _folded(queue: Queue, found: list[Row]) -> list[Row]:
    """What resembles another row of the page stands under it, unless it is graver."""
    by_key = {row.proposal.pk: row for row in found}
    folded: dict[int, list[Row]] = defaultdict(list)
    for row in found:
        leader = by_key.get(row.proposal.resembles_id or 0)
        if leader and leader.proposal.gravity <= row.proposal.gravity:
            folded[leader.proposal.pk].append(row)
    under = {row.proposal.pk for rows in folded.values() for row in rows}
    return [
        _leading(queue, row, folded[row.proposal.pk])
        for row in found
        # Whoever is under another leads nobody: one level is enough to look through.
        if row.proposal.pk not in under
    ]


def _leading(queue: Queue, row: Row, alike: list[Row]) -> Row:
    if not alike:
        return row
    key = row.proposal.pk
    merge = {"verb": "merge", "into": key, "pk": [one.proposal.pk for one in alike]}
    asked = urlencode({**merge, "from": queue.query}, doseq=True)
    return replace(
        row,
        alike=alike,
        alike_url=queue.with_(section=inbox.ALL, q=f"like:P-{key}").url,
        merge_url=f"{reverse('web:inbox-act')}?{asked}",
    )


def _heading(queue: Queue, proposal: Proposal) -> str:
    if queue.group == "store":
        return proposal.store.name
    if queue.group == "family":
        return kinds.family(proposal.family)
    first = min(proposal.operations.all(), key=lambda one: one.position, default=None)
    return first.path if first else "nothing"


def _row(queue: Queue, proposal: Proposal, known: Beside, me: str) -> Row:
    key = proposal.pk
    asked = known.turns.get(key, [])
    mine = next((turn for turn in asked if turn.user.username == me), None)
    given = [turn.user.username for turn in asked if turn.why == Turn.Why.ASSIGNED]
    here = known.here.get(key, [])
    decided = queue.section == "decided"
    row = Row(
        proposal=proposal,
        key=str(key),
        url=queue.address(proposal),
        peek_url=reverse("web:proposal-peek", args=[key]) + queue.suffix,
        snooze_url=f"{reverse('web:inbox-act')}?verb=snooze&pk={key}&{queue.asking}",
        risk=interface.risk(proposal.risk),
        kind=_badge(_kind(proposal)),
        said=_coded(sentence(proposal)),
        where=_where(proposal),
        evidence=evidence(proposal),
        against=_against(proposal),
        waiting=_waiting(proposal),
        why=""
        if decided
        else _why(proposal, mine, given, getattr(proposal, "given", None)),
        personal=mine is not None,
        threads=str(known.threads.get(key, "")),
        here=" and ".join(here[:2]),
        are="is" if len(here) == 1 else "are",
        assigned=", ".join(name for name in given if name != me),
        flags=_flags(proposal.flags),
        held=known.held.get(key),
    )
    if decided:
        return _decided(row, known.settled.get(key))
    if queue.section == "snoozed":
        return replace(
            row,
            wakes_at=proposal.snoozed_until,
            wakes_on_evidence=proposal.wakes_on_evidence,
        )
    return row


def _decided(row: Row, settled: Decision | None) -> Row:
    proposal, undo = row.proposal, ""
    if proposal.state == State.APPLIED:
        rollback = reverse("web:rollback", args=[proposal.store.name])
        undo = f"{rollback}?undo={proposal.name}"
    return replace(
        row,
        state=proposal.state,
        settled=settled,
        settled_at=proposal.settled_at,
        undo_url=undo,
    )


@cache
def _badge(kind: str) -> SafeString:
    """As badges are, with the page's own drawing."""
    label = labels.OPERATION[kind]
    return format_html(
        '<span class="badge" data-tone="{}"><svg class="icon"><use href="#i-{}"/></svg>'
        "{}</span>",
        label.tone,
        label.icon,
        label.word,
    )


_coded = lru_cache(maxsize=2_000)(interface.code)


def _against(proposal: Proposal) -> SafeString:
    """What speaks against it; where nothing is counted as that, how common it is."""
    counts = proposal.counts
    count = int(counts.get("against") or 0)
    if count and not opposes(proposal):
        groups = int(counts["opportunities"])
        share = percent(int(counts.get("groups") or 0) / groups)
        return _counted(f"in {share} of {groups:,} groups", muted=" muted")
    words = f"{count:,} against" if count else "none against"
    return _counted(words, muted="" if count else " muted")


@lru_cache(maxsize=500)
def _counted(words: str, muted: str) -> SafeString:
    return format_html('<span class="row__against{}">{}</span>', muted, words)


def _waiting(proposal: Proposal) -> SafeString:
    since, age = _lasting(proposal.waiting_since), _lasting(proposal.created_at)
    return format_html(
        '<span title="Waiting since {} UTC">{}{}</span>',
        f"{proposal.waiting_since:%Y-%m-%d %H:%M}",
        since,
        f", {age} old" if age != since else "",
    )


def _kind(proposal: Proposal) -> str:
    kinds = {operation.kind for operation in proposal.operations.all()}
    return kinds.pop() if len(kinds) == 1 else "mixed"


def sentence(proposal: Proposal) -> str:
    """What it would do in one plain line; for an edit, the words that change."""
    operations = list(proposal.operations.all())
    edits = [one for one in operations if one.kind == "edit"]
    # Lists fetch the newest wording's texts along; where they did not, the title does.
    texts = getattr(proposal, "texts", None)
    if texts is None or len(operations) != 1 or not edits:
        return proposal.title
    before, after = wordings.said(Wording(texts=texts), edits[0])
    if not before or not after:
        return proposal.title
    return _edited(before, after, edits[0].path)


@lru_cache(maxsize=2_000)
def _edited(before: str, after: str, path: str) -> str:
    said = summary(diffs.compare(before, after), before, after).rstrip(".")
    _, separator, change = said.partition(": ")
    change = change if separator and "→" in change else said[:1].lower() + said[1:]
    name = path.rsplit("/", 1)[-1]
    return f"Edits 1 rule in {name}: {change}"


def evidence(proposal: Proposal) -> str:
    """What stands behind it: 7 traces, 3 agents."""
    units = (("runs", "trace"), ("agents", "agent"), ("people", "person"))
    several = {"person": "people"}
    said = []
    for name, unit in units:
        count = int(proposal.counts.get(name) or 0)
        if count:
            word = unit if count == 1 else several.get(unit, f"{unit}s")
            said.append(f"{count} {word}")
    return ", ".join(said[:2]) or "no traces"


def _where(proposal: Proposal) -> str:
    paths = sorted({operation.path for operation in proposal.operations.all()})
    more = f" +{len(paths) - 1}" if len(paths) > 1 else ""
    return f"{proposal.store.name}{paths[0]}{more}" if paths else proposal.store.name


def _why(
    proposal: Proposal, mine: Turn | None, given: list[str], approvals: int | None
) -> str:
    """Why it stands in this list, in a few words."""
    if mine is not None:
        by = Actor.parse(mine.by).name
        return WHY[Turn.Why(mine.why)].format(by)
    if proposal.state == State.CHANGES_REQUESTED:
        return "changes requested"
    if proposal.attention:
        return proposal.attention[:QUOTED]
    if given:
        return f"waits for {given[0]}"
    if approvals:
        return f"needs a second approval ({approvals} given)"
    if proposal.returned_id:
        return f"turned down before as P-{proposal.returned_id}"
    # Everybody's turn says itself.
    return ""


def _flags(names: Sequence[str]) -> str:
    more = f" +{len(names) - FLAGS_SHOWN}" if len(names) > FLAGS_SHOWN else ""
    return ", ".join(map(_flag, names[:FLAGS_SHOWN])) + more


def _flag(name: str) -> str:
    return FLAGS[name].word.lower() if name in FLAGS else name


def _lasting(since: datetime) -> str:
    """A span short enough for a column: 3 d, 5 h."""
    count, _, unit = interface.ago(since).removesuffix(" ago").partition(" ")
    short = {"day": "d", "hour": "h", "minute": "min", "month": "mo", "year": "y"}
    return f"{count} {short.get(unit.rstrip('s'), '')}" if count.isdecimal() else "now"


@dataclass(frozen=True)
class Tab:
    """One section, as the inbox links to it."""

    name: str
    label: str
    url: str
    current: bool
    count: int


def tabs(queue: Queue, counts: Mapping[inbox.Section, int]) -> list[Tab]:
    """Every section with its count, and all that is undecided in one list."""
    labels = {**inbox.SECTIONS, inbox.ALL: "All"}
    every = sum(counts.values())
    return [
        Tab(
            name,
            label,
            queue.with_(section=name).url,
            name == queue.section,
            every if name == inbox.ALL else counts.get(name, 0),
        )
        for name, label in labels.items()
    ]
