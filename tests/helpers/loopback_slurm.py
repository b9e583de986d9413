"""A real Slurm of one node on this machine, for as long as the tests that need it."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

CONFIGURATION = Path("/etc/slurm")
LOCK = Path(tempfile.gettempdir(), "viewcast-slurm.lock")
MARK = "# viewcast tests: a Slurm of one node on loopback"
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol")
PACKAGES = ("slurm-wlm", "munge")


def why_not() -> str | None:
    """Why no Slurm can be started here; None if one can."""
    if os.geteuid() != 0:
        return "starting Slurm's daemons needs root"
    own = CONFIGURATION / "slurm.conf"
    if own.exists() and not own.read_text().startswith(MARK):
        return f"{own} is another one's; it is left alone"
    missing = [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]
    if missing:
        return f"{', '.join(missing)} are not installed: apt-get install {' '.join(PACKAGES)}"
    return None


class LoopbackSlurm:
    """munged, slurmctld and slurmd, with one node of ``cpus`` processors and one GPU that is none.

    The node may be larger than the machine: jobs then share its processors. Another process's Slurm is waited for.
    """

    def __init__(self, folder: Path, *, cpus: int = 8, memory_mb: int = 64_000) -> None:
        self.folder, self.cpus, self.memory_mb = folder, cpus, memory_mb
        self.node = socket.gethostname().split(".")[0]
        self._daemons: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> LoopbackSlurm:
        self._lock = open(LOCK, "w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        CONFIGURATION.mkdir(exist_ok=True)
        (CONFIGURATION / "slurm.conf").write_text(self._conf())
        (CONFIGURATION / "gres.conf").write_text(f"NodeName={self.node} Name=gpu Type=fake File=/dev/null\n")
        run = Path("/run/munge")
        run.mkdir(exist_ok=True)
        shutil.chown(run, "munge", "munge")
        if not Path(run, "munge.socket.2").exists():
            subprocess.run(["runuser", "-u", "munge", "--", "munged", "--force"], check=True, env=self._environment())
        try:
            for name in ("slurmctld", "slurmd"):
                log = open(self.folder / f"{name}.out", "wb")
                self._daemons.append(subprocess.Popen([name, "-D"], stdout=log, stderr=log, env=self._environment()))
            self.wait_for("idle")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for daemon in reversed(self._daemons):
            daemon.terminate()
        for daemon in self._daemons:
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
        subprocess.run(["pkill", "-x", "munged"], check=False)
        for name in ("slurm.conf", "gres.conf"):
            (CONFIGURATION / name).unlink(missing_ok=True)
        self._lock.close()

    def command(self, *words: str) -> str:
        """One of Slurm's own commands; its output."""
        done = subprocess.run(words, env=self._environment(), capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def state(self) -> str:
        return self.command("sinfo", "--noheader", "--format", "%T")

    def wait_for(self, state: str, seconds: float = 60) -> None:
        """Until the node is in this state."""
        until = time.monotonic() + seconds
        found = ""
        while time.monotonic() < until:
            try:
                found = self.state()
            except subprocess.CalledProcessError as error:
                found = str(error.stderr)
            if found == state:
                return
            time.sleep(0.3)
        logs = "\n".join(path.read_text()[-2000:] for path in sorted(self.folder.glob("*.out")))
        raise AssertionError(f"the node is {found!r}, not {state!r}\n{logs}")

    def update_node(self, state: str) -> None:
        """Change the node's state as an administrator does."""
        self.command("scontrol", "update", f"NodeName={self.node}", f"State={state}", "Reason=test")

    def wait_for_jobs(self, state: str, seconds: float = 120) -> None:
        """Until a job is in this state."""
        until = time.monotonic() + seconds
        while state not in self.command("squeue", "--noheader", "--format", "%T").split():
            assert time.monotonic() < until, f"no job is {state}"
            time.sleep(0.3)

    def jobs(self) -> dict[str, dict[str, str]]:
        """Number -> what Slurm says of a job of the last minutes: JobState, TresPerJob and so on."""
        lines = self.command("scontrol", "--oneliner", "show", "jobs").splitlines()
        found = [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]
        return {job["JobId"]: job for job in found if "JobId" in job}

    def ended(self) -> list[dict[str, str]]:
        """Every job that was submitted, from the accounting file: JobId, Name, JobState and so on."""
        lines = (self.folder / "jobs.txt").read_text().splitlines() if (self.folder / "jobs.txt").exists() else []
        return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]

    def _conf(self) -> str:
        for name in ("state", "spool"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        return f"""{MARK}
ClusterName=loopback
SlurmctldHost={self.node}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=cred_expire=5
MpiDefault=none
StateSaveLocation={self.folder}/state
SlurmdSpoolDir={self.folder}/spool
SlurmctldPidFile={self.folder}/slurmctld.pid
SlurmdPidFile={self.folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=100000,sched_interval=2,bf_interval=2,defer_batch
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
JobCompType=jobcomp/filetxt
JobCompLoc={self.folder}/jobs.txt
GresTypes=gpu
SlurmdParameters=config_overrides
MinJobAge=600
KillWait=2
NodeName={self.node} NodeAddr=127.0.0.1 CPUs={self.cpus} RealMemory={self.memory_mb} Gres=gpu:fake:1 State=UNKNOWN
PartitionName=all Nodes={self.node} Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
"""

    def _environment(self) -> dict[str, str]:
        return os.environ | {"PATH": _path()}


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin:/sbin"
