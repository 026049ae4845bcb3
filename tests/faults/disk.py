"""A small file system, which can be full. Only root may mount one; elsewhere its tests are left out."""

import subprocess
from pathlib import Path

import pytest

BLOCK = b"\0" * 65536


class SmallDisk:
    def __init__(self, folder, megabytes):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.ballast = self.folder / "ballast"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "strapi-feeds-test", self.folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            pytest.skip(f"a small disk needs the right to mount: {done.stdout.strip()}")

    def fill(self):
        """Until nothing more can be written."""
        with open(self.ballast, "ab", buffering=0) as file:
            try:
                while True:
                    file.write(BLOCK)
            except OSError:
                pass

    def free(self):
        self.ballast.unlink()

    def close(self):
        subprocess.run(["umount", "--lazy", self.folder], check=True)
