"""Rules that the finished HTML file has to keep before it may be published."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator

from bs4 import BeautifulSoup, Tag

MAX_BYTES = 3 * 1024 * 1024
ALT_LENGTH = range(20, 301)

_FORBIDDEN_ELEMENTS = (
    "script", "iframe", "link", "object", "embed", "base", "form", "foreignobject",
)  # fmt: skip
_SCOPES = frozenset({"col", "row", "colgroup", "rowgroup"})
_REQUIRED_POLICY = (
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "img-src data:",
    "font-src data:",
    "base-uri 'none'",
    "form-action 'none'",
)
_LOADING_ATTRIBUTES = ("src", "srcset", "poster", "data", "background", "action", "formaction")
_CSS_LOADING = re.compile(r"@import|url\(\s*['\"]?(?!data:|#)[^)]*\)", re.IGNORECASE)
_LEFTOVER_WORDS = re.compile(
    r"(?<![\w-])(nan|NaN|None|NaT|<NA>|Traceback|\w*Warning|[+-]?inf)(?![\w-])"
)
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{%|\{[^{}\n]{0,80}\}")
_SAFE_LINK = re.compile(r"^(#|https?://|mailto:)", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)

_Check = Callable[[BeautifulSoup], Iterator[str]]


def check_html(html: str, files: Collection[str] = ()) -> list[str]:
    """Return what is wrong with a report, in German; an empty list if nothing is.

    Args:
        html: the whole file.
        files: paths of the other files in the report's folder, as links name them; only these may
            be linked to.
    """
    soup = BeautifulSoup(html, "html.parser")
    problems = [message for check in _CHECKS for message in check(soup)]
    problems += _check_links(soup, files)
    size = len(html.encode("utf-8"))
    if size > MAX_BYTES:
        problems.append(f"Die Datei ist mit {size} Bytes größer als {MAX_BYTES} Bytes.")
    return problems


def _check_language(soup: BeautifulSoup) -> Iterator[str]:
    if soup.html is None or soup.html.get("lang") != "de":
        yield 'Die Sprache der Seite ist nicht als Deutsch angegeben (lang="de").'
    if soup.title is None or not soup.title.get_text(strip=True):
        yield "Die Seite hat keinen Titel (title)."


def _check_headings(soup: BeautifulSoup) -> Iterator[str]:
    headings = soup.find_all(re.compile(r"^h[1-6]$"))
    count = sum(heading.name == "h1" for heading in headings)
    if count != 1:
        yield f"Genau eine Überschrift h1 erwartet, gefunden: {count}."
    previous = 0
    for heading in headings:
        level, text = int(heading.name[1]), _text(heading)
        if level > previous + 1:
            yield f"Überschrift »{text}« (h{level}) überspringt eine Ebene nach h{previous}."
        if not text:
            yield f"Eine Überschrift h{level} ist leer."
        previous = level


def _check_ids(soup: BeautifulSoup) -> Iterator[str]:
    counts = Counter(str(element["id"]) for element in soup.find_all(id=True))
    for name, count in counts.items():
        if count > 1:
            yield f"Die Kennung »{name}« kommt {count}-mal vor."


def _check_landmarks(soup: BeautifulSoup) -> Iterator[str]:
    for name in ("header", "nav", "main", "footer"):
        if soup.find(name) is None:
            yield f"Der Seitenbereich »{name}« fehlt."
    if len(soup.find_all("main")) > 1:
        yield "Es gibt mehr als einen Seitenbereich »main«."
    for nav in soup.find_all("nav"):
        if not (nav.get("aria-label") or nav.get("aria-labelledby")):
            yield "Ein Navigationsbereich hat keinen Namen."


def _check_skip_link(soup: BeautifulSoup) -> Iterator[str]:
    main = soup.find("main")
    first = soup.body.find("a", href=True) if soup.body else None
    if main is None or first is None or first["href"] != f"#{main.get('id')}":
        yield "Der erste Link der Seite führt nicht zum Hauptinhalt (Sprunglink)."


def _check_references(soup: BeautifulSoup) -> Iterator[str]:
    known = {str(element["id"]) for element in soup.find_all(id=True)}
    for link in soup.find_all(href=True):
        target = str(link["href"])
        if target.startswith("#") and target[1:] not in known:
            yield f"Der Verweis »{target}« führt ins Leere."
    for attribute in ("aria-labelledby", "aria-describedby"):
        for value in _values_of(soup, attribute):
            for name in value.split():
                if name not in known:
                    yield f'{attribute}="{name}" verweist auf nichts.'


def _check_links(soup: BeautifulSoup, files: Collection[str]) -> Iterator[str]:
    for link in soup.find_all("a", href=True):
        target = str(link["href"])
        if _SAFE_LINK.match(target.strip()) or target in files:
            continue
        if _OTHER_SCHEME.match(target.strip()):
            yield f"Der Link »{target[:60]}« hat eine unzulässige Adresse."
        else:
            yield f"Der Link »{target[:60]}« führt zu einer Datei, die nicht zum Bericht gehört."


def _check_images(soup: BeautifulSoup) -> Iterator[str]:
    for image in soup.find_all(["svg", "img"]):
        if image.get("aria-hidden") == "true" or image.find_parent("svg") is not None:
            continue
        alt = _alternative_text(image, soup)
        if image.name == "svg" and image.get("role") != "img":
            yield 'Ein SVG-Bild ist nicht als Bild ausgezeichnet (role="img").'
        if not alt:
            yield "Ein Bild hat keinen Alternativtext."
        elif len(alt) not in ALT_LENGTH:
            yield (
                f"Der Alternativtext »{alt[:40]}« hat {len(alt)} Zeichen; "
                f"zulässig sind {ALT_LENGTH.start} bis {ALT_LENGTH.stop - 1}."
            )
        elif alt.casefold() in _titles_around(image):
            yield f"Der Alternativtext »{alt[:40]}« wiederholt nur den Titel."


def _alternative_text(image: Tag, soup: BeautifulSoup) -> str:
    if image.name == "img":
        return str(image.get("alt", "")).strip()
    named = str(image.get("aria-labelledby", "")).split()
    texts = [_text(found) for name in named if isinstance(found := soup.find(id=name), Tag)]
    return " ".join(texts) or str(image.get("aria-label", "")).strip()


def _titles_around(image: Tag) -> set[str]:
    figure = image.find_parent("figure")
    caption = figure.find("figcaption") if figure else None
    if not isinstance(caption, Tag):
        return set()
    return {_text(part).casefold() for part in (caption, *caption.find_all(True))}


def _check_figures(soup: BeautifulSoup) -> Iterator[str]:
    for figure in soup.find_all("figure"):
        caption = figure.find("figcaption")
        if caption is None:
            yield "Eine Abbildung hat keine Beschriftung (figcaption)."
        elif figure.find("table") is None:
            yield f"Zu »{_text(caption)[:60]}« fehlt die Datentabelle."


def _check_tables(soup: BeautifulSoup) -> Iterator[str]:
    for number, table in enumerate(soup.find_all("table"), start=1):
        caption = table.find("caption")
        name = f"Tabelle »{_text(caption)[:60]}«" if caption else f"Die {number}. Tabelle"
        if caption is None or not _text(caption):
            yield f"{name} hat keine Beschriftung (caption)."
        headers = table.find_all("th")
        if not any(header.get("scope") == "col" for header in headers):
            yield f'{name} hat keine Spaltenköpfe (scope="col").'
        if any(header.get("scope") not in _SCOPES for header in headers):
            yield f"{name} hat eine Kopfzelle ohne scope."


def _check_self_contained(soup: BeautifulSoup) -> Iterator[str]:
    for name in _FORBIDDEN_ELEMENTS:
        if soup.find(name) is not None:
            yield f"Das Element »{name}« ist nicht erlaubt."
    for element in soup.find_all(True):
        for attribute, value in element.attrs.items():
            yield from _check_attribute(element.name, attribute.lower(), str(value))
    for style in soup.find_all("style"):
        for match in _CSS_LOADING.finditer(style.get_text()):
            yield f"Das Stylesheet lädt nach: {match.group(0)[:60]}"
    if soup.find("meta", attrs={"http-equiv": re.compile("^refresh$", re.IGNORECASE)}):
        yield "Die Seite lädt sich selbst neu (meta refresh)."


def _check_attribute(element: str, attribute: str, value: str) -> Iterator[str]:
    if attribute.startswith("on"):
        yield f"Das Element »{element}« reagiert mit Skript auf Ereignisse ({attribute})."
    elif attribute in _LOADING_ATTRIBUTES and not value.startswith(("data:", "#")):
        yield f"Das Element »{element}« lädt nach: {value[:60]}"
    elif attribute in {"href", "xlink:href"} and element != "a":
        if not value.startswith(("data:", "#")):
            yield f"Das Element »{element}« lädt nach: {value[:60]}"
    elif attribute == "style" and _CSS_LOADING.search(value):
        yield f"Das Element »{element}« lädt im Stil nach: {value[:60]}"


def _check_policy(soup: BeautifulSoup) -> Iterator[str]:
    name = re.compile("^content-security-policy$", re.IGNORECASE)
    meta = soup.find("meta", attrs={"http-equiv": name})
    rules = {rule.strip() for rule in str(meta.get("content", "")).split(";")} if meta else set()
    if not rules:
        yield "Die Sicherheitsrichtlinie (Content-Security-Policy) fehlt."
    elif rules != set(_REQUIRED_POLICY):
        yield "Die Sicherheitsrichtlinie (Content-Security-Policy) ist nicht die vorgesehene."


def _check_words(soup: BeautifulSoup) -> Iterator[str]:
    for text in _readable_texts(soup):
        for match in _LEFTOVER_WORDS.finditer(text):
            yield f"Im Text steht »{match.group(0)}«: {_excerpt(text, match)}"
        for match in _PLACEHOLDER.finditer(text):
            yield f"Im Text steht ein Platzhalter: {_excerpt(text, match)}"


def _readable_texts(soup: BeautifulSoup) -> Iterator[str]:
    for string in soup.find_all(string=True):
        if type(string).__name__ == "NavigableString" and string.strip():
            yield str(string)
    for attribute in ("aria-label", "alt", "title"):
        yield from _values_of(soup, attribute)


def _excerpt(text: str, match: re.Match[str]) -> str:
    return " ".join(text[max(match.start() - 25, 0) : match.end() + 25].split())


def _values_of(soup: BeautifulSoup, attribute: str) -> Iterator[str]:
    for element in soup.select(f"[{attribute}]"):
        yield str(element[attribute])


def _text(element: Tag) -> str:
    return " ".join(element.get_text().split())


_CHECKS: tuple[_Check, ...] = (
    _check_language,
    _check_headings,
    _check_ids,
    _check_landmarks,
    _check_skip_link,
    _check_references,
    _check_images,
    _check_figures,
    _check_tables,
    _check_self_contained,
    _check_policy,
    _check_words,
)
