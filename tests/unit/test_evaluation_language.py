"""The language of an evaluation: its key, a catalogue beside it; fingerprints, plans and bundles."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

import evalkit as ek
import pretended
from evalkit.batch.keys import asked_hash
from evalkit.catalogue import text
from evalkit.errors import EvaluationError
from evalkit.evaluation.bundle import read_bundle

MONTHS = [f"{year}-{month:02d}" for year in range(2015, 2019) for month in range(1, 13)]
PLAIN = 'contacts = "contacts.csv"\ncampaigns = "campaigns.csv"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [f"North,helpline,{month},{40 + number % 7}" for number, month in enumerate(MONTHS)]
    (tmp_path / "contacts.csv").write_text("\n".join(["region,channel,period,contacts", *rows, ""]), encoding="utf-8")
    (tmp_path / "campaigns.csv").write_text("campaign,region,launch,end\nspring,North,2018-03,\n", encoding="utf-8")
    (tmp_path / "wording").mkdir()
    return asked(tmp_path, "")


def asked(folder: Path, line: str) -> Path:
    (folder / "evaluation.toml").write_text(f"{line}\n{PLAIN}", encoding="utf-8")
    return folder


def with_welsh(folder: Path, place: str = "wording/cy.toml", **entries: object) -> Path:
    (folder / place).write_text(pretended.toml({**pretended.translated(), **entries}), encoding="utf-8")
    return asked(folder, 'language = "cy"')


def problem(folder: Path) -> str:
    with pytest.raises(EvaluationError) as raised:
        ek.read_inputs(folder)
    return str(raised.value)


def test_english_is_spoken_unless_something_else_is_asked_for(folder: Path) -> None:
    assert ek.load_evaluation(folder).wording.language == "en"
    assert "language" not in ek.load_evaluation(folder).settings


def test_a_catalogue_beside_the_file_is_found_and_everything_made_keeps_its_language(folder: Path) -> None:
    inputs = ek.read_inputs(with_welsh(folder))
    report = ek.evaluate_region(inputs, "North", issued="2019-02-01")
    effect = report.results[0].effect
    said = (report.summary(), effect.summary(), effect._repr_html_(), str(ek.checks_table(report.results)))
    assert all("«" in one for one in said)
    assert effect.rate_ratio.window is not None
    assert ek.plot_counterfactual(effect).get_ylabel().startswith("«")
    assert text("words.no") == "no"


def test_the_explorer_is_in_the_language_of_the_evaluation(folder: Path) -> None:
    view = ek.explorer_state(ek.read_inputs(with_welsh(folder)), model="segmented")
    assert view.error == ""
    shown = view.to_dict()
    assert all(said.startswith("«") for said in (view.sentence, view.claim_sentence, view.alt, shown["took"]))
    assert {said[0] for said in shown["words"].values()} == {"«"}
    assert all(label.startswith("«") for name in ("models", "windows") for _, label in shown["options"][name])


def test_a_catalogue_may_lie_elsewhere(folder: Path) -> None:
    with_welsh(folder, "ours.toml")
    asked(folder, 'language = "cy"\ncatalogue = "ours.toml"')
    assert ek.load_evaluation(folder).wording.entries["page"]["lang"] == pretended.CODE


def test_own_english_beside_the_file_stands_over_that_of_the_package(folder: Path) -> None:
    (folder / "wording" / "en.toml").write_text('[page]\nfind_help = "Support near you"\n', encoding="utf-8")
    assert ek.load_evaluation(folder).wording.entries["page"]["find_help"] == "Support near you"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('language = "eng"', "Unknown language 'eng'. Did you mean 'en'"),
        ('language = "cy"', "wording/cy.toml beside this file"),
        ('language = "../cy"', 'allowed: the code of a language, such as "en", "cy"'),
        ("language = 3", "allowed: text in quotes"),
        ('langauge = "cy"', "Did you mean 'language'"),
        ('language = "cy"\ncatalogue = "cy.toml"', "catalogue is 'cy.toml', but that file does not exist"),
    ],
)
def test_a_language_that_cannot_be_spoken_is_one_clear_error(folder: Path, line: str, said: str) -> None:
    assert said in problem(asked(folder, line))


def test_a_catalogue_that_is_not_whole_is_refused_before_anything_runs(folder: Path) -> None:
    with_welsh(folder, words={"no": "na"})
    assert "cy.toml lacks" in problem(folder)
    assert "[words.declared] 3" in problem(folder)


def test_a_catalogue_that_would_publish_counts_is_refused(folder: Path) -> None:
    with_welsh(folder, **pretended.translated(pretended.other_words))
    assert "leave numbers of contacts that English takes out" in problem(folder)


def test_a_pattern_that_is_none_is_refused(folder: Path) -> None:
    entries = pretended.translated()["disclosure"]
    entries["quoted"] = {**entries["quoted"], "short": "(NUMBER"}
    assert "a pattern is no regular expression" in problem(with_welsh(folder, disclosure=entries))


def test_the_words_are_part_of_what_was_asked_and_no_part_of_a_plan(folder: Path) -> None:
    english = ek.load_evaluation(folder)
    plan = ek.freeze_plan(folder, data_end="2018-12", frozen_on=dt.date(2018, 12, 1))
    hashes = [(english.fingerprint, asked_hash(english))]
    welsh = ek.load_evaluation(with_welsh(folder))
    hashes.append((welsh.fingerprint, asked_hash(welsh)))
    assert ek.deviations(plan, folder) == ()
    file = folder / "wording" / "cy.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("«Checks»", "«Profion»"), encoding="utf-8")
    changed = ek.load_evaluation(folder)
    hashes.append((changed.fingerprint, asked_hash(changed)))
    assert [len(set(found)) for found in zip(*hashes, strict=True)] == [3, 3]
    assert changed.settings["language"] == "cy"


def test_the_catalogue_travels_with_the_inputs(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    there = tmp_path_factory.mktemp("worker")
    bundle = read_bundle(with_welsh(folder))
    assert "wording/cy.toml" in bundle.files
    assert ek.load_evaluation(bundle.lay(there)).fingerprint == ek.load_evaluation(folder).fingerprint
    with_welsh(folder, "ours.toml")
    asked(folder, 'language = "cy"\ncatalogue = "ours.toml"')
    assert "ours.toml" in read_bundle(folder).files
