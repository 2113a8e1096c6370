"""A round that is published knows of those before it, or says that it does not; it cannot be forgotten in silence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import evalkit as ek
from evalkit.batch import overview
from evalkit.batch.chain import chained_plan, untold
from evalkit.batch.disclosure import INTERNAL_PLAN, manifest_entry, plan_files, read_previous
from evalkit.batch.input_hashes import input_hashes
from evalkit.batch.manifest import json_bytes, read_manifest
from evalkit.batch.reading import INPUTS
from evalkit.batch.remote_store import FsspecStore
from evalkit.batch.store import LocalStore, Store
from evalkit.cli import main
from evalkit.errors import UsageError
from evalkit.evaluation import DisclosureSettings
from evalkit.report.disclosure import words

MONTHS = [f"{2018 + month // 12}-{month % 12 + 1:02d}" for month in range(48)]
FILES = ("counts.csv", "suppressions.csv", "earlier-rounds.csv")


@pytest.fixture
def asked(tmp_path: Path) -> Callable[..., Path]:
    """Write an evaluation of two regions and return its file; counts may be revised, months added."""

    def write(*, months: int = 36, more: int = 0, small: int = 3, disclosure: str = "", name: str = "asked") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        rows = ["region,channel,period,contacts"]
        for number, region in enumerate(("North Vale", "South Vale")):
            for place, month in enumerate(MONTHS[:months]):
                count = small if place == 5 and not number else 40 + (7 * place + number) % 13 + more
                rows.append(f"{region},helpline,{month},{count}")
        (folder / "contacts.csv").write_text("\n".join(rows) + "\n")
        (folder / "campaigns.csv").write_text("campaign,region,launch\nc1,North Vale,2019-06-01\n")
        file = folder / "evaluation.toml"
        file.write_text(
            f'contacts = "contacts.csv"\ncampaigns = "campaigns.csv"\ntitle = "Chain"\nreference_launch = "2019-06"\n'
            f"{disclosure}"
        )
        return file

    return write


def publish(file: Path, store: Store, *, issued: str = "2026-01-15", **options: object) -> ek.DisclosurePlan:
    """What a run leaves of its plan: nothing is estimated."""
    inputs = ek.read_inputs(file)
    place = store.folder if isinstance(store, LocalStore) else store.address
    plan = chained_plan(inputs, place, **options).plan
    for name, content in plan_files(plan).items():
        store.write(name, content)
    store.write(INPUTS, json_bytes(input_hashes(inputs)))
    manifest = overview.manifest_of(inputs, [], issued=issued, started="s", disclosure=manifest_entry(plan))
    overview.write_manifest(store, manifest, overview.hashes_shown(inputs, plan))
    return plan


def test_a_first_round_needs_nothing_and_says_that_none_was_named(asked, tmp_path: Path) -> None:
    plan = publish(asked(), LocalStore(tmp_path / "rounds" / "q1"))
    assert (plan.held_against, plan.first_round) == ((), False)
    assert words.held_against(plan) == "No earlier round was named, so counts and totals were not held against one."
    stored = read_manifest((tmp_path / "rounds" / "q1" / "manifest.json").read_bytes()).disclosure
    assert (stored["held_against"], stored["first_round"]) == ([], False)


def test_a_second_round_beside_the_first_must_name_it(asked, tmp_path: Path) -> None:
    first = publish(asked(), LocalStore(tmp_path / "rounds" / "q1"))
    file, out = asked(months=39), tmp_path / "rounds" / "q2"
    with pytest.raises(UsageError, match=r"q1, issued 2026-01-15, is a round of the same series.*--previous .*q1"):
        chained_plan(ek.read_inputs(file), out)
    assert not out.exists()
    second = publish(file, LocalStore(out), previous=tmp_path / "rounds" / "q1", issued="2026-04-15")
    (named,) = second.held_against
    assert (named.issued, named.plan_hash) == ("2026-01-15", first.hash)
    assert "those of the earlier round of 15 January 2026" in words.held_against(second)
    stored = read_manifest((out / "manifest.json").read_bytes()).disclosure["held_against"]
    assert stored == [{"issued": "2026-01-15", "plan_hash": first.hash}]
    third = publish(asked(months=42), LocalStore(tmp_path / "rounds" / "q3"), previous=out)
    assert [one.issued for one in third.held_against] == ["2026-04-15"], "the first is reckoned with through the second"


def test_the_command_refuses_and_says_what_to_do(asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(asked(), LocalStore(tmp_path / "rounds" / "q1"))
    out = tmp_path / "rounds" / "q2"
    with pytest.raises(SystemExit) as stopped:
        main(["run", str(asked(months=39)), "--out", str(out)])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "--previous" in said
    assert "--first-round" in said
    assert not out.exists()


def test_it_may_be_declared_to_be_the_first_round(asked, tmp_path: Path) -> None:
    publish(asked(), LocalStore(tmp_path / "rounds" / "trial"))
    plan = publish(asked(more=3), LocalStore(tmp_path / "rounds" / "q1"), first_round=True)
    assert words.held_against(plan) == "This is declared to be the first round of these counts that is published."
    again = publish(asked(more=3), LocalStore(tmp_path / "rounds" / "q1"), resume=True)
    assert again.hash == plan.hash, "what is gone on with stays what it was declared to be"
    with pytest.raises(UsageError, match="Both an earlier round and --first-round"):
        publish(asked(), LocalStore(tmp_path / "rounds" / "q2"), first_round=True, previous=tmp_path / "rounds" / "q1")


def test_another_run_of_the_same_counts_is_no_other_round(asked, tmp_path: Path) -> None:
    """Other models, regions asked for, or a copy: nothing is told that this one does not tell itself."""
    for name in ("q1", "q1-again"):
        publish(asked(), LocalStore(tmp_path / "rounds" / name))


def test_a_round_whose_revision_shows_nowhere_must_name_the_one_before_too(asked, tmp_path: Path) -> None:
    """Tables alike, exact counts not: only estimates would differ, and so tell of it."""
    first = publish(asked(), LocalStore(tmp_path / "rounds" / "q1"))
    file = asked()
    contacts = file.with_name("contacts.csv")
    lines = contacts.read_text().splitlines()
    places = [place for place, line in enumerate(lines) if line.startswith("South Vale,helpline,2019-")]
    counts = {place: int(lines[place].rpartition(",")[2]) for place in places}
    up = next(place for place in places if round((counts[place] + 1) / 5) == round(counts[place] / 5))
    down = next(place for place in places if place != up and round((counts[place] - 1) / 5) == round(counts[place] / 5))
    for place, step in ((up, 1), (down, -1)):
        lines[place] = f"{lines[place].rpartition(',')[0]},{counts[place] + step}"
    contacts.write_text("\n".join(lines) + "\n")
    assert ek.disclosure_plan(ek.read_inputs(file)).cells == first.cells
    with pytest.raises(UsageError, match="no earlier round was named"):
        publish(file, LocalStore(tmp_path / "rounds" / "q2"))
    plan = publish(file, LocalStore(tmp_path / "rounds" / "q2"), previous=tmp_path / "rounds" / "q1")
    assert ("South Vale", "helpline") in plan.standing


def test_rounds_of_other_series_and_for_internal_use_stand_in_nobodys_way(asked, tmp_path: Path) -> None:
    rounds = tmp_path / "rounds"
    internal = '[disclosure]\nprofile = "internal"\n'
    publish(asked(disclosure=internal), LocalStore(rounds / "own"))
    other = asked(name="other")
    contacts = other.with_name("contacts.csv")
    contacts.write_text(contacts.read_text().replace("Vale", "Moor"))
    other.with_name("campaigns.csv").write_text("campaign,region,launch\nc1,North Moor,2019-06-01\n")
    publish(other, LocalStore(rounds / "moors"))
    publish(asked(months=39), LocalStore(rounds / "q1"))
    publish(asked(months=42, disclosure=internal), LocalStore(rounds / "own-again"))


def test_a_round_that_the_named_one_does_not_know_of_must_be_named_too(asked, tmp_path: Path) -> None:
    rounds = tmp_path / "rounds"
    publish(asked(), LocalStore(rounds / "q1"))
    publish(asked(more=3), LocalStore(rounds / "q1-other"), first_round=True)
    with pytest.raises(UsageError, match=r"q1-other.*tells of their counts what the round that was named does not"):
        publish(asked(months=39), LocalStore(rounds / "q2"), previous=rounds / "q1")
    plan = publish(asked(months=39), LocalStore(rounds / "q2"), previous=[rounds / "q1", rounds / "q1-other"])
    assert len(plan.held_against) == 2
    for name in ("q1", "q1-other"):
        assert not untold(read_previous(rounds / name), plan)


def test_a_new_quarter_is_not_written_over_the_last(asked, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "latest")
    publish(asked(), store)
    for resume in (True, False):
        with pytest.raises(UsageError, match="holds a round of the same series with other counts or periods"):
            publish(asked(months=39), store, resume=resume)
    with pytest.raises(UsageError, match="is where this run writes to"):
        publish(asked(months=39), store, previous=store.folder)


def test_counts_that_were_corrected_are_run_again_with_resume_and_a_note(asked, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "q1")
    publish(asked(), store)
    corrected = ek.read_inputs(asked(more=4))
    with pytest.raises(UsageError, match="give --resume"):
        chained_plan(corrected, store.folder)
    (note,) = chained_plan(corrected, store.folder, resume=True).notes
    assert "not held against it" in note


def test_a_resumed_run_keeps_to_the_round_that_it_was_held_against(asked, tmp_path: Path) -> None:
    publish(asked(), LocalStore(tmp_path / "published" / "q1"))
    file, store = asked(months=39), LocalStore(tmp_path / "rounds" / "q2")
    publish(file, store, previous=tmp_path / "published" / "q1")
    with pytest.raises(UsageError, match="Give the same --previous again"):
        publish(file, store, resume=True)


def test_the_evaluation_may_say_that_rounds_were_published(asked, tmp_path: Path) -> None:
    file = asked(disclosure="[disclosure]\npublished_before = true\n")
    with pytest.raises(UsageError, match="published_before = true"):
        publish(file, LocalStore(tmp_path / "rounds" / "q1"))
    publish(file, LocalStore(tmp_path / "rounds" / "q1"), first_round=True)


def test_simulated_contacts_are_nobodys(asked, tmp_path: Path) -> None:
    publish(asked(), LocalStore(tmp_path / "rounds" / "q1"))
    inputs = ek.read_inputs(asked(months=39))
    simulated = replace(inputs, contacts=replace(inputs.contacts, simulated=True))
    assert not chained_plan(simulated, tmp_path / "rounds" / "q2").notes


def test_published_files_alone_show_an_earlier_round(asked, tmp_path: Path) -> None:
    rounds = tmp_path / "rounds"
    publish(asked(), LocalStore(rounds / "q1"))
    (rounds / "q1" / INTERNAL_PLAN).unlink()
    with pytest.raises(UsageError, match="no earlier round was named"):
        publish(asked(months=39), LocalStore(rounds / "q2"))


def test_a_round_that_cannot_be_read_is_named_in_a_note(asked, tmp_path: Path) -> None:
    rounds = tmp_path / "rounds"
    publish(asked(), LocalStore(rounds / "q1"))
    (rounds / "q1" / INTERNAL_PLAN).write_text("{}")
    (note,) = chained_plan(ek.read_inputs(asked(months=39)), rounds / "q2").notes
    assert "q1 beside the output may be an earlier round" in note


def test_rounds_at_an_address_are_seen_too(asked) -> None:
    publish(asked(), FsspecStore("memory://chain/rounds/q1"))
    with pytest.raises(UsageError, match="memory://chain/rounds/q1, issued 2026-01-15"):
        chained_plan(ek.read_inputs(asked(months=39)), "memory://chain/rounds/q2")
    plan = chained_plan(
        ek.read_inputs(asked(months=39)), "memory://chain/rounds/q2", previous="memory://chain/rounds/q1"
    ).plan
    assert [one.issued for one in plan.held_against] == ["2026-01-15"]


def test_a_plan_keeps_its_chain_in_its_file(asked, tmp_path: Path) -> None:
    publish(asked(), LocalStore(tmp_path / "rounds" / "q1"))
    plan = publish(asked(months=39), LocalStore(tmp_path / "rounds" / "q2"), previous=tmp_path / "rounds" / "q1")
    back = ek.DisclosurePlan.from_json(plan.to_json())
    assert (back.held_against, back.over_same, back.hash) == (plan.held_against, plan.over_same, plan.hash)
    assert "held_against" not in json.loads(replace(plan, held_against=()).to_json())


# --- estimates of several rounds --------------------------------------------------------------------------------------

NORTH, SOUTH = ("North Vale", "helpline"), ("South Vale", "helpline")


def test_estimates_stand_where_counts_were_revised_by_less_than_shows(asked, tmp_path: Path) -> None:
    """3 became 5, which is left out as before: estimates made anew would be all that tells of it."""
    rounds = tmp_path / "rounds"
    first = publish(asked(), LocalStore(rounds / "q1"))
    second = publish(asked(small=5), LocalStore(rounds / "q2"), previous=rounds / "q1")
    assert second.published(*NORTH).equals(first.published(*NORTH))
    assert second.standing == {NORTH}
    third = publish(asked(small=5), LocalStore(rounds / "q3"), previous=rounds / "q2")
    assert third.standing == {NORTH}, "the round before it gave none either"
    assert ek.DisclosurePlan.from_json(third.to_json()).standing == {NORTH}
    assert third.part("South Vale").standing == frozenset()
    fourth = chained_plan(ek.read_inputs(asked(small=6, months=39)), rounds / "q4", previous=rounds / "q3")
    assert fourth.plan.standing == frozenset(), "new periods: something else than the revision moves the estimates"
    (note,) = fourth.notes
    assert "Counts of North Vale (helpline) that were in the earlier round were revised by less than" in note
    assert not chained_plan(ek.read_inputs(asked(small=5, months=39)), rounds / "q4", previous=rounds / "q3").notes


def test_estimates_stand_where_what_they_are_compared_with_was_revised_by_less_than_shows(
    asked, tmp_path: Path
) -> None:
    """South Vale has no campaign: placebos for North Vale are looked for there."""
    rounds = tmp_path / "rounds"
    publish(asked(), LocalStore(rounds / "q1"))
    file = asked()
    contacts = file.with_name("contacts.csv")
    before = contacts.read_text()
    (row,) = [line for line in before.splitlines() if line.startswith("South Vale,helpline,2018-02,")]
    count = int(row.rpartition(",")[2])
    moved = next(other for other in (count + 1, count - 1) if round(other / 5) == round(count / 5))
    contacts.write_text(before.replace(row, f"South Vale,helpline,2018-02,{moved}"))
    plan = publish(file, LocalStore(rounds / "q2"), previous=rounds / "q1")
    assert plan.standing == {NORTH, SOUTH}


@pytest.mark.parametrize("change", [{}, {"more": 5}, {"months": 39}], ids=["the same", "shown", "new months"])
def test_estimates_are_given_where_nothing_or_something_that_shows_was_revised(
    asked, tmp_path: Path, change: dict[str, int]
) -> None:
    rounds = tmp_path / "rounds"
    publish(asked(), LocalStore(rounds / "q1"))
    assert not publish(asked(**change), LocalStore(rounds / "q2"), previous=rounds / "q1").standing


# --- totals through rounds that gave none -----------------------------------------------------------------------------


@pytest.mark.parametrize("between", [{"profile": "internal"}, {"totals": ()}], ids=["internal", "no totals"])
def test_totals_over_the_same_series_are_given_again_after_a_round_without_them(
    asked, tmp_path: Path, between: dict[str, object]
) -> None:
    """A round between that told of no totals itself knows that those before were over its own series."""
    inputs = ek.read_inputs(asked())
    series = {key: inputs.contacts.series(*key) for key in inputs.contacts.keys()}  # noqa: SIM118
    first = ek.plan_disclosure(series)
    totals = {address for address, value in first.cells.items() if "(all)" in address and value is not None}
    assert totals
    middle = ek.plan_disclosure(series, DisclosureSettings(**between), previous=first)
    for name, content in plan_files(middle).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    third = ek.plan_disclosure(series, previous=read_previous(tmp_path))
    assert {address: third.cells[address] for address in totals} == {
        address: first.cells[address] for address in totals
    }
    if middle.profile.off:
        assert third.held_against == middle.held_against == ek.plan_disclosure(series, previous=first).held_against
    else:
        (tmp_path / INTERNAL_PLAN).unlink()
        assert ek.plan_disclosure(series, previous=read_previous(tmp_path)).cells == third.cells


def test_totals_over_other_series_stay_left_out_after_a_round_for_internal_use(asked) -> None:
    inputs = ek.read_inputs(asked())
    series = {key: inputs.contacts.series(*key) for key in inputs.contacts.keys()}  # noqa: SIM118
    added = {**series, ("East Vale", "helpline"): series["North Vale", "helpline"]}
    first = ek.plan_disclosure(series)
    middle = ek.plan_disclosure(added, DisclosureSettings(profile="internal"), previous=first)
    third = ek.plan_disclosure(added, previous=middle)
    given = {address for address, value in first.cells.items() if address[0] == "(all)" and value is not None}
    assert given
    assert all(third.cells[address] is None for address in given)
