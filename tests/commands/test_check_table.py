"""Own tables: what is wrong is said row by row, and every column is described."""

import pytest

import nmgeo as nm
from nmgeo.errors import LayerError, UsageError

CLAIMS = "subject,attribute,value,unit,as_of,source\n"
GOOD = "新田,jobs,300000,jobs,2025-11-20,press release\n"
POLICIES = "policy_id,name_en,kind,holds_for,valid_from,valid_to,as_of,source\n"
PLAN = "ours,Our plan,plan,Sha Ling,{start},{end},2026,our paper\n"


@pytest.fixture
def checked(tmp_path):
    def check(text, table=None):
        file = tmp_path / "own.csv"
        file.write_text(text, encoding="utf-8")
        return nm.check_table(file, table=table)

    return check


def test_a_table_without_faults_has_no_rows(checked):
    rows = checked(CLAIMS + GOOD)

    assert len(rows) == 0
    assert (rows.attrs["table"], rows.attrs["rows_count"]) == ("claims", 1)
    nm.require_valid_rows(rows)


@pytest.mark.parametrize(
    ("row", "field", "wrong"),
    [
        ("新田,jobs,300000,jobs,2025-11-20,\n", "source", "no value"),
        ("新田,jobs,300000,jobs,,paper\n", "as_of", "no value"),
        ("新田,jobs,300000,jobs,03/04/2026,paper\n", "as_of", "not a date"),
        ("nias,project_cost_min,plenty,HKD,2026,paper\n", "value", "not a value in HKD"),
        ("atlantis,jobs,1,jobs,2026,paper\n", "subject", "no site or place is called atlantis"),
        ("新田,area,1,acres,2026,paper\n", "unit", "unknown unit"),
        ("新田,jobs,1,jobs,2026,paper,more\n", "", "7 cells, expected 6"),
        ("新田,jobs,1,jobs,2026,=HYPERLINK(1)\n", "source", "formula"),
        ("新田,jobs,1,jobs,2026,@x\n", "source", "formula"),
    ],
)
def test_a_fault_is_named_with_line_and_column(checked, row, field, wrong):
    found = checked(CLAIMS + GOOD + row)

    assert found["line_number"].tolist() == [3]
    assert found["field"].tolist() == [field]
    assert wrong in found["wrong"].iloc[0]
    with pytest.raises(LayerError, match="1 fault in 1 line"):
        nm.require_valid_rows(found)


@pytest.mark.parametrize(
    ("first", "second", "faults"),
    [
        (("2024", "2024"), ("2025", ""), 0),
        (("2024", "2025-06"), ("2025-06-30", ""), 1),
        (("2024", ""), ("2026", ""), 1),
        (("2025", "2024"), ("2026", ""), 1),
    ],
)
def test_validity_must_not_overlap(checked, first, second, faults):
    rows = [PLAN.format(start=start, end=end) for start, end in (first, second)]

    assert len(checked(POLICIES + "".join(rows))) == faults


@pytest.mark.parametrize(
    ("column", "value"), [("kind", "wish"), ("holds_for", "atlantis"), ("kind", "")]
)
def test_a_value_of_a_policy_is_checked(checked, column, value):
    header = POLICIES.strip().split(",")
    row = PLAN.format(start="2024", end="").strip().split(",")
    row[header.index(column)] = value

    assert checked(POLICIES + ",".join(row) + "\n")["field"].tolist() == [column]


@pytest.mark.parametrize(
    ("limit", "faults"), [("lots", 1), ("at most 2 projects", 0), ("一億元", 0)]
)
def test_a_threshold_holds_a_figure(checked, limit, faults):
    head, row = POLICIES.strip(), PLAN.format(start="2024", end="").strip()

    assert len(checked(f"{head},threshold\n{row},{limit}\n")) == faults


def test_a_missing_column_is_a_fault_of_the_header(checked):
    rows = checked("subject,attribute,value,unit\n新田,jobs,1,jobs\n")

    assert rows["field"].tolist() == ["as_of", "source"]
    assert set(rows["line_number"]) == {1}


def test_a_status_of_one_day_is_given_once(checked):
    rows = checked("policy_id,status,as_of,source\nours,open,2026,a\nours,closed,2026,b\n")

    assert rows["wrong"].tolist() == ["repeats line 2"]


def test_columns_of_no_table_are_one_line(checked):
    with pytest.raises(UsageError, match="those of no table"):
        checked("a,b\n1,2\n")
    with pytest.raises(UsageError, match="unknown"):
        checked(CLAIMS + GOOD, table="wishes")


def test_a_hundred_thousand_rows_are_checked_whole(checked):
    rows = checked(CLAIMS + GOOD * 100_000 + "atlantis,jobs,1,jobs,2026,paper\n")

    assert rows["line_number"].tolist() == [100_002]


@pytest.mark.parametrize("lang", ["en", "tc", "sc"])
@pytest.mark.parametrize("table", ["policies", "claims", "statuses", "attributes"])
def test_every_column_of_a_table_is_described(table, lang):
    rows = nm.table_fields(table, lang=lang)

    assert (rows[["values", "meaning"]] != "").all(axis=None)
    assert rows["required"].any()


def test_the_command_line_ends_with_a_log_and_code_4(run, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text(CLAIMS + "atlantis,jobs,many,jobs,03/04/2026,\n", encoding="utf-8")
    done = run("check", file, "--format", "csv")

    assert done.exit_code == 4
    assert done.stdout.splitlines()[0] == "line_number,field,written,wrong,remedy"
    assert len(done.stdout.splitlines()) == 5
    assert "4 faults in 1 line" in done.stderr
    assert run("schema", "policies", "--lang", "tc", "--format", "table").exit_code == 0


@pytest.mark.parametrize(
    ("row", "field", "wrong"),
    [
        ("新田,area,5,HKD,2026,paper\n", "unit", "unknown unit"),
        ("新田,area_phase1,5,jobs,2026,paper\n", "unit", "unknown unit"),
        ("新田,jobs,-5,jobs,2026,paper\n", "value", "not a value in jobs"),
        ("新田,area,-0.5,ha,2026,paper\n", "value", "not a value in ha"),
        ("新田,jobs,5,jobs,2999,paper\n", "as_of", "a date in the future"),
        ("新田,jobs,5,jobs,2999-02-30,paper\n", "as_of", "not a date"),
    ],
)
def test_what_the_check_finds_is_refused_by_the_commands_too(run, tmp_path, row, field, wrong):
    file = tmp_path / "own.csv"
    file.write_text(CLAIMS + row, encoding="utf-8")

    assert nm.check_table(file)[["field", "wrong"]].to_numpy().tolist() == [[field, wrong]]
    done = run("claims", "jobs", "--claims", file)
    assert done.exit_code == 4
    assert f"line 2, {field}" in done.stderr
    assert wrong in done.stderr


def test_the_id_of_a_shipped_policy_is_a_fault_of_the_row(checked):
    rows = checked(POLICIES + PLAN.format(start="2024", end="").replace("ours", "nias"))

    assert rows["wrong"].tolist() == ["nias is the id of a shipped policy"]


def test_a_level_below_the_datum_is_no_fault(checked):
    assert len(checked(CLAIMS + "新田,height_limit,-3.5,mPD,2026,paper\n")) == 0


@pytest.mark.parametrize(
    ("attributes", "said"),
    [(["jbos"], r"jbos \(did you mean jobs\?\)"), (["rent", "lease"], "rent, lease")],
)
def test_an_attribute_of_ones_own_is_said_and_is_no_fault(checked, attributes, said):
    rows = "".join(f"新田,{attribute},5,text,2026,paper\n" for attribute in attributes)
    with pytest.warns(nm.Notice, match=f"no published figure has the attribute {said}$"):
        assert len(checked(CLAIMS + rows)) == 0


def test_faults_are_counted_whole_when_only_the_first_are_listed(run, tmp_path):
    file = tmp_path / "own.csv"
    rows = [f"atlantis{n},jobs,many{n},jobs,soon,\n" for n in range(400)]
    file.write_text(CLAIMS + "".join(rows), encoding="utf-8")

    first, every = (run("check", file, "-f", "csv", *more) for more in ((), ("--all",)))

    assert len(first.stdout.splitlines()) == 1_001
    assert len(every.stdout.splitlines()) == 1_601
    assert "read as a table of claims: 400 rows checked, 1,600 faults" in first.stderr
    assert "the first 1,000 are listed; --all lists all" in first.stderr
    assert "1600 faults in 400 lines" in first.stderr
    assert "--all" not in every.stderr
