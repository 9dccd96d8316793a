import torch
from seeded import stream

from msgan_lessons.datasets.clips import (
    SIZES,
    Motion,
    MovingSprites,
    _collided,
    draw_motion,
    render,
)


def test_a_lone_sprite_keeps_its_speed_and_turn_and_stays_inside():
    motion = draw_motion(200, stream(), frames=32)
    speed, turn = motion.velocities.norm(dim=-1), motion.angles.diff(dim=-1)
    torch.testing.assert_close(speed, speed[..., :1].expand_as(speed))
    torch.testing.assert_close(turn, turn[..., :1].expand_as(turn), atol=1e-5, rtol=0)
    room = 7 * motion.sizes[..., None]
    assert (motion.positions >= room - 1e-4).all()
    assert (motion.positions <= 32 - room + 1e-4).all()
    assert (motion.sizes >= SIZES[0]).all()
    assert (motion.sizes <= SIZES[1]).all()


def test_between_walls_it_flies_straight_at_its_velocity():
    motion = draw_motion(200, stream(1))
    step = motion.positions.diff(dim=2)
    unbent = (motion.velocities[:, :, 1:] == motion.velocities[:, :, :-1]).all(-1)
    assert 0.5 < unbent.float().mean() < 1
    torch.testing.assert_close(
        step[unbent], motion.velocities[:, :, :-1][unbent], atol=1e-4, rtol=0
    )


def test_a_bounce_is_the_fold_of_a_straight_line(monkeypatch):
    monkeypatch.setattr("msgan_lessons.datasets.clips.GROWTH", 0.0)  # walls at one place
    motion = draw_motion(100, stream(2), frames=64)
    low = 7 * motion.sizes[:, :, :1, None]
    width = 32 - 2 * low
    time = torch.arange(64.0)[:, None]
    line = motion.positions[:, :, :1] + time * motion.velocities[:, :, :1] - low
    folded = width - (line.remainder(2 * width) - width).abs()  # a triangle wave
    torch.testing.assert_close(motion.positions, folded + low, atol=1e-3, rtol=0)


def test_a_collision_keeps_momentum_and_energy_and_parts_the_two():
    position = torch.tensor([[[10.0, 10.0], [15.0, 12.0]]])
    velocity = torch.tensor([[[1.0, 0.5], [-1.0, 0.0]]])
    after = _collided(position, velocity, torch.full((1, 2), 7.0))
    torch.testing.assert_close(after.sum(1), velocity.sum(1))
    torch.testing.assert_close(after.square().sum(), velocity.square().sum())
    line = position[:, 1] - position[:, 0]
    assert ((after[:, 1] - after[:, 0]) * line).sum() > 0
    torch.testing.assert_close(_collided(position, after, torch.full((1, 2), 7.0)), after)


def test_energy_of_two_sprites_is_kept_through_walls_and_collisions():
    motion = draw_motion(100, stream(4), sprites=2, frames=32)
    energy = motion.velocities.square().sum((1, 3))
    torch.testing.assert_close(energy, energy[:, :1].expand_as(energy), rtol=1e-4, atol=1e-4)


def still(x, y, angle=0.0, size=1.0):
    place = torch.tensor([x, y]).reshape(1, 1, 1, 2)
    one = torch.ones(1, 1, 1)
    return Motion(place, torch.zeros_like(place), angle * one, size * one)


def test_a_sprite_is_drawn_where_and_as_large_as_the_motion_says():
    ink = torch.rand(1, 1, 1, 16, 16)
    frame = render(ink, still(20.0, 12.0))[0, 0, 0]
    torch.testing.assert_close(frame[4:20, 12:28], 2 * ink[0, 0, 0] - 1, atol=1e-5, rtol=0)
    assert (frame[:4] == -1).all()
    large = render(torch.ones(1, 1, 1, 16, 16), still(16.0, 16.0, size=1.5))[0, 0, 0]
    assert (large > 0).sum() == 24**2


def test_a_quarter_turn_is_clockwise_on_the_screen_and_dark_ink_on_white_the_negative():
    ink = torch.rand(1, 1, 1, 16, 16)
    turn = still(16.0, 16.0, angle=torch.pi / 2)
    turned, white = render(ink, turn), render(ink, turn, paper=1.0)
    expected = 2 * ink[0, 0, 0].rot90(-1, (0, 1)) - 1
    torch.testing.assert_close(turned[0, 0, 0, 8:24, 8:24], expected, atol=1e-4, rtol=0)
    torch.testing.assert_close(white, -turned)


def test_clips_are_in_range_and_the_same_for_the_same_stream():
    data = MovingSprites("squares", torch.rand(4, 1, 14, 14), sprites=2)
    clips, motion = data.sample(8, stream(5))
    assert clips.shape == (8, 1, 16, 32, 32)
    assert motion.positions.shape == (8, 2, 16, 2)
    assert clips.min() >= -1
    assert clips.max() <= 1
    assert torch.equal(next(data.batches(8, stream(5))), clips)
    assert not torch.equal(data.clips(8, stream(6)), clips)
