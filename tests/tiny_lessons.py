"""Lessons of a few lines for the tests of the runner and the command line."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

PARAMETERS = """\
preset: str = "auto"  # how much to compute
steps: int = 3  # updates
rate: float = 0.5  # 1/s
loud: bool = False  # whether to shout"""
GOOD = """\
import os
from msgan_lessons.base.record import check, current_run
check("one is one", 1 == 1)
current_run().figure(b"a picture", 'a dot, "small"', "Look at the dot.")
current_run().metrics(answer=42)
print(preset, steps, rate, loud, os.environ.get("MSGAN_PRESET"), os.environ["MSGAN_HEADLESS"])"""
BAD = """\
# this comment is not the line shown
if steps > 2:
    raise ValueError(f"{steps} is\\ntoo many")"""
DEAD = "import os\nos._exit(3)"
SLOW = """\
import os, pathlib, time
pathlib.Path("up").write_text(str(os.getpid()))
time.sleep(120)"""


def write_lesson(folder, name, *codes, parameters=PARAMETERS):
    """Write a notebook that looks like a lesson."""
    head = f"# {name[:2]} · A lesson\n\n**Question.** Why?\nDocument: section 1, formula (1).\n"
    formula = new_markdown_cell(r"$$\min_G \frac{a}{b} \sim \log x \tag{1}$$ and $x_1$")
    cells = [new_markdown_cell(head), new_code_cell("ready = True")]
    cells += [new_code_cell(parameters, metadata={"tags": ["parameters"]}), formula]
    notebook = new_notebook(cells=cells + [new_code_cell(code) for code in codes])
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata.kernelspec = spec
    folder.mkdir(exist_ok=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"
