"""Which versions a timeline shows: by file, actor, policy, kind, name and day.

Everything is in the address. What cannot be read filters nothing, as in other lists.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.datastructures import MultiValueDict

from reviews.memory.models import Memory, Revision, Tag, Version
from reviews.proposals.models import Policy
from reviews.teams.models import Team
from reviews.web import days

LONGEST_KEY = 18
# Every decision that some policy made.
ANY_POLICY = "any"


@dataclass(frozen=True)
class Filters:
    """What an address asks of a timeline, as it was typed."""

    path: str = ""
    by: str = ""
    policy: str = ""
    kind: str = ""
    named: str = ""
    since: str = ""
    until: str = ""

    def __bool__(self) -> bool:
        return any(value for _, value in self)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((each.name, getattr(self, each.name)) for each in fields(self))


def read(query: MultiValueDict[str, str]) -> Filters:
    """The filters of an address."""
    names = [each.name for each in fields(Filters)]
    return Filters(**{name: (query.get(name) or "").strip()[:200] for name in names})


def chosen(
    versions: QuerySet[Version], filters: Filters, *, team: Team
) -> QuerySet[Version]:
    """The team's versions that all of these filters let through."""
    if filters.path:
        versions = versions.filter(_touching(filters.path, team))
    if filters.by:
        name = filters.by
        versions = versions.filter(Q(by__iexact=name) | Q(by__icontains=f":{name}"))
    if filters.policy == ANY_POLICY:
        versions = versions.filter(decision__policy_version__isnull=False)
    elif _is_key(filters.policy):
        policy = int(filters.policy)
        versions = versions.filter(decision__policy_version__policy=policy)
    if filters.kind in Version.Kind.values:
        versions = versions.filter(kind=filters.kind)
    if filters.named:
        versions = versions.filter(Exists(Tag.objects.filter(version=OuterRef("pk"))))
    if since := days.midnight(filters.since):
        versions = versions.filter(at__gte=since)
    if until := days.midnight_after(filters.until):
        versions = versions.filter(at__lt=until)
    return versions


def policies(team: Team) -> QuerySet[Policy]:
    """The policies that a timeline of the team can be narrowed to."""
    return Policy.objects.filter(team=team).order_by("name", "pk")


def _touching(path: str, team: Team) -> Exists:
    """Versions that wrote a memory whose path, now or at its end, has these letters."""
    here = Q(path__icontains=path) | Q(path__isnull=True, head__path__icontains=path)
    memories = Memory.objects.filter(here, store__team=team)
    written = Revision.objects.filter(version=OuterRef("pk"))
    return Exists(written.filter(memory__in=memories))


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_KEY
