"""A Spark cluster for a while: a standalone master and two workers, heard on loopback only, and no file left behind."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

LOOPBACK = "127.0.0.1"
WORKERS = 2
_QUIET = """\
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %c: %m%n
"""


@contextmanager
def cluster(memory: str = "1g", **settings: str) -> Iterator[Any]:
    """A SparkSession in a cluster of its own, one core and so much memory for each of the two executors.

    `settings` are Spark's, with _ for each point of their names.
    """
    import pyspark
    from pyspark.sql import SparkSession

    home = Path(pyspark.__file__).parent
    with tempfile.TemporaryDirectory(prefix="jinxiu-spark-") as folder, ExitStack() as stack:
        (Path(folder) / "log4j2.properties").write_text(_QUIET, encoding="utf-8")
        # SPARK_LOCAL_IP is what the pages of master and workers listen on, which cannot be switched off.
        ours = {"SPARK_HOME": str(home), "SPARK_CONF_DIR": folder, "SPARK_LOCAL_IP": LOOPBACK, "TMPDIR": folder}
        ours |= {"SPARK_LOCAL_DIRS": folder, "SPARK_WORKER_DIR": folder, "SPARK_DAEMON_MEMORY": "256m"}
        ours["SPARK_DAEMON_JAVA_OPTS"] = f"-Djava.io.tmpdir={folder}"
        stack.enter_context(patch.dict(os.environ, ours))
        address = f"spark://{LOOPBACK}:{_start(stack, home, 'master.Master', '--webui-port', '0')}"
        for _ in range(WORKERS):
            _start(stack, home, "worker.Worker", "--webui-port", "0", "--cores", "1", "--memory", memory, address)
        builder = SparkSession.builder.master(address).appName("jinxiu")
        java = f"-Djava.io.tmpdir={folder}"
        for name, value in {
            "spark.driver.host": LOOPBACK,
            "spark.driver.extraJavaOptions": java,
            "spark.executor.extraJavaOptions": java,
            "spark.executor.memory": memory,
            "spark.log.level": "ERROR",
            "spark.sql.shuffle.partitions": "4",
            "spark.sql.warehouse.dir": folder,
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            **{name.replace("_", "."): value for name, value in settings.items()},
        }.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        stack.callback(_end_driver, session)
        _wait_for_executors(session)
        yield session


def _start(stack: ExitStack, home: Path, name: str, *arguments: str) -> int:
    """Start the master or a worker; the port on which it listens. It is stopped, and waited for, with the stack."""
    port = _free_port()
    place = ("--host", LOOPBACK, "--port", str(port))
    command = [home / "bin" / "spark-class", f"org.apache.spark.deploy.{name}", *place, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(_stop, process)
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"Spark's {name} ended at once with code {process.returncode}")
        with socket.socket() as there:
            if there.connect_ex((LOOPBACK, port)) == 0:
                return port
        time.sleep(0.2)
    raise RuntimeError(f"Spark's {name} did not answer within a minute")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((LOOPBACK, 0))
        return int(one.getsockname()[1])


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_driver(session: Any) -> None:
    """The session and its Java process, which Spark leaves running until this one ends."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    session.stop()
    gateway.shutdown()
    _stop(gateway.proc)
    SparkContext._gateway = SparkContext._jvm = None


def _wait_for_executors(session: Any) -> None:
    """The driver counts among those that hold memory."""
    for _ in range(300):
        if session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() > WORKERS:
            return
        time.sleep(0.2)
    raise RuntimeError("the workers brought no executors within a minute")
