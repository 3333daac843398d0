#!/usr/bin/env python3
"""How the cost of every question and every rule grows: the sample district, ten and a hundred times as much of it.

    tests/benches/growth.py FOLDER [--product PROGRAM] [--sizes 1,10,100] [--rules ID,ID] [--only rules|questions|corners]

FOLDER takes the made-up provinces and layers (700 MB at a hundred). The table holds the seconds of the question alone
(without reading and writing), the greatest memory of the process, and how many times the cost is that of a tenth of the
data; what is beyond 13 and takes more than a tenth of a second is marked. Nothing is timed twice: run it on a quiet machine.
"""
import argparse, json, math, multiprocessing, os, random, subprocess, sys, tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
UNIQUE = {"name", "code", "park", "owner"}
MOST = 13


def run(command):
    """What was printed, as JSON, and mebibytes at most."""
    child = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        return None, usage.ru_maxrss / 1024
    return json.loads(printed), usage.ru_maxrss / 1024


def made(make, folder, *of):
    """Makes files in a process of its own: what this one holds would count as its children's memory."""
    maker = multiprocessing.Process(target=make, args=(folder, *of))
    maker.start()
    maker.join()
    return make(folder, *of)


def write(path, features):
    lines = (json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    path.write_text('{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n", encoding="utf8")


def moved(c, dx, dy):
    if isinstance(c[0], (int, float)):
        return [round(c[0] + dx, 7), round(c[1] + dy, 7), *c[2:]]
    return [moved(x, dx, dy) for x in c]


def province(folder, copies):
    """The sample's layers, so many times on a grid; ids, codes and names are made unique."""
    if folder.exists():
        return folder
    folder.mkdir(parents=True)
    for path in sorted((ROOT / "maps/baoshan").glob("*.geojson")):
        layer, features = json.loads(path.read_text(encoding="utf8")), []
        for k in range(copies):
            suffix = f"-{k:02d}" if k else ""
            for feature in layer["features"]:
                f = dict(feature)
                if "id" in f:
                    f["id"] = f"{f['id']}{suffix}"
                given = f["properties"].items()
                f["properties"] = {n: v + suffix if n in UNIQUE and isinstance(v, str) and v else v for n, v in given}
                if f["geometry"]:
                    at = moved(f["geometry"]["coordinates"], k % 10 * 0.35, k // 10 * 0.42)
                    f["geometry"] = {**f["geometry"], "coordinates": at}
                features.append(f)
        write(folder / path.name, features)
    return folder


def ring(x, y, r, n, ragged=0.3):
    at = []
    for i in range(n):
        s = r * (1 - ragged * random.random())
        at.append([round(x + s * math.cos(math.tau * i / n), 8), round(y + s * math.sin(math.tau * i / n), 8)])
    return [at + at[:1]]


def polygon(i, coordinates):
    return {"type": "Feature", "id": i, "properties": {"key": str(i)}, "geometry": {"type": "Polygon", "coordinates": coordinates}}


def layers(folder, size):
    """Homes, parks, outlets, a coast and plots of the same density on more and more land."""
    folder = folder / f"layers-{size}"
    if folder.exists():
        return folder
    folder.mkdir(parents=True)
    random.seed(size)
    wide = 0.1 * math.sqrt(size)
    place = lambda: (121 + wide * random.random(), 30 + wide * random.random())
    write(folder / "home.geojson", [polygon(i, ring(*place(), 0.0008, 8)) for i in range(500 * size)])
    write(folder / "park.geojson", [polygon(i, ring(*place(), 0.002, 24)) for i in range(200 * size)])
    write(folder / "plot.geojson", [polygon(i, ring(*place(), 0.002, 12)) for i in range(500 * size)])
    point = lambda i: {"type": "Feature", "id": i, "properties": {}, "geometry": {"type": "Point", "coordinates": list(place())}}
    write(folder / "outlet.geojson", [point(i) for i in range(5000 * size)])
    corners = round(1000 * math.sqrt(size))
    line = [[121 + wide * i / corners, 30 + wide * 0.5 + 0.005 * random.random()] for i in range(corners)]
    coast = {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": line}}
    write(folder / "coast.geojson", [coast])
    return folder


def dense(folder, corners):
    """A million corners in features of so many each."""
    path = folder / f"corners-{corners}.geojson"
    if not path.exists():
        random.seed(corners)
        count = 1_000_000 // corners
        side = math.ceil(math.sqrt(count))
        at = lambda i: (121 + (i % side + 0.5) / side, 31 + (i // side + 0.5) / side)
        write(path, [polygon(i, ring(*at(i), 0.4 / side, corners, min(0.1, 10 / corners))) for i in range(count)])
    return path


def questions(folder):
    home, park, plot, outlet, coast = (folder / f"{name}.geojson" for name in "home park plot outlet coast".split())
    return [
        ("within 2 km", ["within", outlet, "--of", coast, "--distance", 2000]),
        ("beyond 2 km", ["within", outlet, "--of", coast, "--distance", 2000, "--beyond"]),
        ("nearest", ["nearest", outlet, "--to", coast]),
        ("nearest, at most 2 km", ["nearest", outlet, "--to", coast, "--max", 2000]),
        ("gaps, 500 m", ["gaps", home, "--from", park, "--radius", 500]),
        ("overlap", ["overlap", plot, "--with", park]),
        ("buffer, 100 m", ["buffer", plot, "--distance", 100]),
        ("buffer, 100 m, dissolved", ["buffer", plot, "--distance", 100, "--union"]),
        ("buffer, 500 m, dissolved", ["buffer", plot, "--distance", 500, "--union"]),
        ("audit", ["audit", plot, park, "--key", "key"]),
    ]


def asked(product, command, out):
    printed, memory = run([product, *command, "-o", out, "--json"])
    return (None if printed is None else printed["seconds"]["query"]), memory


def row(name, sizes, found, steps=True):
    """A line of the table, and whether it grows too fast."""
    cells, too_fast, before = [], False, None
    for size, (seconds, memory) in zip(sizes, found):
        if seconds is None:
            cells.append("fails")
            too_fast, before = True, None
            continue
        text = f"{seconds:.3g} s, {memory:.0f} MiB"
        if before is not None and steps:
            times = seconds / max(before, 1e-3)
            is_slow = times > MOST * (size[1] / size[0]) / 10 and seconds > 0.1
            too_fast |= is_slow
            text += f" ({'**' if is_slow else ''}{times:.1f} ×{'**' if is_slow else ''})"
        cells.append(text)
        before = seconds
    print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    return too_fast


def head(first, columns):
    print(f"\n| {first} | " + " | ".join(columns) + " |\n|" + " --- |" * (len(columns) + 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--product", type=Path, default=ROOT / "target/release/shanshui")
    parser.add_argument("--sizes", default="1,10,100")
    parser.add_argument("--rules", default="")
    parser.add_argument("--only", choices=["rules", "questions", "corners"])
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    pairs = list(zip([sizes[0], *sizes], sizes))
    columns = [f"{size} ×" for size in sizes]
    out = Path(tempfile.mkdtemp())
    too_fast = []

    def table(name, commands):
        if row(name, pairs, [asked(options.product, command, out / "answer.geojson") for command in commands]):
            too_fast.append(name)

    if options.only in (None, "questions"):
        head("question", columns)
        of = [questions(made(layers, options.folder, size)) for size in sizes]
        for commands in zip(*of):
            table(commands[0][0], [command for _, command in commands])
    if options.only in (None, "corners"):
        corners = [100, 1_000, 10_000, 100_000]
        head("a million corners, in features of", [str(n) for n in corners])
        files = [made(dense, options.folder, n) for n in corners]
        points = made(layers, options.folder, sizes[0]) / "outlet.geojson"
        for name, command in [
            ("buffer, 50 m", lambda f: ["buffer", f, "--distance", 50]),
            ("buffer, 500 m", lambda f: ["buffer", f, "--distance", 500]),
            ("gaps of these, from points, 500 m", lambda f: ["gaps", f, "--from", points, "--radius", 500]),
            ("gaps of small ones from these, 300 m", lambda f: ["gaps", files[0], "--from", f, "--radius", 300]),
            ("overlap of these with small ones", lambda f: ["overlap", f, "--with", files[0]]),
            ("overlap of small ones with these", lambda f: ["overlap", files[0], "--with", f]),
        ]:
            found = [asked(options.product, command(f), out / "answer.geojson") for f in files]
            row(name, pairs[:1] * len(files), found, steps=False)
            known = [seconds for seconds, _ in found if seconds is not None]
            if len(known) < len(found) or max(known) > 3 * max(known[0], 0.1):
                too_fast.append(name)
    if options.only in (None, "rules"):
        provinces = [made(province, options.folder / f"province-{size}", size) for size in sizes]
        head("rule", columns)
        catalogue, _ = run([options.product, "rules", provinces[0], "--json"])
        wanted = [id for id in options.rules.split(",") if id]
        ids = [rule["id"] for rule in catalogue if rule.get("runnable") and (not wanted or rule["id"] in wanted)]
        answers = out / "answers"
        for id in [i for i in ids if i not in ("findings", "one-map")]:
            found = []
            for folder in provinces:
                printed, memory = run([options.product, "run", folder, id, "-o", answers, "--json"])
                found.append((None if printed is None else printed["seconds"]["query"], memory))
            if row(f"`{id}`", pairs, found):
                too_fast.append(id)
        printed = [run([options.product, "run", folder, "-o", answers, "--json"]) for folder in provinces]
        row("all of them, in one run", pairs, [(sum(p["seconds"].values()) if p else None, m) for p, m in printed])
    if too_fast:
        sys.exit("grow too fast: " + ", ".join(too_fast))


main()
