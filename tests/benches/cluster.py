#!/usr/bin/env python3
"""How a cluster grows: one project on 1, 2 and 4 executors of half a core each, the desktop beside them.

    cargo build --release -p shanshui -p shanshui-cluster
    python3 tests/benches/growth.py …                  # makes the made-up provinces (its own help says how)
    sudo python3 tests/benches/cluster.py --program target/release PROVINCE [--rules RULE…] [--workers 1 2 4] [--cores 0.5]

Half a core is a quota of the cpu controller (cgroup, version 1 or 2), for which one has to be root, or cpulimit where it is installed. Of each run the
table holds: wall time without making the data set; rows read per row owned; the slowest tile over the median tile, greatest of the works of a second and more;
the largest memory of an executor; whether the answers are the desktop's to the byte (but for the time).
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

CGROUPS = pathlib.Path("/sys/fs/cgroup")


class Limited:
    """Limits processes to a part of a core each."""

    def __init__(self, cores):
        self.cores, self.groups, self.limiters = cores, [], []

    def add(self, pid):
        group = f"shanshui-{os.getpid()}-{pid}"
        v2 = (CGROUPS / "cgroup.controllers").exists()
        folder = CGROUPS / group if v2 else CGROUPS / "cpu" / group
        try:
            folder.mkdir()
            if v2:
                (folder / "cpu.max").write_text(f"{int(self.cores * 100_000)} 100000")
            else:
                (folder / "cpu.cfs_period_us").write_text("100000")
                (folder / "cpu.cfs_quota_us").write_text(str(int(self.cores * 100_000)))
            (folder / "cgroup.procs").write_text(str(pid))
            self.groups.append(folder)
        except OSError as error:
            if not shutil.which("cpulimit"):
                raise SystemExit(f"no part of a core can be set: {error}; be root, or install cpulimit")
            self.limiters.append(subprocess.Popen(["cpulimit", "-q", "-p", str(pid), "-l", str(int(self.cores * 100))]))

    def end(self):
        for limiter in self.limiters:
            limiter.terminate()
        for folder in self.groups:
            try:
                folder.rmdir()
            except OSError:
                pass


def service(arguments):
    """A service and where it listens."""
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    return process, json.loads(process.stdout.readline())["address"]


def peak_mb(pid):
    """The largest memory of a process until now; MB."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) / 1024


TIME = re.compile(rb'"time":"[^"]*"')


def same(one, other):
    names = sorted(path.name for path in one.iterdir() if path.name != "summary.json")
    if names != sorted(path.name for path in other.iterdir() if path.name != "summary.json"):
        return False
    return all(TIME.sub(b"", (one / n).read_bytes()) == TIME.sub(b"", (other / n).read_bytes()) for n in names)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=pathlib.Path)
    parser.add_argument("--program", type=pathlib.Path, required=True, help="the folder of both programs")
    parser.add_argument("--rules", nargs="*", default=[])
    parser.add_argument("--workers", nargs="*", type=int, default=[1, 2, 4])
    parser.add_argument("--cores", type=float, default=0.5)
    parser.add_argument("--keep", type=int, default=256)
    parser.add_argument("--here-below", type=int, default=200_000)
    parser.add_argument("--folder", type=pathlib.Path, default=None, help="where data set and answers go")
    options = parser.parse_args()
    cluster = str(options.program / "shanshui-cluster")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        folder = pathlib.Path(folder)
        started = time.time()
        here = [str(options.program / "shanshui"), "run", "--any-size", str(options.project), *options.rules]
        subprocess.run([*here, "-o", str(folder / "here")], check=True, stdout=subprocess.DEVNULL)
        print(f"desktop, all cores: {time.time() - started:.1f} s", flush=True)
        started = time.time()
        subprocess.run([cluster, "ingest", str(options.project), str(folder / "data")], check=True)
        print(f"ingest: {time.time() - started:.1f} s", flush=True)
        print("| workers | seconds | work s | works | tiles | rows read / owned | slowest / median | MB a worker | same |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        for workers in options.workers:
            scheduler, address = service([cluster, "scheduler", "--bind", "127.0.0.1:0"])
            limited, executors = Limited(options.cores), []
            try:
                for _ in range(workers):
                    arguments = ["executor", "--scheduler", address, "--slots", "1", "--keep", str(options.keep)]
                    process, _ = service([cluster, *arguments])
                    limited.add(process.pid)
                    executors.append(process)
                out, started = folder / f"there-{workers}", time.time()
                run = [cluster, "run", str(folder / "data"), *options.rules, "--scheduler", address, "-o", str(out)]
                run += ["--any-size", "--progress", "json", "--here-below", str(options.here_below)]
                done = subprocess.run(run, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                seconds = time.time() - started
                if done.returncode:
                    raise SystemExit(done.stderr[-2_000:])
                events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
                total = next(event for event in events if event["event"] == "done")
                works = sum(event["seconds"] for event in events if event["event"] == "work")
                # Of works that are worth it: in small ones a tile is mostly waiting.
                large = [e["tile_seconds"] for e in events if e["event"] == "work" and e["tile_seconds"]["all"] >= 1]
                skew = max((tile["slowest"] / tile["median"] for tile in large), default=float("nan"))
                memory = max(peak_mb(process.pid) for process in executors)
                read = total["rows_read"] / max(total["rows"], 1)
                print(
                    f"| {workers} | {seconds:.1f} | {works:.1f} | {total['works']} | {total['tiles']} | {read:.2f} | "
                    f"{skew:.1f} | {memory:.0f} | {'yes' if same(folder / 'here', out) else 'NO'} |",
                    flush=True,
                )
            finally:
                for process in [*executors, scheduler]:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                limited.end()


if __name__ == "__main__":
    main()
