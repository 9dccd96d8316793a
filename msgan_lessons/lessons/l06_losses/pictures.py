"""The losses as curves and as a table, G's slopes, what each loss draws (lesson 06)."""

import html
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from msgan_lessons.base.checks import check_some
from msgan_lessons.base.pictures import COLOURS, Picture, image_rows, new_figure, smooth
from msgan_lessons.losses import LOSSES, find_loss

STYLES = ("-", "--", "-.", ":")  # of lines
AT = (-4.0, 0.0, 4.0)  # logits at which the table gives G's slope


def loss_shapes(loss: str, limit: float = 4.0) -> Picture:
    """Show both sides of a loss against D's logit, and the gradients that they send back.

    Parameters
    ----------
    loss : str
        As for `losses.find_loss`, with its error.
    limit : float
        The logits run from -limit to limit; the other side's logit is held at 0.
    """
    entry, zero = find_loss(loss), torch.zeros(())
    logits = torch.linspace(-limit, limit, 161)
    sides = {
        "D, real": (lambda s: entry.discriminator_loss(s, zero), COLOURS["real"]),
        "D, fake": (lambda s: entry.discriminator_loss(zero, s), COLOURS["third"]),
        "G, fake": (lambda s: entry.generator_loss(s, zero), COLOURS["fake"]),
    }
    figure, (left, right) = new_figure(9.0, 3.0, ncols=2)
    for label, (side, colour) in sides.items():
        slopes, values = torch.vmap(torch.func.grad_and_value(side))(logits)
        left.plot(logits, values, color=colour, label=label)
        right.plot(logits, slopes, color=colour, label=label)
    left.set(xlabel="logit of D", ylabel="loss", title=f"{loss}: the loss")
    right.set(xlabel="logit of D", ylabel="slope", title="what is sent back")
    for axis in (left, right):
        axis.axvline(0, color="black", linewidth=0.5)
        axis.legend(fontsize=8, frameon=False)
    alt = f"Loss and slope of '{loss}' for D on real, D on fake and G on fake, against the logit."
    caption = "Where is G's slope (orange) near zero? There G learns nothing."
    return Picture(figure, alt, caption)


class Table:
    """Rows of text under a heading; shows as an HTML table, and as text where there is none."""

    def __init__(self, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        for row in rows:
            if len(row) != len(heading):
                raise ValueError(
                    f"each row must have {len(heading)} entries, got {len(row)}: {list(row)}."
                )
        self.heading, self.rows = list(heading), [list(row) for row in rows]

    def __repr__(self) -> str:
        return "\n".join(" | ".join(line) for line in [self.heading, *self.rows])

    def _repr_html_(self) -> str:
        head = _line(self.heading, "th")
        body = "".join(_line(row, "td") for row in self.rows)
        return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def generator_slope(loss: str, logits: Tensor) -> Tensor:
    """Slope of G's loss at logits (n,) of fakes, by autograd: < 0 where G should raise them."""
    entry, zero = find_loss(loss), logits.new_zeros(())  # zero: the real logit, if one is needed
    return torch.vmap(torch.func.grad(lambda s: entry.generator_loss(s, zero)))(logits)


def generator_slopes(names: Sequence[str]) -> Picture:
    """Show the slope that G receives under several losses, against D's logit.

    Parameters
    ----------
    names : sequence of str
        Names in `losses.LOSSES`, at least one.
    """
    check_some("names", names, "loss")
    logits = torch.linspace(-6, 6, 241)
    figure, axis = new_figure(6.5, 2.8)
    for i, (name, colour) in enumerate(zip(names, _colours(len(names)), strict=True)):
        slopes = generator_slope(name, logits)
        axis.plot(logits, slopes, STYLES[i % 4], color=colour, label=name)
    axis.axvline(0, color="black", linewidth=0.5)
    axis.set(xlabel="D's logit of a generated image", ylabel="slope of G's loss", ylim=(-2.1, 1.1))
    figure.legend(fontsize=8, frameon=False, loc="outside upper center", ncols=4)
    alt = f"Slope of G's loss for {', '.join(names)}, logits from -6 to 6."
    caption = "Left: D is sure that the image is generated. Which line has faded there?"
    return Picture(figure, alt, caption)


def loss_table() -> Table:
    """List every entry of LOSSES: the docstrings of its two sides, G's slopes, its paper."""
    heading = ["loss", "D minimises", "G minimises"]
    heading += [f"G's slope at logit {s:g}" for s in AT] + ["from"]
    rows = []
    for name, entry in LOSSES.items():
        slopes = [f"{float(s):.2f}" for s in generator_slope(name, torch.tensor(AT))]
        sides = [_sentence(entry.discriminator_loss), _sentence(entry.generator_loss)]
        rows.append([name, *sides, *slopes, entry.paper])
    return Table(heading, rows)


def samples(drawn: Mapping[str, Tensor], real: Tensor, mean_image: Tensor) -> Picture:
    """Show the pictures of one fixed z for each loss, below real images and their mean.

    Parameters
    ----------
    drawn : mapping
        Name of the loss to its images (N, C, H, W) in [-1, 1].
    real, mean_image : Tensor
        Real images, (N, C, H, W), and the mean of all, (C, H, W).
    """
    rows = {"real": real, "their mean": mean_image[None], **drawn}
    alt = f"Rows of images: real, the mean of all real images, and G's after {', '.join(drawn)}."
    caption = (
        "Each column below the mean starts from one z. In which rows do the columns differ, "
        "and which row looks like the mean?"
    )
    return image_rows(rows, alt, caption, row_height=0.75)


def fake_shares(rows: Mapping[str, Sequence[Mapping]]) -> Picture:
    """Show D(G(z)), before D's update, against the step for each loss.

    Parameters
    ----------
    rows : mapping
        Name of the loss to its training rows; losses without a D have none and are left out.
    """
    played = {name: r for name, r in rows.items() if r}
    figure, axis = new_figure(6.5, 2.8)
    for i, (name, colour) in enumerate(zip(played, _colours(len(played)), strict=True)):
        axis.plot(
            *smooth(played[name], "d_fake_before", 60), STYLES[i % 4], color=colour, label=name
        )
    axis.axhline(0.5, color="black", linewidth=0.8, linestyle="--")
    axis.set(xlabel="step (one update of D, one of G)", ylabel="mean of sigmoid(logit)")
    axis.set(ylim=(0, 1))
    if played:
        axis.legend(fontsize=8, frameon=False)
    alt = f"D(G(z)) against the step for {', '.join(played) or 'no loss'}."
    caption = (
        "0.5 is a logit of 0: D is undecided. Under lsgan D aims at scores 0 and 1, so half-way "
        "shows as sigmoid(0.5) = 0.62. Does any D get far from undecided?"
    )
    return Picture(figure, alt, caption)


def _colours(count: int) -> list[str]:
    spare = [colour for name, colour in COLOURS.items() if name != "real"]
    return [spare[i % len(spare)] for i in range(count)]


def _sentence(side: Callable) -> str:
    """First line of a docstring, without its reference in brackets at the end."""
    line = (side.__doc__ or "see its code").strip().splitlines()[0].rstrip(".")
    head, bracket, tail = line.rpartition(" (")
    dated = tail[:1].isupper() and any(c.isdigit() for c in tail)
    return head if bracket and (dated or tail.startswith("ibid")) else line


def _line(entries: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(e)}</{tag}>" for e in entries) + "</tr>"
