import inspect
from dataclasses import replace

import pytest
import torch

from msgan_lessons import steps
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l15_stability import faults
from msgan_lessons.lessons.l15_stability.bench import ClinicBench
from msgan_lessons.lessons.l15_stability.clinic import (
    CASES,
    CAUSES,
    CURES,
    LINES,
    SIGNS,
    case_setup,
    contradicting_symptom,
    fault_diff,
    measured_case,
)
from msgan_lessons.lessons.l15_stability.faults import (
    FaultyTraining,
    TrainingSetup,
    measure_diagnostics,
)
from msgan_lessons.pyramid import image_pyramid

FEW = 6  # steps: the wrong lines show at once, illnesses take longer


def played(letter, cure=None):
    return measured_case(letter, cure, 0, FEW)


def patient_with(**changes):
    return FaultyTraining(TrainingSetup("drawn", **changes), 0)


def test_eight_patients_have_eight_causes_and_eight_cures():
    assert {case.cause for case in CASES.values()} == set(CAUSES)
    assert {case.cure for case in CASES.values()} == set(CURES)
    assert len(CASES) == len(CAUSES) == len(CURES) == 8
    for letter, case in CASES.items():
        assert case_setup(letter, case.cure).key() != case.practice.key()
        assert not any(word in repr(case) for word in (*CAUSES, *CURES))  # nor does it tell
        wrong, right = fault_diff(letter).splitlines()
        assert (wrong[:2], right[:2]) == ("- ", "+ ")
        assert wrong[2:] != right[2:]


def test_one_seed_gives_one_patient_and_looking_does_not_change_it():
    looked, left, other = (FaultyTraining(CASES["W"].practice, seed) for seed in (0, 0, 1))
    rows = list(looked.train(2))
    assert rows != list(other.train(2))
    measure_diagnostics(looked, rows)
    assert rows + list(looked.train(2)) == list(left.train(4))


def test_a_leak_is_the_gradient_of_the_loss_of_d():
    patient, twin = patient_with(game=faults.LeakyGame), patient_with()
    _, real, fake = twin.game.draw()
    loss = twin.game.loss.discriminator(twin.discriminator(real), twin.discriminator(fake))
    expected = torch.autograd.grad(loss, list(twin.generator.parameters()))
    next(patient.game.turns())  # D's update alone
    for parameter, gradient in zip(patient.generator.parameters(), expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)


def test_the_leaky_step_differs_from_the_packages_in_the_lines_it_shows():
    leaky, right = LINES["missing detach"]
    assert leaky in inspect.getsource(faults.leaky_discriminator_step)
    assert right in inspect.getsource(steps.discriminator_step)
    source = inspect.getsource(faults)
    assert all(wrong in source for wrong, _ in LINES.values())


def test_without_zero_grad_gradients_add_up():
    forgetful = patient_with(game=faults.ForgetfulGame, settings={"g_lr": 1e-6, "d_lr": 1e-6})
    usual = patient_with(settings={"g_lr": 1e-6, "d_lr": 1e-6})
    total = 0
    for _ in range(3):
        usual.game.step()
        forgetful.game.step()
        total = total + usual._gradient()
    torch.testing.assert_close(forgetful._gradient(), total, rtol=1e-2, atol=1e-3)


def test_real_images_show_a_fault_of_the_fake_path_and_no_other():
    gaps = {letter: played(letter).path_gaps for letter in "PRTUW"}
    assert gaps["P"] == gaps["T"] == gaps["W"] == [0, 0, 0]
    assert gaps["R"][2] == 0
    assert max(gaps["R"][:2]) > 1e-4
    assert min(gaps["U"]) > 1e-4


def test_a_dead_scale_sends_no_gradient_and_a_living_one_does():
    ill, well = (played("W", cure).gradients.norm(dim=1) for cure in (None, "reconnect the scale"))
    assert (ill == 0).tolist() == [False, True, False]
    assert not (well == 0).any()


def test_paths_do_what_their_names_say():
    G = MultiScaleGenerator(resolution=16, channels=(4, 2, 2), emit="all")
    scales = G(torch.randn(4, 64))
    finest = scales[-1]
    assert torch.equal(faults.subsampled(scales)[0], finest[..., ::4, ::4])
    assert torch.equal(faults.pooled(scales)[0], image_pyramid(finest, 3)[0])
    assert faults.halved(scales)[0].min() >= 0
    assert [x.requires_grad for x in faults.cut_off(scales)] == [True, False, True]


def test_a_cure_of_a_line_leaves_other_patients_as_they_are():
    assert played("W", "zero_grad before backward") is played("W")
    assert case_setup("S", "detach in D's step") == CASES["S"].practice


def test_a_wrong_diagnosis_is_contradicted_by_what_is_measured():
    for cause in CAUSES:
        sentence = contradicting_symptom(cause, played("T"))
        assert (sentence is None) == (cause == CASES["T"].cause)
        if sentence:
            assert sentence.startswith(f"with {cause}, {SIGNS[cause].expected}; here ")


def test_health_is_told_by_two_limits():
    told = [replace(CASES["S"], measure=lambda _, v=v: v).health(None) for v in (2.0, 5.0, 7.5)]
    assert told == ["ill", "better, not well", "healthy"]


FEW = 6  # steps: enough for what the wrong lines of T, U and W do


@pytest.fixture(scope="module")
def ward():
    return ClinicBench(seed=0, steps=FEW)


def said(capsys) -> str:
    return capsys.readouterr().out


@pytest.mark.parametrize("letter", "TUW")
def test_a_right_diagnosis_is_told_by_what_was_measured_and_shows_the_line(ward, letter, capsys):
    ward.diagnose({letter: CASES[letter].cause})
    out = said(capsys)
    assert out.startswith(f"{letter}: right: ")
    assert "\n- " in out
    assert "\n+ " in out


def test_an_unfinished_answer_is_no_mistake(ward, capsys):
    ward.diagnose({"P": ..., "Q": None})
    ward.treat({"P": ...})
    assert said(capsys).count("not yet") == 3


def test_wrong_and_unknown_names_get_a_sentence_and_stop_nothing(ward, capsys):
    ward.diagnose({"X": "dead scale", "T": "influenza", "W": "missing detach"})
    ward.treat({"T": "rest"})
    out = said(capsys)
    assert "\nW: " in out
    assert "with missing detach, " in out
    assert "no patient 'X' with 'dead scale'; causes: mode collapse, " in out
    assert "'influenza'" in out
    assert "no patient 'T' or cure 'rest'; cures: two time scales, " in out


def test_a_cure_is_tried_in_a_new_training_unless_all_is_in_order(ward, capsys):
    ward.treat({"W": "detach in D's step"})
    assert "ill as before: this was in order already" in said(capsys)
    ward.treat({"U": "one range for both"})
    assert "with one range for both: SWD, worst scale 0." in said(capsys)
    assert ward.symptoms("U", "one range for both").path_gaps == [0, 0, 0]


def test_a_sheet_tells_in_words_what_it_shows(ward):
    assert ward.sheet("W").alt.startswith("patient W: real from -1.00 to ")
    assert "G holds" in ward.sheet("S").alt
    assert "one range for both" in ward.sheet("U", "one range for both").alt
