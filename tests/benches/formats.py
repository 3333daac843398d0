#!/usr/bin/env python3
"""Reading files of planners' formats beside GDAL (through pyogrio to a GeoDataFrame), whole processes in turn on the same files.

    tests/benches/formats.py FOLDER [--runs N] [--only shp|gpkg|fgb|gdb] [--product PROGRAM]

FOLDER is what `tests/benches/peers/prepare.sh FOLDER` made. GDAL writes the plots (100,000 areas) and the outlets (a million points) as
Shapefile, GeoPackage, FlatGeobuf and file geodatabase into FOLDER/formats, once. Each row runs product, peer, product, peer …; it
holds the medians of wall seconds and of the greatest memory, and their ratios. Both read every value and every position; the product
also checks every geometry.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def run(command):
    """Seconds, and mebibytes at most."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


LAYERS = [("plots-100k", "100 k plots"), ("outlets-1m", "1 M outlets")]
FORMATS = [
    ("shp", "Shapefile", "ESRI Shapefile"),
    ("gpkg", "GeoPackage", "GPKG"),
    ("fgb", "FlatGeobuf", "FlatGeobuf"),
    ("gdb", "File geodatabase", "OpenFileGDB"),
]
READ = "import pyogrio, sys; print(len(pyogrio.read_dataframe(sys.argv[1])))"
WRITE = """
import pyogrio, sys
frame = pyogrio.read_dataframe(sys.argv[1])
for driver, path in zip(sys.argv[2::2], sys.argv[3::2]):
    pyogrio.write_dataframe(frame, path, driver=driver)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="one format, by its ending")
    parser.add_argument("--product", type=Path, default=ROOT / "target/release/shanshui")
    options = parser.parse_args()
    python, out = options.folder / "venv/bin/python", options.folder / "formats"
    out.mkdir(exist_ok=True)
    print("| read | ours, s | pyogrio, s | ratio | ours, MiB | pyogrio, MiB | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for layer, title in LAYERS:
        paths = [(driver, out / f"{layer}.{ending}") for ending, _, driver in FORMATS]
        missing = [part for driver, path in paths if not path.exists() for part in (driver, path)]
        if missing:
            subprocess.run([python, "-c", WRITE, options.folder / f"data/{layer}.geojson", *missing], check=True)
        for ending, name, _ in FORMATS:
            if options.only not in ("", ending):
                continue
            path = out / f"{layer}.{ending}"
            ours = [options.product, "info", path, "--json"]
            theirs = [python, "-c", READ, path]
            runs = [(run(ours), run(theirs)) for _ in range(options.runs)]
            seconds = [statistics.median(side[k][0] for side in runs) for k in (0, 1)]
            memory = [statistics.median(side[k][1] for side in runs) for k in (0, 1)]
            print(
                f"| {name}, {title} | {seconds[0]:.2f} | {seconds[1]:.2f} | **{seconds[1] / seconds[0]:.1f}** "
                f"| {memory[0]:.0f} | {memory[1]:.0f} | {memory[0] / memory[1]:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())
