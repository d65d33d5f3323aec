"""Builds the wheel: fills the data folder from kernelspec/, then calls maturin.

maturin puts `target/wheel-data/data` into the wheel, and pip copies it into the prefix of the
environment, where Jupyter looks: the kernel and JupyterLab's extension are there after
`pip install` alone. `python python/backend/wheel.py` only fills the folder, for builds that
call maturin themselves.
"""

import json
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KERNELSPEC = ROOT / "kernelspec"
DATA = ROOT / "target" / "wheel-data"

# The lexer is in this wheel, so notebooks may name it: see src/kernel/pygments.rs.
LEXER = {"FLAMEBOOK_PYGMENTS_LEXER": "flamebook"}


def fill():
    """Copies what Jupyter reads, as `flamebook install` writes it."""
    shutil.rmtree(DATA, ignore_errors=True)
    jupyter = DATA / "data" / "share" / "jupyter"
    kernel = jupyter / "kernels" / "flamebook"
    kernel.mkdir(parents=True)
    spec = json.loads((KERNELSPEC / "kernel.json").read_text())
    spec["env"] = LEXER
    (kernel / "kernel.json").write_text(json.dumps(spec, indent=2) + "\n")
    for logo in KERNELSPEC.glob("logo-*"):
        shutil.copy(logo, kernel)
    shutil.copytree(KERNELSPEC / "labextension", jupyter / "labextensions" / "flamebook")


# The hooks of PEP 517, which pip calls.


def get_requires_for_build_wheel(config_settings=None):
    return _maturin().get_requires_for_build_wheel(config_settings)


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    fill()
    return _maturin().prepare_metadata_for_build_wheel(metadata_directory, config_settings)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    fill()
    return _maturin().build_wheel(wheel_directory, config_settings, metadata_directory)


def get_requires_for_build_sdist(config_settings=None):
    return _maturin().get_requires_for_build_sdist(config_settings)


def build_sdist(sdist_directory, config_settings=None):
    fill()
    return _maturin().build_sdist(sdist_directory, config_settings)


def _maturin():
    """Not needed to fill the folder."""
    import maturin

    return maturin


if __name__ == "__main__":
    fill()
