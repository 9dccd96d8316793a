"""Seal data/manifest.json after a change, so that damage to it is seen.

Usage: python data/seal_manifest.py
Every file that the manifest names must be there and have the sha256 that stands there.
"""

from pathlib import Path

from msgan_lessons.datasets import shipped

DATA = Path(__file__).parent


def main() -> None:
    """Write manifest.sha256 anew, and check every file."""
    sealed = DATA / shipped.SEAL
    sealed.write_text(shipped.seal((DATA / shipped.MANIFEST).read_bytes()))
    for name in shipped.listed():
        shipped.check(name)
    print(f"data/{sealed.name}: {len(shipped.listed())} files are as the manifest has them")


if __name__ == "__main__":
    main()
