"""Texts of providers' forms and guides: each can be translated, and none is left over."""

import re

from services.storages.oauth.guides import GUIDES, REDIRECTS
from services.storages.rclone.generic import AUTHORIZE, LABELS
from services.storages.rclone.judged import TYPES
from services.storages.rclone.offers import OFFERS
from web import storage_words
from web.provider_forms import fields_of
from web.sentences import said

NAMES = re.compile(
    r"[A-Z][\w. -]*|(own|p)Cloud\w*( [A-Z]\w+)*|rclone|.*\((SSH|Vnet Group)\)|WebDAV, Nextcloud, ownCloud|"
    r"Koofr, Digi Storage|1Fichier|premiumize.me"
)
"""Names of products and places stay as they are."""


def texts() -> set[str]:
    found: set[str] = set()
    for offer in OFFERS:
        found |= {offer.title, *offer.limits}
        fields = fields_of(offer, has_client=False)
        for each in (*fields.plain, *fields.folded):
            found |= {each.label, each.help, each.pattern_words, *(choice.label for choice in each.choices)}
    for judgement in TYPES.values():
        words = {words for _, words in judgement.patterns.values()}
        found |= {judgement.title, *judgement.limits, *words}
    return (found | {*LABELS.values(), AUTHORIZE}) - {""}


def test_every_text_of_a_form_is_known() -> None:
    unknown = texts() - set(storage_words.FORMS)
    assert {text for text in unknown if not NAMES.fullmatch(text)} == set()
    assert {text for text in unknown if len(text.split()) > 3} == set(), "a sentence is no name"
    assert set(storage_words.FORMS) - texts() == set()


def test_guides_are_whole_in_german() -> None:
    steps = {
        text for guide in GUIDES.values() for text in (guide.title, *(step.text for step in guide.steps))
    }
    assert steps | set(REDIRECTS.values()) == set(storage_words.GUIDES)
    assert all(said(text, "de") != text for text in storage_words.GUIDES)


def test_labels_inside_a_sentence_are_said_too() -> None:
    assert said("Private key is missing.", "de") == "Privater Schlüssel fehlt."
    assert said("One of these is needed: Password, Private key.", "de").endswith(
        ": Passwort, Privater Schlüssel."
    )
    assert said("Port must be a number from 1 to 65535.", "de") == "Port: eine Zahl von 1 bis 65535."
    assert "eine private Adresse" in said(
        "“nas (10.0.0.2)” is a private address. The administrator can allow it: name it in the setting "
        "“storage_hosts_allowed”.",
        "de",
    )
