"""Slow motion: one step of the game in its sub-steps, each with its line of code (lesson 01)."""

from collections.abc import Iterator

from latex2mathml.converter import convert
from torch import Tensor

from msgan_lessons.steps import detach, real_share
from msgan_lessons.training import Game

__all__ = ["LINES", "slow_step"]

_D, _G = "D's turn", "G's turn"
_SCRIPT = (  # heading, code, formula as LaTeX, caption
    (_D, "real, fake = self.draw()", r"x \sim p_{data}, \quad z \sim p_z, \quad G(z)",
     "Take a batch of real points, and let G turn noise into as many fake ones."),
    (_D, "real_logits = discriminator(real_images)", r"D(x)",
     "D says of each real point how real it looks."),
    (_D, "fake_logits = discriminator(detach(fake_images))", r"D(G(z))",
     "The same for the fake points; they are cut off G, which must not move now."),
    (_D, "d_loss = loss.discriminator(real_logits, fake_logits)",
     r"L_D = -E[\log D(x)] - E[\log(1 - D(G(z)))]",
     "D's loss is high where it takes one kind for the other. Another loss changes this alone."),
    (_D, "(d_loss + penalty).backward()", r"\nabla_{\theta_D} L_D",
     "The slope of the loss along each weight of D."),
    (_D, "optimizer.step()", r"\theta_D \leftarrow \theta_D - \eta_D \, \nabla L_D",
     "D takes a step down its slope: the colours of the plane change."),
    (_G, "discriminator.requires_grad_(False)", r"\theta_D \; \text{fixed}",
     "D stands still: it only passes slopes on to G."),
    (_G, "fake_logits, fake_features = _judge(discriminator, fake_images, matching)", r"D(G(z))",
     "D looks at the fake points again, and now they hang on G."),
    (_G, "g_loss, g_matching = loss.generator(fake_logits, real_logits), 0.0",
     r"L_G = -E[\log D(G(z))]",
     "G's loss is high where D sees through it. The formula is that of the default loss."),
    (_G, "(weight * g_loss + g_matching + extra).backward()", r"\nabla_{\theta_G} L_G",
     "The slope at each fake point (the arrows), and through it at each weight of G. "
     "Here weight is 1, and there is nothing extra."),
    (_G, "optimizer.step()", r"\theta_G \leftarrow \theta_G - \eta_G \, \nabla L_G",
     "G takes a step down its slope: the fake points move."),
)  # fmt: skip
LINES = tuple((heading, code, convert(formula), said) for heading, code, formula, said in _SCRIPT)


def slow_step(game: Game) -> Iterator[tuple[int, dict | None]]:
    """Play exactly one `Game.step`, and stop after each of its sub-steps.

    Parameters
    ----------
    game : Game
        On the CPU; without feature matching.

    Yields
    ------
    tuple
        Index in `LINES` of the sub-step that was just played, and None; with the last one the row
        that `Game.step` would have returned. Several updates of a player repeat his lines.
    """
    row, fake, g_steps = {}, None, game.config.g_steps
    game.steps += 1
    for _ in range(game.config.d_steps):
        real, fake = game.draw()
        game.n_images += len(real)
        yield 0, None
        for index in _discriminator(game, real, fake, row):
            yield index, None
    for k in range(g_steps):
        if fake is None:
            real, fake = game.draw()
        last = k == g_steps - 1
        for index in _generator(game, fake, real if game.probes() else None, row):
            ends = last and index == len(LINES) - 1
            yield index, game.finish(row) if ends else None
        fake = None


def _discriminator(game: Game, real: Tensor, fake: Tensor, row: dict) -> Iterator[int]:
    """`steps.discriminator_step`, line by line."""
    discriminator, optimizer, loss = game.discriminator, game.d_optimizer, game.loss
    penalty = game.penalty(real, fake)
    optimizer.zero_grad(set_to_none=True)
    real_logits = discriminator(real)
    yield 1
    fake_logits = discriminator(detach(fake))
    yield 2
    d_loss = loss.discriminator(real_logits, fake_logits)
    yield 3
    (d_loss + penalty).backward()
    yield 4
    optimizer.step()
    row |= {"d_loss": d_loss.detach(), "d_penalty": penalty}
    row |= {"d_real_before": real_share(real_logits), "d_fake_before": real_share(fake_logits)}
    yield 5


def _generator(game: Game, fake: Tensor, real: Tensor | None, row: dict) -> Iterator[int]:
    """`steps.generator_step`, line by line."""
    discriminator, optimizer, loss = game.discriminator, game.g_optimizer, game.loss
    optimizer.zero_grad(set_to_none=True)
    discriminator.requires_grad_(False)
    try:
        yield 6
        real_logits = None if real is None else discriminator(real)
        fake_logits = discriminator(fake)
        yield 7
        g_loss = loss.generator(fake_logits, real_logits)
        yield 8
        g_loss.backward()
        yield 9
    finally:
        discriminator.requires_grad_(True)
    optimizer.step()
    row |= {"g_loss": g_loss.detach(), "g_matching": 0.0, "d_fake_after": real_share(fake_logits)}
    row["d_real_after"] = None if real_logits is None else real_share(real_logits)
    yield 10
