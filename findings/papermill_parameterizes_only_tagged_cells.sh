#!/usr/bin/env bash
# Behaviour: papermill.parameterize.parameterize_notebook takes a notebook object, but raises
#   AttributeError: tags on one that nbformat has validated, if a cell's metadata has no 'tags' (which
#   the format leaves optional). Read from the same file by papermill.iorw.load_notebook_node it works:
#   that function gives every cell an empty list of tags, and nothing else does.
# Guess: any valid notebook object can be parameterised; a cell without tags is a cell without tags.
# Versions: papermill 2.7.0, nbformat 5.10.4, Python 3.11. Date: 2026-12-01.
# Output seen:
#   nbformat.read:       AttributeError: tags
#   load_notebook_node:  a = 1 | a = 2 | print(a)
# Source: papermill/utils.py, find_first_tagged_cell_index: `if tag in cell.metadata.tags`;
#   papermill/iorw.py, load_notebook_node: `if not hasattr(cell.metadata, 'tags')`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet papermill==2.7.0 nbformat==5.10.4 \
    2> "$work/log" || { cat "$work/log"; exit 1; }
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

cells = [new_code_cell("a = 1", metadata={"tags": ["parameters"]}), new_code_cell("print(a)")]
kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
nbformat.validate(notebook)
nbformat.write(notebook, "lesson.ipynb")


def parameterised(read):
    try:
        found = parameterize_notebook(read, {"a": 2})
    except AttributeError as error:
        return f"AttributeError: {error}"
    return " | ".join(cell.source.splitlines()[-1] for cell in found.cells)


plain = parameterised(nbformat.read("lesson.ipynb", 4))
own = parameterised(load_notebook_node("lesson.ipynb"))
print(f"nbformat.read:       {plain}\nload_notebook_node:  {own}")
assert plain == "AttributeError: tags", "cells without tags are taken now"
assert own == "a = 1 | a = 2 | print(a)"
PY
