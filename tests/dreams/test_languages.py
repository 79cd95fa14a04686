"""People ask in their own language, and the same is found in each."""

import pytest

from reviews.dreams.mining import cues, lacks, remarks, sayings, speech
from reviews.dreams.mining.stems import key_of
from tests.dreams.stories import call, dream, run, says, steps
from tests.dreams.test_mistakes import only
from tests.dreams.test_novelty import written

PEOPLE = ("ada", "bob", "cid", "dan")
OPENING = {
    "de": "Hallo, ich brauche heute den Bericht für die Kollegin.",
    "fr": "Bonjour, je voudrais le rapport pour la réunion de demain.",
    "es": "Hola, necesito el informe para la reunión de mañana.",
    "ja": "こんにちは、今日の報告書をお願いできますか。",
}
# The same wish in four wordings each.
CURRENCY = {
    "de": (
        "Schreibe bitte immer die Währung zu den Beträgen.",
        "Ab jetzt gehört zu jedem Betrag die Währung.",
        "Wir schreiben die Währung hinter jeden Betrag.",
        "Bitte gib Beträge immer mit ihrer Währung an.",
    ),
    "fr": (
        "Écris toujours les montants avec leur devise.",
        "À partir de maintenant, mets la devise après chaque montant.",
        "Nous donnons toujours la devise des montants.",
        "S'il te plaît, ajoute toujours la devise aux montants.",
    ),
    "es": (
        "Escribe siempre los importes con su moneda.",
        "A partir de ahora pon la moneda en cada importe.",
        "Siempre ponemos la moneda de los importes.",
        "Por favor, añade siempre la moneda a los importes.",
    ),
    "ja": (
        "金額には必ず通貨を付けてください。",
        "今後は通貨を金額の後に書いてください。",
        "金額には常に通貨を入れてください。",
        "通貨なしで金額を書かないでください。",
    ),
}
# What people find wrong, by class.
FAULTS = {
    "de": {
        "tests": "Ist das getestet?", "hold": "Warte bitte, lass uns erst reden.",
        "unfounded": "Das stimmt so nicht.", "broken": "Die Tests schlagen wieder fehl.",
        "duplication": "Da ist doppelter Code drin.", "scope": "Mach das bitte rückgängig.",
        "leftovers": "Das können wir komplett entfernen.", "branch": "Mach einen Branch dafür.",
        "types": "Mach daraus eine Konstante.", "correction": "Du hast die Fußzeile vergessen.",
    },
    "fr": {
        "tests": "Il manque des tests.", "hold": "Attends un peu, discutons-en.",
        "unfounded": "Cette option n'existe pas.", "broken": "Les tests échouent encore.",
        "duplication": "Il y a du code dupliqué.", "scope": "Annule ce changement.",
        "leftovers": "Supprime ça complètement.", "branch": "Crée une branche pour ça.",
        "types": "Fais-en une constante.", "correction": "Tu as oublié le pied de page.",
    },
    "es": {
        "tests": "Faltan pruebas.", "hold": "Espera un momento, hablemos.",
        "unfounded": "Esa opción no existe.", "broken": "Los tests fallan otra vez.",
        "duplication": "Hay código duplicado.", "scope": "Deshaz eso, por favor.",
        "leftovers": "Elimina eso por completo.", "branch": "Crea una rama para esto.",
        "types": "Haz una constante.", "correction": "Olvidaste el pie de página.",
    },
    "ja": {
        "tests": "テストがありません。", "hold": "ちょっと待って、まず話しましょう。",
        "unfounded": "それは間違っています。", "broken": "テストがまた落ちています。",
        "duplication": "コードの重複があります。", "scope": "元に戻してください。",
        "leftovers": "完全に削除してください。", "branch": "ブランチを切ってください。",
        "types": "定数にしてください。", "correction": "フッターが抜けています。",
    },
}  # fmt: skip
GONE = {
    "de": "Das Feld `session_id` gibt es nicht mehr.",
    "fr": "Le champ `session_id` n'existe plus.",
    "es": "El campo `session_id` ya no existe.",
    "ja": "項目 `session_id` はもうありません。",
}
LACKING = {
    "de": "Ich habe die Nummer gerade nicht.",
    "fr": "Je n'ai pas le numéro sous la main.",
    "es": "No tengo el número ahora.",
    "ja": "番号がわかりません。",
}
# Said in passing, or of this case alone.
PASSING = {
    "de": ("Nein, danke.", "Ich habe meine Bestellung nie bekommen.", "Heute bitte ohne Anhang."),
    "fr": ("Non, merci.", "Je n'ai jamais reçu ma commande.", "Aujourd'hui sans pièce jointe."),
    "es": ("No, gracias.", "Nunca recibí mi pedido.", "Hoy sin adjuntos, por favor."),
    "ja": ("いいえ、結構です。", "私の注文がまだ届いていません。", "今日は添付なしでお願いします。"),
}  # fmt: skip
LANGUAGES = sorted(CURRENCY)


def said_by(language, sentences):
    """Each sentence by a person of their own, after an opening in the same language."""
    return [
        run(
            f"{language}-{number}", says(f"{OPENING[language]} {number}"),
            call("report", {}), says("OK.", "agent"), says(sentence),
            person=PEOPLE[number % len(PEOPLE)],
        )
        for number, sentence in enumerate(sentences)
    ]  # fmt: skip


def sentences(language, text):
    """The sentences of a later message, in a run of that language."""
    made = steps(says(OPENING[language]), call("report", {}), says(text))
    return made, [one for one in speech.sentences(made) if one.turn]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wish_of_several_people_is_found_in_one_of_their_own_wordings(language):
    draft = only(dream(said_by(language, CURRENCY[language])), "wish")

    assert draft.counts["people"] >= 3
    ends = draft.title.rstrip(".。")
    assert any(ends[-6:].lower() in said.lower() for said in CURRENCY[language])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fault", sorted(FAULTS["de"]))
def test_faults_are_known_by_their_words(language, fault):
    made, _ = sentences(language, FAULTS[language][fault])

    assert fault in {one.kind for one in remarks.remarks(made, speech.sentences(made))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fault_that_several_find_is_a_rule_in_their_language(language):
    draft = only(dream(said_by(language, [FAULTS[language]["tests"]] * 4)), "remark")

    known = {one.name: one.rule for one in cues.named(language).faults}
    assert draft.title == known["tests"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_no_more_makes_a_rule_stale(language):
    runs = said_by(language, [GONE[language]])
    outcome = dream(runs, written("- Keep `session_id` in the header."))

    assert only(outcome, "stale").operations[0].kind == "delete"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_person_lacks_is_heard(language):
    _, found = sentences(language, LACKING[language])

    assert len(list(lacks.of_people(found))) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_in_passing_is_no_wish(language):
    for text in PASSING[language]:
        _, found = sentences(language, text)

        assert [one for one in sayings.said(found) if one.standing] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_opposite_is_not_the_same(language):
    against = {
        "de": "Schreibe nie die Währung zu den Beträgen.",
        "fr": "N'écris jamais la devise des montants.",
        "es": "Nunca pongas la moneda en los importes.",
        "ja": "金額に通貨を決して書かないでください。",
    }
    _, [for_it] = sentences(language, CURRENCY[language][0])
    _, [against_it] = sentences(language, against[language])

    leanings = [next(sayings.said([one])).wants for one in (for_it, against_it)]
    assert leanings[0] == 1
    assert leanings[1] != 1


def test_a_sentence_is_in_the_language_of_its_words_else_of_its_run():
    made = steps(
        says(OPENING["de"]), says("Commit, push."), says("Please use the new one.")
    )

    assert [one.language.name for one in speech.sentences(made)] == ["de", "de", "en"]


def test_english_with_foreign_names_stays_english():
    for text in ("Merge la-branche into main.", "Y/n n", "run el test", "Ja, ok"):
        assert cues.of(text, "en").name == "en"


def test_small_words_belong_to_one_language_only_where_they_tell():
    for it in cues.languages():
        assert it.name == "ja" or len(it.common) >= 50


def test_endings_and_accents_do_not_part_words():
    assert key_of("die Beträge", cues.named("de")) == key_of(
        "der Betrag", cues.named("de")
    )
    assert key_of("montants élevés", cues.named("fr")) == key_of(
        "montant élevé", cues.named("fr")
    )
