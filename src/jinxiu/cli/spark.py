"""What Apache Spark needs on this machine: Java, and the packages of the extra `spark`."""

import importlib.util
import os
import re
import subprocess
from pathlib import Path

from jinxiu.cli.problems import Problem

_OLDEST_JAVA = 17
_TO_DO = "install it (Debian and Ubuntu: apt install openjdk-17-jre-headless) or name its folder in JAVA_HOME"


def require_spark() -> None:
    """Problem, in one sentence, when Spark cannot be started here."""
    if importlib.util.find_spec("pyspark") is None:
        raise Problem(
            "Apache Spark is not installed here; install it with: "
            "pip install --require-hashes --no-deps --requirement requirements-spark.lock"
        )
    found = java_version()
    if found is None:
        raise Problem(f"Apache Spark needs Java {_OLDEST_JAVA} or newer, which was not found; {_TO_DO}.")
    if found < _OLDEST_JAVA:
        raise Problem(f"Apache Spark needs Java {_OLDEST_JAVA} or newer, this is Java {found}; {_TO_DO}.")


def java_version() -> int | None:
    """The number of the Java that Spark would take: JAVA_HOME's, else the one on the path; None for none."""
    home = os.environ.get("JAVA_HOME")
    java = Path(home, "bin", "java") if home else Path("java")
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', told.stderr + told.stdout)
    return int(found[1]) if found else None
