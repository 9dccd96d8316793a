"""Where and with what a figure was measured."""

import datetime
import importlib.metadata
import platform
from pathlib import Path

import psutil
import torch

from msgan_lessons.base.places import busy_cores, usable_cores

__all__ = ["facts"]


def facts(device: str = "cpu") -> dict[str, str]:
    """Describe this machine, as it is now.

    Parameters
    ----------
    device : str
        'cpu' or 'cuda'.

    Returns
    -------
    dict
        Name to text; how many cores other work keeps busy is measured at this moment.
    """
    memory = psutil.virtual_memory().total / 2**30
    found = {
        "CPU": _cpu(),
        "cores": str(usable_cores()),
        "memory": f"{memory:.0f} GiB",
        "threads": str(torch.get_num_threads()),
        "python": platform.python_version(),
        "torch": importlib.metadata.version("torch"),
        "date": datetime.date.today().isoformat(),
        "cores busy with other work at the start": f"{busy_cores():.1f}",
    }
    if device == "cuda":
        found["GPU"] = torch.cuda.get_device_name()
    return found


def _cpu() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    vector = next((f for f in ("avx512f", "avx2") if f in text), "")
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name} ({vector})" if vector else name
