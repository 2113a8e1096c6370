"""The audit of claims as pages, files and figures: words follow the numbers, accessible, marked where simulated."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pypdf
import pytest
from click.testing import CliRunner

from evalkit.claim import Audit, AuditClass, audit_claims, audit_file, audit_published
from evalkit.claim.own import counts_of_claims
from evalkit.cli import commands
from evalkit.contacts import read_contacts
from evalkit.errors import ReportError
from evalkit.registers import ClaimRow, Interval, read_claims
from evalkit.registers.rows import Source
from evalkit.report import audit_text, write_claims_audit
from evalkit.report.audit import audit_page, published_words, recomputed_words
from evalkit.report.disclosure import internal_mark
from evalkit.report.figures import claims as figures
from evalkit.vocab import Qualifier, StatisticType

ISSUED = dt.date(2026, 1, 5)
HOSTILE = '#eval("1") <script>alert(1)</script> $x^2$ \\input{x} 東京'


def year(number: int) -> Interval:
    return Interval(start=dt.date(number, 1, 1), end=dt.date(number, 12, 31))


def claim(name: str, statistic: StatisticType, value: float | None, **changes: object) -> ClaimRow:
    held = {"region": "Ashmere", "period": year(2018), "text": "As published.", "source": Source(citation="Newsletter")}
    return ClaimRow(claim_id=name, statistic_type=statistic, value=value, **(held | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def published() -> Audit:
    return audit_published()


@pytest.fixture(scope="module")
def files(published: Audit, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_claims_audit(published, tmp_path_factory.mktemp("audit"), issued=ISSUED)


@pytest.fixture
def hostile() -> Audit:
    rows = [
        claim("now", StatisticType.COUNT, 139, region=HOSTILE, text=HOSTILE),
        claim("rise", StatisticType.PERCENT_CHANGE, 65, region=HOSTILE, baseline=year(2017), baseline_value=84),
    ]
    return audit_claims(rows)


# --- contacts of one's own --------------------------------------------------------------------------------------------
def own_audit(tmp_path: Path, *, contacts: bool = True) -> Audit:
    rows = ["region,channel,period,contacts", "Ashmere,chat,2017,2", "Ashmere,chat,2018,3"]
    (tmp_path / "contacts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "own.csv").write_text(
        "claim_id,region,channel,statistic_type,value,period_start,period_end,baseline_start,baseline_end\n"
        "A,Ashmere,chat,ratio,3,2018-01-01,2018-12-31,2017-01-01,2017-12-31\n",
        encoding="utf-8",
    )
    return audit_file(tmp_path / "own.csv", contacts=tmp_path / "contacts.csv" if contacts else None)


def test_files_that_quote_counts_of_ones_own_are_marked_as_internal(tmp_path: Path) -> None:
    audit = own_audit(tmp_path)
    files = write_claims_audit(audit, tmp_path / "out", issued=ISSUED)
    page = files["page"].read_text(encoding="utf-8")
    assert "3 against 2" in page
    assert page.index(internal_mark()) < page.index("3 against 2")
    assert page.count(internal_mark()) == 2
    assert set(pd.read_csv(files["table"])["mark"]) == {internal_mark()}
    assert json.loads(files["json"].read_text(encoding="utf-8"))["mark"] == internal_mark()
    assert audit_text(audit).startswith(f"{internal_mark()}.\n")
    assert internal_mark() in audit._repr_html_()
    pdf = pypdf.PdfReader(files["pdf"])
    assert pdf.metadata is not None
    assert str(pdf.metadata["/Subject"]).startswith(internal_mark())
    assert internal_mark() in pdf.pages[0].extract_text()
    assert all(internal_mark() in " ".join(sheet.extract_text().split()) for sheet in pdf.pages)


def test_counts_that_were_handed_over_as_rows_are_marked_too(tmp_path: Path) -> None:
    own_audit(tmp_path)
    rows = read_claims(tmp_path / "own.csv")
    assert audit_claims(rows, counts_of_claims(rows, read_contacts(tmp_path / "contacts.csv"))).own_contacts
    assert not audit_claims(rows).own_contacts


def test_an_audit_of_published_figures_alone_is_not_marked(tmp_path: Path, files: dict[str, Path]) -> None:
    own = write_claims_audit(own_audit(tmp_path, contacts=False), tmp_path / "out", issued=ISSUED)
    for written in (files, own):
        assert not any(internal_mark().encode() in written[kind].read_bytes() for kind in ("page", "table", "json"))
        assert internal_mark() not in str((pypdf.PdfReader(written["pdf"]).metadata or {}).get("/Subject"))


def a_run(folder: Path, profile: str = "default") -> Path:
    """As much of a run's folder as says that it is one."""
    (folder / "internal").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"reports": [], "disclosure": {"profile": profile}}))
    return folder


@pytest.mark.parametrize("inside", ["", "claims"])
def test_counts_of_ones_own_are_not_written_among_published_files(tmp_path: Path, inside: str) -> None:
    audit, run = own_audit(tmp_path), a_run(tmp_path / "run")
    with pytest.raises(ReportError, match=r"run/ is a run that is published.*Name another folder, or run/internal"):
        write_claims_audit(audit, run / inside, issued=ISSUED)
    assert sorted(path.name for path in run.iterdir()) == ["internal", "manifest.json"]
    assert write_claims_audit(audit, run / "internal" / "claims", issued=ISSUED)["page"].exists()
    assert write_claims_audit(audit, a_run(tmp_path / "own", "internal"), issued=ISSUED)["page"].exists()


def test_an_audit_of_published_figures_may_stand_beside_a_run(tmp_path: Path) -> None:
    own = own_audit(tmp_path, contacts=False)
    assert write_claims_audit(own, a_run(tmp_path / "run") / "claims", issued=ISSUED)["page"].exists()


def test_the_command_marks_what_it_prints(tmp_path: Path) -> None:
    own_audit(tmp_path)
    asked = ["claims", str(tmp_path / "own.csv"), "--contacts", str(tmp_path / "contacts.csv"), "--json"]
    printed = CliRunner().invoke(commands, asked, standalone_mode=False)
    assert json.loads(printed.output)["mark"] == internal_mark()


# --- files ------------------------------------------------------------------------------------------------------------
def test_page_pdf_table_and_json_are_written(files: dict[str, Path], published: Audit) -> None:
    assert {kind: path.name for kind, path in files.items()} == {
        "page": "claims.html",
        "pdf": "claims.pdf",
        "table": "claims.csv",
        "json": "claims.json",
    }
    assert len(pd.read_csv(files["table"])) == 276
    assert json.loads(files["json"].read_text(encoding="utf-8"))["counts"]["cannot be checked"] == 119


def test_the_page_names_every_figure_with_its_source(files: dict[str, Path], published: Audit) -> None:
    page = files["page"].read_text(encoding="utf-8")
    assert all(f'id="{one.claim.claim_id}"' in page for one in published)
    assert "2.03 (1.92 to 2.15; 1.79 to 2.31)" in page
    assert page.count("<svg") == 4
    assert page.count("<desc id=") == 4
    assert not re.search(r"(?:src|href)=\"https?:", page)


def test_the_pdf_meets_both_standards(files: dict[str, Path], hostile: Audit, tmp_path: Path) -> None:
    page = pytest.importorskip("page", reason="page-validation is not installed")
    pdfs = [files["pdf"], write_claims_audit(hostile, tmp_path, simulated=True)["pdf"]]
    profiles = (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_2A)
    reports = [page.validate_pdf(str(path), profile=profile) for path in pdfs for profile in profiles]
    assert [failure for report in reports if not report.is_compliant for failure in report.failures] == []


def test_long_tables_repeat_their_headings_on_every_page(files: dict[str, Path]) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not on this machine")
    done = subprocess.run(
        ["pdftotext", "-layout", str(files["pdf"]), "-"], capture_output=True, text=True, check=True, timeout=60
    )
    pages = done.stdout.split("\f")[:-1]
    tables = [page for page in pages[4:-1] if "How sure is a change" not in page]
    assert len(tables) > 15
    assert all("Claim and source" in page for page in tables)


def test_the_same_audit_gives_the_same_bytes(hostile: Audit, tmp_path: Path) -> None:
    one, two = (write_claims_audit(hostile, tmp_path / name, issued=ISSUED) for name in ("one", "two"))
    assert {kind: path.read_bytes() for kind, path in one.items()} == {
        kind: path.read_bytes() for kind, path in two.items()
    }


def test_hostile_names_stay_text_and_simulated_data_say_so(hostile: Audit, tmp_path: Path) -> None:
    page = write_claims_audit(hostile, tmp_path, simulated=True)["page"].read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page
    assert page.count("Simulated data") >= 3


def test_an_audit_without_claims_can_be_written(tmp_path: Path) -> None:
    assert write_claims_audit(audit_claims([]), tmp_path)["pdf"].stat().st_size > 1000


# --- words ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "words"),
    [
        (claim("a", StatisticType.PERCENT_CHANGE, 46, baseline=year(2016)), "+46 %, 2018 against 2016"),
        (claim("a", StatisticType.RATIO, 3, qualifier=Qualifier.ALMOST), "almost 3 times, 2018"),
        (claim("a", StatisticType.COUNT, 1800, qualifier=Qualifier.MORE_THAN), "more than 1,800 contacts, 2018"),
        (claim("a", StatisticType.SHARE, 82, period=None), "82 %"),
        (claim("a", StatisticType.QUALITATIVE, None, period=None), "in words only"),
        (claim("a", StatisticType.RATIO, 3, period=None, baseline_text="not given"), "3 times"),
    ],
)
def test_what_was_published_in_a_few_words(row: ClaimRow, words: str) -> None:
    assert published_words(audit_claims([row])[0].claim) == words


def test_what_was_recomputed_in_a_few_words(published: Audit) -> None:
    words = {name: recomputed_words(published.by_id[name]) for name in ("C086", "C007", "C063", "C012")}
    assert words == {
        "C086": "1.65 (1.26 to 2.17; 0.90 to 3.03)",
        "C007": "2,818 to 2,834",
        "C063": "1,872 or more",
        "C012": "–",
    }


def test_the_headline_counts_every_class(published: Audit) -> None:
    page, _ = audit_page(published, issued=ISSUED)
    assert all(str(number) in page["headline"] for number in published.counts.values())
    assert [tile["value"] for tile in page["tiles"]] == ["25", "95", "37", "119"]
    assert sum(len(section["rows"]) for section in page["sections"]) == 276


def test_findings_are_only_said_where_the_register_has_them() -> None:
    page, shown = audit_page(audit_claims([claim("a", StatisticType.COUNT, 5)]))
    assert (page["findings"], page["comparisons"], shown) == ([], [], ())


def test_a_reason_said_before_is_referred_to(published: Audit) -> None:
    page, _ = audit_page(published)
    rows = {row["id"]: row for section in page["sections"] for row in section["rows"]}
    assert rows["C201"]["brief"][0].startswith("As for C")
    assert "690 against 268" in rows["C201"]["reasons"][0]


def test_the_text_lists_every_contradiction(published: Audit) -> None:
    text = audit_text(published)
    assert text.startswith("276 published figures\n")
    charged = [one.claim.claim_id for one in published if one.audit_class is AuditClass.CONTRADICTED]
    assert all(f"  {name} " in text for name in charged)


# --- figures ----------------------------------------------------------------------------------------------------------
def test_every_recomputed_change_has_a_row_contradicted_first(published: Audit) -> None:
    rows = figures.claim_rows(published)
    assert len(rows) == 27
    assert rows[0].label.endswith("(C008)")
    assert not rows[0].clear
    assert all(row.outer.lower <= row.inner.lower <= row.value <= row.inner.upper <= row.outer.upper for row in rows)


def test_implied_figures_stand_beside_the_published_ones(published: Audit) -> None:
    rows = {label: (known, implied) for label, known, implied in figures.implied_rows(published)}
    known, implied = rows["South East, combined, 2016"]
    assert (known, implied.lower, implied.upper) == (4776, 2818, 2834)


def test_the_change_against_other_regions(published: Audit) -> None:
    comparison = published.by_id["C093"].comparison
    assert comparison is not None
    ax = figures.plot_comparison(comparison)
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels[0].startswith("Tyne and Wear")
    assert labels[-2:] == ["all with no known campaign, 2.6 times as many", "UK as a whole, 2.2 times as many"]
    assert sum("(campaign)" in label for label in labels) == 4


def test_descriptions_come_from_the_numbers(published: Audit) -> None:
    comparison = published.by_id["C093"].comparison
    assert comparison is not None
    assert figures.describe_comparison(comparison).endswith("Relative to UK: 0.61 (0.49 to 0.76).")
    described = figures.describe_claims(published, simulated=True)
    assert described.startswith("Simulated data. Dot-and-whisker chart of 27 changes")
    assert "wholly outside the wider interval in one: North West" in described
    assert "South East" in figures.describe_implied(published) or "London" in figures.describe_implied(published)
    assert figures.describe_claims([]) == "Dot-and-whisker chart of 0 changes recomputed from two published counts."


def test_figures_of_an_empty_audit_are_drawn() -> None:
    assert figures.plot_claims([]).get_title() == ""
    assert figures.plot_implied([], simulated=True).texts
