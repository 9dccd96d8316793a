"""The instructor's pack: plans that keep their laws, pages that hold what a teacher needs."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from msgan_lessons.__main__ import main
from msgan_lessons.classroom.exercises import Function
from msgan_lessons.classroom.teaching import TeachingNotes, band, measured
from msgan_lessons.editions.pack import (
    CORE,
    EXPLORE,
    HOMEWORK,
    Part,
    Slot,
    _code,
    arrange,
    day_plan,
    exercise_texts,
    figures_of,
    in_order,
    lead_words,
    pack_page,
    plain,
    semester_plan,
    summary_points,
    write_pack,
)
from msgan_lessons.editions.source import find_stubs, read_notebook
from msgan_lessons.runs.html import markdown_to_html
from msgan_lessons.runs.lessons import find_lessons

LESSONS = find_lessons()
ROOT = Path(__file__).parents[2]
_one = 1
HEADINGS = ("Guess first", "Formula", "Symbols", "In code", "Check", "Explore", "Experiment",
            "Check: on any machine", "What we saw", "Exercises", "Summary")  # fmt: skip
NEEDED = ("What it builds on", "Minutes in class", "The guess", "Misconceptions, and",
          "Exercises with answers", "What to expect on the screen", "Parameters")  # fmt: skip


def lesson(name, needed=(), **minutes):
    return TeachingNotes(name, tuple(needed), (), minutes, (), ())


@st.composite
def courses(draw, longest=30):
    """Lessons with minutes and with prerequisites that lead in no circle, numbered at random."""
    n = draw(st.integers(1, 7))
    names = [f"{i:02d}_lesson" for i in draw(st.permutations(range(n)))]
    course = []
    for i, name in enumerate(names):
        needed = tuple(draw(st.sets(st.sampled_from(names[:i])))) if i else ()
        sections = draw(st.sets(st.sampled_from(HEADINGS), min_size=1)) | {"Formula"}
        minutes = {h: draw(st.integers(1, longest)) for h in HEADINGS if h in sections}
        course.append(lesson(name, needed, **minutes))
    return draw(st.permutations(course))


def slots_of(plan):
    return [slot for session in plan.sessions for slot in session.slots]


def tried(make, *arguments):
    """The plan, or the sentence by which it is refused."""
    try:
        return make(*arguments)
    except ValueError as error:
        return str(error)


def check_sessions(plan, room):
    """No session over its time or empty; sections in order; prerequisites before."""
    assert all(
        session.slots and session.used <= session.minutes <= room for session in plan.sessions
    )
    slots = slots_of(plan)
    assert len(set(slots)) == len(slots)
    for a, b in pairwise(slots):
        assert a.lesson != b.lesson or HEADINGS.index(a.section) < HEADINGS.index(b.section)
    taught = list(dict.fromkeys(slot.lesson for slot in slots))
    assert [a for a, b in pairwise(s.lesson for s in slots) if a != b] == taught[:-1]
    return taught


@settings(max_examples=80, deadline=None)
@given(courses(), st.integers(1, 12), st.integers(20, 120))
def test_a_semester_keeps_its_laws(course, weeks, minutes):
    by_name = {one.lesson: one for one in course}
    plan = tried(semester_plan, course, weeks, minutes)
    if isinstance(plan, str):
        assert "must leave room for a lesson" in plan
        return
    taught = check_sessions(plan, minutes)
    assert len(plan.sessions) <= weeks
    chosen = set(by_name) - set(plan.left_out)
    everything = {Slot(name, h, m) for name in chosen for h, m in by_name[name].minutes.items()}
    assert set(slots_of(plan)) | set(plan.homework) == everything
    assert not set(slots_of(plan)) & set(plan.homework)
    assert {slot.section for slot in plan.homework} <= set(HOMEWORK)
    for name in chosen:
        assert set(by_name[name].prerequisites) <= chosen
        before = taught[: taught.index(name)] if name in taught else taught
        assert set(by_name[name].prerequisites) & set(taught) <= set(before)
    if sum(sum(one.minutes.values()) for one in course) <= minutes:
        assert not plan.left_out
        assert not plan.homework


@settings(max_examples=80, deadline=None)
@given(courses(), st.integers(30, 400), st.integers(30, 120))
def test_a_day_keeps_its_laws(course, minutes, block):
    by_name = {one.lesson: one for one in course}
    plan = tried(day_plan, course, minutes, block)
    if isinstance(plan, str):
        assert re.search("the core of .* does not fit", plan)
        return
    taught = check_sessions(plan, block)
    assert sum(session.minutes for session in plan.sessions) <= minutes
    assert not set(taught) & set(plan.told)
    slots = slots_of(plan)
    for name in taught:
        sections = [slot.section for slot in slots if slot.lesson == name]
        assert [s for s in sections if s != EXPLORE] == [
            h for h in by_name[name].minutes if h in CORE
        ]
        before = taught[: taught.index(name)]
        assert set(by_name[name].prerequisites) <= {*before, *plan.told}


@settings(max_examples=40, deadline=None)
@given(courses())
def test_lessons_follow_by_number_unless_they_build_on_a_later_one(course):
    ordered = [one.lesson for one in in_order(course)]
    assert sorted(ordered) == sorted(one.lesson for one in course)
    for one in course:
        assert all(ordered.index(p) < ordered.index(one.lesson) for p in one.prerequisites)
    free = [lesson(one.lesson) for one in course]
    assert [one.lesson for one in in_order(free)] == sorted(ordered)


def test_sections_are_laid_out_with_as_few_split_lessons_as_can_be():
    slots = [Slot("a", "Formula", 40), Slot("b", "Formula", 30), Slot("b", "Check", 30)]
    assert [session.used for session in arrange(slots, [70, 70])] == [40, 60]
    assert [session.used for session in arrange(slots, [70, 30])] == [70, 30]
    assert arrange(slots, [70, 20]) is arrange(slots, [30, 90, 90]) is None
    assert arrange([], [90]) == []


def test_homework_grows_in_the_stated_order_and_comes_back_where_there_is_time():
    def homework(course, *room):
        return {(s.lesson, s.section) for s in semester_plan(course, *room).homework}

    course = [lesson(n, Formula=50, Exercises=20, Symbols=15) for n in ("01_a", "02_b")]
    exercises = {("01_a", "Exercises"), ("02_b", "Exercises")}
    assert homework(course, 2, 90) == set()
    assert homework(course, 2, 80) == exercises
    longer = [*course, lesson("03_c", Formula=80, Symbols=5)]
    assert homework(longer, 3, 80) == exercises | {("03_c", "Symbols")}


def test_a_day_tells_what_does_not_fit_the_nearest_lessons_first():
    course = [
        lesson("01_a", Formula=30),
        lesson("02_b", ["01_a"], Formula=30),
        lesson("03_c", ["02_b"], Formula=30, Explore=20),
        lesson("04_d", ["03_c"], Formula=9),
    ]
    plan = day_plan(course, 60, 60)
    assert [slot.lesson for slot in slots_of(plan)] == ["02_b", "03_c"]
    assert plan.told == ("01_a",)
    whole = day_plan(course, 120, 60)
    assert [slot.section for slot in slots_of(whole)].count(EXPLORE) == 1
    assert day_plan(course, 120, 60, goal="01_a").told == ()


def test_wrong_numbers_and_goals_are_one_sentence():
    course = [lesson("01_a", Formula=30)]
    for call, sentence in (
        (lambda: semester_plan(course, 0), "weeks must be a whole number of at least 1, got 0"),
        (lambda: semester_plan(course, 1, 2), "weeks and minutes must leave room for a lesson"),
        (lambda: semester_plan([]), "at least one lesson, got none"),
        (lambda: day_plan(course, 60, 0), "block must be a whole number of at least 1, got 0"),
        (lambda: day_plan(course, 20), "the core of 01_a does not fit into a day of 20 minutes"),
        (lambda: day_plan(course, goal="b"), "goal must be one of the lessons, got 'b'"),
        (lambda: semester_plan([lesson("01_a", ["01_b"]), lesson("01_b", ["01_a"])]), "a circle"),
    ):
        with pytest.raises(ValueError, match=sentence):
            call()


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    assert len(write_pack(LESSONS, folder, {})) == 2
    return folder


def test_every_lesson_has_a_page_with_all_that_a_teacher_needs_and_its_answers(pack):
    key = (pack / "answer_key.md").read_text("utf-8")
    for one in LESSONS:
        page = (pack / "lessons" / f"{one.name}.md").read_text("utf-8")
        for heading in NEEDED:
            assert f"\n## {heading}" in page
        assert one.question in page
        assert one.document in page
        assert page.count("(seen)") == 1
        assert page.count("\nAsk: ") >= 3
        minutes = re.findall(r"^\| [^|]+ \| (\d+) \|$", page, re.M)
        assert f"| **{sum(map(int, minutes))}** |" in page
        stubs = find_stubs(read_notebook(one.path), one.name)
        solutions = re.findall(r"```python\n(.*?)```", page, re.S)
        assert len(solutions) == len(stubs)
        assert "..." not in solutions[0]
        for stub in stubs:
            part = key.split(f"### Exercise {stub.number}\n")[1].split("\n##")[0]
            assert re.search(r"\A\s+\*\*(Read|Change|Build)\.\*\* ", part)
            assert "```python" in part
            assert "Typical wrong answers, and what to say:" in part


def test_the_page_needs_no_script_no_network_and_no_other_file(pack):
    page = (pack / "pack.html").read_text("utf-8")
    assert "default-src 'none'" in page
    assert not re.search(r'<script|(src|href)="(?!data:|#)|FIGURES |\\\*|<annotation', page)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert page.count("<figure") >= len(LESSONS)
    assert page.count("<math ") >= 3
    levels = [int(n) for n in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_the_index_leads_to_every_file_and_none_names_this_machine(pack):
    links = re.findall(r"\]\(([^)]+)\)", (pack / "README.md").read_text("utf-8"))
    assert len(links) == len(LESSONS) + 2
    assert all((pack / link).is_file() for link in links)
    texts = [path.read_text("utf-8") for path in pack.rglob("*") if path.is_file()]
    assert not any(str(ROOT) in text for text in texts)


def test_the_command_writes_a_pack_for_some_lessons(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["export", "pack", "out", *(x.name for x in LESSONS[4:6]), "--weeks", "3"]) == 0
    plans = (tmp_path / "out" / "plans.md").read_text("utf-8")
    assert "## A semester: 3 weekly sessions of 90 minutes" in plans
    assert "Taken as known, because it is not part of this pack: 0" in plans
    assert len(list((tmp_path / "out" / "lessons").iterdir())) == 2
    capsys.readouterr()
    assert main(["export", "pack", "new", "4", "--session-minutes", "2", "--weeks", "1"]) == 2
    assert "must leave room for a lesson" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_notebooks_texts_and_figures_are_found_under_their_headings():
    figure = '<figure style="margin:0"><img alt="a"></figure>'
    outputs = [new_output("display_data", {"text/html": f"<p>x</p>{figure}{figure}"})]
    exercises = (
        "## Exercises\n\n1. **Read.** Why?\n2. **Change.** Set it.\n   Then run.\n\nEach check."
    )
    book = new_notebook(
        cells=[
            new_markdown_cell("# A\nRun time: long."),
            new_markdown_cell("## Explore\ntext"),
            new_code_cell("1", outputs=outputs),
            new_markdown_cell(exercises),
            new_code_cell("2", outputs=outputs),
            new_markdown_cell("## Summary\n\n- One $x$\n  more.\n- Two.\n"),
        ]
    )
    assert (figures_of(book, "Explore"), figures_of(book, "Summary")) == ([figure, figure], [])
    assert exercise_texts(book) == {1: "**Read.** Why?", 2: "**Change.** Set it. Then run."}
    assert summary_points(book) == ["One $x$ more.", "Two."]
    assert (lead_words(book, "Run time"), lead_words(book, "Else")) == ("Run time: long.", "")


def test_a_mistake_in_one_expression_is_shown_as_code():
    bank = Function(len, [], {"doubled.": lambda x: 2 * len(x), "as is.": len})
    hidden = Function(len, [], {"plus one.": lambda x: _one + len(x)})
    assert _code(hidden.mistakes["plus one."]) == ""
    assert _code(bank.mistakes["doubled."]) == "`lambda x: 2 * len(x)`: "
    assert _code(bank.mistakes["as is."]) == ""


def test_plain_text_stays_plain_in_markdown():
    text = "D* and D*, 2 * 3 < 4, a|b, $5, p_data and p_model, E[log D] (1)"
    assert markdown_to_html(plain(text)) == f"<p>{text.replace('<', '&lt;')}</p>\n"
    assert markdown_to_html(plain("`a * b < c`")) == "<p><code>a * b &lt; c</code></p>\n"
    assert "<td>a|b</td>" in markdown_to_html(f"| x |\n| --- |\n| {plain('a|b')} |")


def test_the_page_lowers_headings_but_not_comments_in_code():
    part = Part("a", "# One\n\n```python\n# two\n```\n\nFIGURES Explore\n", {"Explore": ["<hr>"]})
    page = pack_page("T", "# T\n", [part])
    assert "<h2>One</h2>" in page
    assert "# two" in re.sub("<[^>]+>", "", page)
    assert '<div class="figures"><hr></div>' in page


def test_a_band_over_seeds_stands_beside_the_figure_to_expect(pack):
    page = (pack / "lessons" / "05_minimax.md").read_text("utf-8")
    assert f" `value_learned`: {band('05_minimax', 'value_learned')}.\n" in page
    assert f"The bands over seeds were measured with {measured()}." in page
