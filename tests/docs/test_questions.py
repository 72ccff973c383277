"""The twenty questions of the documents: each command runs, and its answer is as shown."""

import re
import shlex
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "twenty-questions.md"
QUESTIONS = re.findall(
    r"^([A-Z][^\n]*\?)\n\n```text\n\$ nmgeo ([^\n]*)\n(.*?)^```$",
    PAGE.read_text(encoding="utf-8"),
    flags=re.MULTILINE | re.DOTALL,
)


def test_there_are_twenty():
    assert len(QUESTIONS) == 20


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
@pytest.mark.parametrize(
    ("question", "command", "answer"), QUESTIONS, ids=[q for q, *_ in QUESTIONS]
)
def test_a_question_has_the_answer_that_a_reader_is_shown(
    run, monkeypatch, question, command, answer
):
    monkeypatch.setenv("COLUMNS", "400")  # no cell is wrapped
    words = shlex.split(command)
    done = run(*words, *([] if words[0] == "sheet" else ["--format", "table"]))

    assert done.exit_code == 0, question
    for line in answer.splitlines():
        assert line in done.output, question
