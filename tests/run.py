"""Set up an environment of its own and pass the tests: `python3 tests/run.py [--compiled] [pytest's options]`.

Plain, it installs the checkout in editable form as plain Python. With --compiled it builds and installs the wheel with every hot room
compiled, so that the same tests run on what users get. The test files are shared out over the processors.
"""

import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    options = sys.argv[1:]
    form = "compiled" if "--compiled" in options else "pure"
    options = [option for option in options if option != "--compiled"]
    home = ROOT / (".venv" if form == "pure" else ".venv-compiled")
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
    environment = dict(os.environ, WIREGRAM_BUILD=form, WIREGRAM_EXPECT=form)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if form == "pure":
        subprocess.run([*pip, "--editable", f"{ROOT}[dev]"], check=True, env=environment, cwd=ROOT)
    else:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        subprocess.run([*pip, *project["dependencies"], *project["optional-dependencies"]["dev"]], check=True, env=environment, cwd=ROOT)
        subprocess.run([*pip, "--force-reinstall", "--no-deps", "--no-build-isolation", str(ROOT)], check=True, env=environment, cwd=ROOT)
    share = [] if any(option.startswith(("-n", "--dist", "-p")) for option in options) else ["-n", "auto", "--dist", "loadfile"]
    return subprocess.run([str(python), "-m", "pytest", *share, *options], env=environment, cwd=ROOT).returncode


if __name__ == "__main__":
    raise SystemExit(main())
