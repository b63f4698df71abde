"""Each rule of the report fails on a page that breaks it."""

from __future__ import annotations

import pytest

from analysis.report import check
from analysis.report.check import check_html

BREAKAGES = [
    ("<h1>", "<h1>Zweite</h1><h1>", "Genau eine Überschrift h1"),
    ('<h3 id="fallzahlen-eingang">', '<h5 id="fallzahlen-eingang">', "überspringt eine Ebene"),
    ("<h3 ", "<h4>vorab</h4><h3 ", "überspringt eine Ebene"),
    ('id="fuss"', 'id="kopf"', "»kopf« kommt 2-mal vor"),
    ('<html lang="de">', '<html lang="en">', "nicht als Deutsch"),
    ("<main ", "<div ", "»main« fehlt"),
    ("<footer ", "<div ", "»footer« fehlt"),
    ('aria-labelledby="inhalt-titel"', "", "keinen Namen"),
    ('href="#hauptinhalt"', 'href="#inhalt"', "Sprunglink"),
    ('role="img" aria-label="', 'role="img" data-x="', "keinen Alternativtext"),
    ('aria-label="Die Anträge bleiben', 'aria-label="Kurz"  data-x="', "hat 4 Zeichen"),
    ('aria-label="Die Anträge bleiben', f'aria-label="{"lang" * 80} ', "zulässig sind 20 bis 300"),
    ('aria-label="Die Anträge bleiben',
     'aria-label="Seit der Reform gehen doppelt so viele Anträge ein" data-x="',
     "wiederholt nur den Titel"),
    ('role="img" ', "", "nicht als Bild ausgezeichnet"),
    ("<caption ", "<p ", "keine Beschriftung (caption)"),
    (' scope="row"', "", "ohne scope"),
    (' scope="col"', ' scope="row"', "keine Spaltenköpfe"),
    ("<table>", "<div>", "fehlt die Datentabelle"),
    ("<figcaption>", "<div>", "keine Beschriftung (figcaption)"),
    ("</body>", "<script></script></body>", "»script« ist nicht erlaubt"),
    ("</body>", '<iframe title="x"></iframe></body>', "»iframe« ist nicht erlaubt"),
    ("</head>", '<link rel="icon" href="data:,"></head>', "»link« ist nicht erlaubt"),
    ("<style>", '<style>@import "x.css";', "Stylesheet lädt nach"),
    ("<style>", "<style>a{background:url(https://example.org/a.png)}", "Stylesheet lädt nach"),
    ("</body>", '<img alt="Ein Bild mit langem Text" src="http://example.org/a.png"></body>',
     "»img« lädt nach"),
    ("</body>", '<p style="background:url(//example.org)">x</p></body>', "lädt im Stil nach"),
    ("<footer ", '<footer onclick="x()" ', "reagiert mit Skript"),
    ("</body>", "<a href='javascript:x()'>x</a></body>", "unzulässige Adresse"),
    ("</body>", "<a href='data:text/csv,a'>x</a></body>", "unzulässige Adresse"),
    ("</body>", "<a href='//example.org/a.csv'>x</a></body>", "unzulässige Adresse"),
    ("</body>", "<a href='berechnung/fehlt.csv'>x</a></body>", "nicht zum Bericht gehört"),
    ("</body>", "<a href='../geheim.csv'>x</a></body>", "nicht zum Bericht gehört"),
    ("</body>", "<a href='berechnung/../stellen.csv'>x</a></body>", "nicht zum Bericht gehört"),
    ("</body>", "<a href='berechnung/stellen.csv?x'>x</a></body>", "nicht zum Bericht gehört"),
    ("</body>", "<a href='/etc/passwd'>x</a></body>", "nicht zum Bericht gehört"),
    ("</body>", "<a href=''>x</a></body>", "nicht zum Bericht gehört"),
    ("</body>", "<a href='#nirgends'>x</a></body>", "führt ins Leere"),
    ('aria-labelledby="quellen"', 'aria-labelledby="nirgends"', "verweist auf nichts"),
    ("default-src 'none'", "default-src *", "nicht die vorgesehene"),
    ('http-equiv="Content-Security-Policy"', 'name="x"', "Content-Security-Policy) fehlt"),
    ('<meta name="generator"', '<meta http-equiv="refresh" content="5"><meta name="generator"',
     "lädt sich selbst neu"),
    *(
        ("</footer>", f"<p>Wert: {word}.</p></footer>", f"steht »{word}«")
        for word in ("nan", "NaN", "None", "NaT", "inf", "-inf", "Traceback", "FutureWarning")
    ),
    ("</footer>", "<p>Ende {monat} waren</p></footer>", "Platzhalter"),
    ("</footer>", "<p>{{ x }}</p></footer>", "Platzhalter"),
    ('role="img" aria-label="', 'role="img" aria-label="nan ', "steht »nan«"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), BREAKAGES)
def test_a_broken_page_is_reported(
    html: str, files: dict[str, bytes], old: str, new: str, message: str
) -> None:
    assert old in html
    count = -1 if old.strip() in {"<caption", 'scope="col"'} else 1
    problems = check_html(html.replace(old, new, count), files=files)
    assert any(message in problem for problem in problems), problems


def test_links_to_files_of_the_report_are_allowed(html: str, files: dict[str, bytes]) -> None:
    assert sorted(files) == ["berechnung/besetzung-2025.csv", "berechnung/stellen.csv"]
    assert check_html(html, files=files) == []

    missing = [problem for problem in check_html(html) if "nicht zum Bericht gehört" in problem]
    assert len(missing) == len(files)


def test_a_file_that_is_too_large_is_reported(html: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "MAX_BYTES", 1000)
    assert any("größer als" in problem for problem in check_html(html))


@pytest.mark.parametrize(
    "text", ["Nancy aus Nantes", "Informationen", "No-nonsense", "Warnung", "im Jahr 2024 (nein)"]
)
def test_ordinary_words_are_no_leftovers(html: str, files: dict[str, bytes], text: str) -> None:
    page = html.replace("</footer>", f"<p>{text}</p></footer>")
    assert check_html(page, files=files) == []


def test_an_empty_page_has_many_problems_but_no_crash() -> None:
    assert len(check_html("")) > 5
