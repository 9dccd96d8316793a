"""Multi-scale GANs, from the formula to the picture: the package behind the lessons.

The house, from the ground up; each line imports itself and what stands above it in this list:

base/             knows nothing of GANs: random streams, places, whole files, records, pictures
pyramid.py        scales of an image, sections 2.2 and 2.3
blocks.py         the layers that G and D share
generator.py      G, formula (1)
discriminator.py  D, formula (2)
objective.py      V(D, G), formula (3)
losses.py         L_G and L_D, formulas (4) and (5); penalties; the table LOSSES
steps.py          one step of D, one step of G, the running average, formulas (6) to (8)
parallel/         one training in several processes
training.py       TrainConfig, Game, train: the loop, section 3.3
family.py         the members of the family: two constructor calls and a TrainConfig each
datasets/         images, clips and speech, shipped or your own
metrics/          how good is G, by scale
runs/             parameters, run folders, resume, sweeps, reports, the doctor
classroom/        the engines: panel, player, widgets, exercises, sandbox, teaching notes, guesses
lessons/          a room for each lesson: its networks, scores, pictures, bench, exercises
editions/         student, solutions, slides, nbgrader, Colab, pack, book
commands/         the commands of `msgan`
__main__.py       the command line
"""

__version__ = "0.7.0"
