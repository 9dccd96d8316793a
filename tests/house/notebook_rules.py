"""The rules of a lesson's notebook, checked by tests; run as a script it re-runs and tidies them.

Usage: python tests/house/notebook_rules.py notebooks/05_minimax.ipynb ...
"""

import os
import re
import statistics
import sys
from pathlib import Path

import nbformat

HEADINGS = (
    "Guess first",
    "Formula",
    "Symbols",
    "In code",
    "Check",
    "Explore",
    "Experiment",
    "Check: on any machine",
    "What we saw",
    "Exercises",
    "Summary",
    "References",
)
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
MAX_BYTES = 300_000


def normalise(notebook):
    """Set ids, counts and metadata to their one form; drop widget views, which need a kernel."""
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    count = 0
    for i, cell in enumerate(notebook.cells):
        cell.id = f"cell-{i:02d}"
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        cell.outputs = merged_streams(cell.outputs)
        for output in cell.outputs:
            output.pop("execution_count", None)
            if output.output_type == "execute_result":
                output.execution_count = count
            if "metadata" in output:
                output.metadata = nbformat.from_dict({})
            output.get("data", {}).pop(WIDGET_VIEW, None)
    return notebook


def merged_streams(outputs):
    """Join what a cell printed: how it was cut into pieces depends on the machine's pace."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def problems(notebook) -> list[str]:
    """Say in sentences what breaks a rule; an empty list means that all is well."""
    found = []
    headings = [
        line[3:].strip()
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("## ")
    ]
    if tuple(headings) != HEADINGS:
        found.append(f"the headings are {headings}")
    code = [c for c in notebook.cells if c.cell_type == "code"]
    text = [c for c in notebook.cells if c.cell_type == "markdown"]
    h1 = [line for c in text for line in c.source.splitlines() if line.startswith("# ")]
    if len(h1) != 1:
        found.append(f"there are {len(h1)} titles")
    if "parameters" not in [t for c in code for t in c.metadata.get("tags", [])]:
        found.append("no cell is tagged 'parameters'")
    asks = [c for c in code if "widgets.self_test(" in c.source]
    read = [c for c in code if c not in asks and "parameters" not in c.metadata.get("tags", [])]
    lengths = [len([s for s in c.source.splitlines() if s.strip()]) for c in read]
    if max(lengths) > 20:
        found.append(f"a code cell has {max(lengths)} lines")
    if statistics.median(lengths) > 8:
        found.append(f"the median code cell has {statistics.median(lengths)} lines")
    if not 60 <= sum(lengths) <= 120:
        found.append(f"there are {sum(lengths)} lines of code")
    words = sum(len(re.findall(r"[\w'-]+", re.sub(r"\$+[^$]*\$+", "", c.source))) for c in text)
    if not 900 <= words <= 1800:
        found.append(f"there are {words} words of prose")
    outputs = [o for c in code for o in c.outputs]
    if any(o.output_type == "error" for o in outputs):
        found.append("a stored output is an error")
    if any(o.get("name") == "stderr" for o in outputs):
        found.append("a stored output went to stderr")
    if not outputs:
        found.append("no outputs are stored")
    size = len(nbformat.writes(notebook).encode())
    if size > MAX_BYTES:
        found.append(f"it has {size} bytes")
    if str(Path(__file__).parents[2]) in nbformat.writes(notebook):
        found.append("a stored output names a folder of this machine")
    source = "\n".join(c.source for c in code)
    for word in ("pip install", "sys.path", "pyplot", "interact(", "import *"):
        if word in source:
            found.append(f"its code holds '{word}'")
    if "NBVAL_CHECK_OUTPUT" not in source:
        found.append("no check cell is compared strictly")
    return found


def refresh(path: Path) -> list[str]:
    """Execute a lesson in place, without a front end, and store it in its one form."""
    from nbclient import NotebookClient

    from msgan_lessons.base.places import training_threads

    os.environ |= {**training_threads(), **os.environ, "MSGAN_HEADLESS": "1"}
    notebook = nbformat.read(path, 4)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources).execute()
    nbformat.write(normalise(notebook), path)
    return problems(nbformat.read(path, 4))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(name, refresh(Path(name)) or "ok", flush=True)
