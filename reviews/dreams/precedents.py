"""Which dream came before: what a dream calls new, and what it is compared with."""

from reviews.dreams.models import Dream


def latest_like(dream: Dream) -> Dream | None:
    """The newest dream of the store that ended well and thought as this one does.

    By what it read, not by when: a dream with the inputs of an old one is an old one. A
    dry run leaves nothing behind that others could build upon.
    """
    found = Dream.objects.filter(
        store=dream.store,
        state=Dream.State.COMPLETED,
        engine=dream.engine,
        engine_version=dream.engine_version,
        dry=False,
        settings__thresholds=dream.settings["thresholds"],
        settings__window_days=dream.settings["window_days"],
    )
    if dream.watermark is not None:
        found = found.filter(watermark__lt=dream.watermark)
    return found.order_by("-watermark", "-id").first()


def previous(dream: Dream) -> Dream | None:
    """The completed dream of the same store before this one."""
    found = Dream.objects.filter(
        store=dream.store_id, pk__lt=dream.pk, state=Dream.State.COMPLETED
    )
    return found.order_by("-pk").first()
