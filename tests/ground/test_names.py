"""Names: what sorts them as a reader does."""

from nmgeo.names import natural_key


def test_numbers_in_names_are_sorted_by_value_however_long_they_are():
    long, longer = "9" * 5_000, "1" + "0" * 5_000
    right = ["9", "10", long, longer, "lot", "lot 2", "lot 2a", "lot 10", "x"]

    assert sorted(set(right), key=natural_key) == right
