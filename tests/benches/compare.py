#!/usr/bin/env python3
"""Whole processes of Shanshui beside what a planner would use instead, in turn, on the same files.

    tests/benches/compare.py FOLDER [--runs N] [--mapshaper PROGRAM] [--product PROGRAM]

FOLDER is what `tests/benches/peers/prepare.sh FOLDER` made. Each task runs product, peer, product, peer …; the table
holds medians of wall seconds and of the greatest memory, and their ratios.
"""
import argparse, json, os, statistics, subprocess, sys, time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def run(command):
    """Seconds, mebibytes at most, and what was printed."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024, printed.decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="tasks whose name holds this")
    parser.add_argument("--mapshaper", help="reads the world's shoreline beside it")
    parser.add_argument("--product", type=Path, default=ROOT / "target/release/shanshui")
    options = parser.parse_args()
    data, out = options.folder / "data", options.folder / "out"
    out.mkdir(exist_ok=True)
    python, peers = options.folder / "venv/bin/python", HERE / "peers/peers.py"
    regions = HERE / "peers/regions.py"
    product = str(options.product)

    def peer(task, name="geopandas"):
        return [python, peers, name, task, data, out / "peer.geojson"]

    def region(task):
        return [python, regions, task, data, out / "peer.geojson"]

    def buffer(layer, distance_m, *more):
        return [product, "buffer", data / f"{layer}.geojson", "--distance", str(distance_m), *more]

    answer = ["--json", "-o", out / "ours.geojson"]
    world = data / "world-shore.geojson"
    within = [product, "within", data / "outlets-1m.geojson", "--of", data / "shoreline.geojson", "--distance", "2000"]
    gaps = [product, "gaps", data / "residential-50k.geojson", "--from", data / "parks-20k.geojson", "--radius", "500"]
    nearest = [product, "nearest", data / "outlets-1m.geojson", "--to", data / "shoreline.geojson"]
    overlap = [product, "overlap", data / "plots-100k.geojson", "--with", data / "counties.geojson"]
    tasks = [
        ("info, world's shoreline", "geopandas", [product, "info", world], peer("load")),
        ("within, 1 M outlets", "geopandas", within + answer, peer("within")),
        ("within, 1 M outlets", "DuckDB", within + answer, peer("within", "duckdb")),
        ("gaps, 50 k homes, 20 k parks", "shapely", gaps + answer, peer("gaps")),
        ("overlap, 100 k plots, counties", "geopandas", overlap + answer, peer("overlay")),
        ("nearest, 1 M outlets", "geopandas", nearest + answer, region("nearest")),
        ("buffer, counties, 2 km", "geopandas", buffer("counties", 2000) + answer, region("counties-2km")),
        ("buffer, counties, 20 km", "geopandas", buffer("counties", 20000) + answer, region("counties-20km")),
        ("buffer, 20 k parks, 500 m, dissolved", "geopandas", buffer("parks-20k", 500, "--union") + answer, region("parks")),
    ]
    if options.mapshaper:
        shaper = [options.mapshaper, world, "-info"]
        tasks.insert(1, ("info, world's shoreline", "mapshaper", [product, "info", world], shaper))
    tasks = [task for task in tasks if options.only in task[0]]
    print("| work | ours, s | peer, s | ratio | ours, MiB | peer, MiB | ratio | seconds by stage, ours | theirs |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, rival, ours, theirs in tasks:
        runs = [(run(ours), run(theirs)) for _ in range(options.runs)]
        seconds = [statistics.median(side[k][0] for side in runs) for k in (0, 1)]
        memory = [statistics.median(side[k][1] for side in runs) for k in (0, 1)]

        def stages(k, key):
            told = [json.loads(side[k][2])[key] for side in runs]
            return ", ".join(f"{stage} {statistics.median(t[stage] for t in told):.2f}" for stage in told[0])

        own = stages(0, "seconds") if "--json" in ours else ""
        other = stages(1, "stages") if python in theirs else ""
        print(
            f"| {name} / {rival} | {seconds[0]:.2f} | {seconds[1]:.2f} | **{seconds[1] / seconds[0]:.1f}** "
            f"| {memory[0]:.0f} | {memory[1]:.0f} | {memory[0] / memory[1]:.2f} | {own} | {other} |",
            flush=True,
        )


main()
