"""Languages as people write them into file names: two letters, three, or the name; and what each calls itself.

Pure data. Source: ISO 639-1, and ISO 639-2 in both its forms.
"""

import re

NAMES = {
    "ar": "العربية", "bg": "Български", "ca": "Català", "cs": "Čeština", "da": "Dansk", "de": "Deutsch",
    "el": "Ελληνικά", "en": "English", "es": "Español", "et": "Eesti", "fa": "فارسی", "fi": "Suomi",
    "fr": "Français", "he": "עברית", "hi": "हिन्दी", "hr": "Hrvatski", "hu": "Magyar", "id": "Bahasa Indonesia",
    "is": "Íslenska", "it": "Italiano", "ja": "日本語", "ko": "한국어", "lt": "Lietuvių", "lv": "Latviešu",
    "nl": "Nederlands", "no": "Norsk", "pl": "Polski", "pt": "Português", "ro": "Română", "ru": "Русский",
    "sk": "Slovenčina", "sl": "Slovenščina", "sr": "Српски", "sv": "Svenska", "th": "ไทย", "tr": "Türkçe",
    "uk": "Українська", "vi": "Tiếng Việt", "zh": "中文",
}  # fmt: skip
"""What a language calls itself, by its code."""

_OTHERS = {
    "ar": "ara arabic", "bg": "bul bulgarian", "ca": "cat catalan", "cs": "ces cze czech", "da": "dan danish dansk",
    "de": "deu ger german deutsch", "el": "ell gre greek", "en": "eng english", "es": "spa spanish español espanol",
    "et": "est estonian", "fa": "fas per persian", "fi": "fin finnish suomi",
    "fr": "fra fre french français francais", "he": "heb hebrew", "hi": "hin hindi", "hr": "hrv croatian hrvatski",
    "hu": "hun hungarian magyar", "id": "ind indonesian", "is": "isl ice icelandic", "it": "ita italian italiano",
    "ja": "jpn japanese", "ko": "kor korean", "lt": "lit lithuanian", "lv": "lav latvian",
    "nl": "nld dut dutch nederlands", "no": "nor nob nno nb nn norwegian norsk", "pl": "pol polish polski",
    "pt": "por portuguese português portugues", "ro": "ron rum romanian", "ru": "rus russian",
    "sk": "slk slo slovak", "sl": "slv slovenian", "sr": "srp serbian", "sv": "swe swedish svenska", "th": "tha thai",
    "tr": "tur turkish", "uk": "ukr ukrainian", "vi": "vie vietnamese", "zh": "zho chi chinese",
}  # fmt: skip
_CODES = """
    aa ab ae af ak am an as av ay az ba be bh bi bm bn bo br bs ce ch co cr cu cv cy dv dz ee eo eu ff fj fo fy ga
    gd gl gn gu gv ha ho ht hy hz ia ie ig ii ik io iu jv ka kg ki kj kk kl km kn kr ks ku kv kw ky la lb lg li ln
    lo lu mg mh mi mk ml mn mr ms mt my na nd ne ng nr nv ny oc oj om or os pa pi ps qu rm rn rw sa sc sd se sg si
    sm sn so sq ss st su sw ta te tg ti tk tl tn to ts tt tw ty ug ur uz ve vo wa wo xh yi yo za zu
"""
"""The other codes of two letters."""
_SPELLINGS = {code: code for code in (*NAMES, *_CODES.split())}
_SPELLINGS |= {word: code for code, words in _OTHERS.items() for word in words.split()}
_WITH_MORE = re.compile(r"([a-z]{2,3})[-_]([a-z]{4}|[a-z]{2}|[0-9]{3})")


def language_of(word: str) -> str | None:
    """The language that a word names, as a browser takes it: “de”, “pt-BR”, “zh-Hans”; None when it names none."""
    folded = word.casefold()
    found = _WITH_MORE.fullmatch(folded)
    if found is None:
        return _SPELLINGS.get(folded)
    code, more = _SPELLINGS.get(found[1]), found[2]
    return None if code is None else f"{code}-{more.title() if len(more) == 4 else more.upper()}"


def own_name(language: str) -> str:
    """What a language calls itself: “Deutsch”, “Português (BR)”; its code where we do not know."""
    code, _, more = language.partition("-")
    if code not in NAMES:
        return language
    return f"{NAMES[code]} ({more})" if more else NAMES[code]
