"""Seal data/manifest.json after a change, so that damage to it is seen.

Usage: python data/seal_manifest.py
Every file that the manifest names must be there and have the sha256 that stands there.
"""

from pathlib import Path

from msgan_lessons.datasets import shipped_data

DATA = Path(__file__).parent


def main() -> None:
    """Write manifest.sha256 anew, and check every file."""
    sealed = DATA / shipped_data.SEAL
    sealed.write_text(shipped_data.seal((DATA / shipped_data.MANIFEST).read_bytes()))
    for name in shipped_data.listed():
        shipped_data.check(name)
    print(f"data/{sealed.name}: {len(shipped_data.listed())} files are as the manifest has them")


if __name__ == "__main__":
    main()
