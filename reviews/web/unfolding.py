"""How a page shows its diffs, as its address asks for: which view, which folds open.

``view=unified|split|rendered`` and ``expand=all`` are for all diffs of a page,
``expand=<diff>.<line>.<lines or heading or all>`` opens one fold of one of them.
"""

import re
from dataclasses import dataclass
from typing import Literal, cast, get_args

from django.http import HttpRequest, QueryDict

from reviews.web import appearance
from reviews.web.presenters.diffs import Change, View
from reviews.web.presenters.windows import Fold

VIEWS: tuple[str, ...] = get_args(View)
EXPAND = re.compile(r"(d[0-9a-f]{8})\.(\d{1,7})\.(heading|all|\d{1,6})")
# So many folds that are open stand in an address.
MOST = 60


@dataclass(frozen=True)
class Asked:
    """What an address asks of the diffs on its page."""

    query: QueryDict
    here: bool
    # The person's own choice, where the address says nothing.
    usual: str = ""

    @property
    def view(self) -> View | None:
        named = self.query.get("view", self.usual)
        return cast(View, named) if named in VIEWS else None

    @property
    def whole(self) -> bool:
        return "all" in self.query.getlist("expand")

    def opened(self, change: Change) -> dict[int, int | Literal["heading", "all"]]:
        """The folds of one diff that are open, and how far."""
        found: dict[int, int | Literal["heading", "all"]] = {}
        for each in self.query.getlist("expand")[:MOST]:
            asked = EXPAND.fullmatch(each)
            if asked and asked[1] == change.key:
                far = asked[3]
                word = cast(Literal["heading", "all"], far)
                found[int(asked[2])] = int(far) if far.isdecimal() else word
        return found

    def with_view(self, view: str) -> str:
        query = self._copy()
        query["view"] = view
        return f"?{query.urlencode()}"

    def with_fold(self, change: Change, fold: Fold, far: int | str) -> str:
        """The address in which one fold is open so far."""
        start = f"{change.key}.{fold.start}."
        kept = [e for e in self.query.getlist("expand") if not e.startswith(start)]
        query = self._copy()
        query.setlist("expand", [*kept, f"{start}{far}"][-MOST:])
        return f"?{query.urlencode()}"

    def with_whole(self) -> str:
        query = self._copy()
        query.pop("expand", None)
        if not self.whole:
            query["expand"] = "all"
        return f"?{query.urlencode()}"

    def _copy(self) -> QueryDict:
        return self.query.copy()


def asked(request: HttpRequest | None) -> Asked:
    """What an address asks for; a diff outside a page is shown as it suits it."""
    if request is None:
        return Asked(QueryDict(), here=False)
    return Asked(request.GET, here=True, usual=appearance.of(request).view)
