#!/usr/bin/env python3
"""Puts the same random cases to the program, to GEOS (shapely) and to Karney's algorithm (PROJ), and compares.

    python3 tests/judges/random_cases.py --program target/release/shanshui --number 1000 --seed 1 --out disagreements

needs shapely 2, pyproj and numpy. Every kind of `shapes.py` gives so many pairs of areas. They are asked in batches for
`overlap`, `nearest`, `within`, `buffer`, `gaps` and `info`. Disagreements are written to a folder, each as JSON with its
two geometries, and counted; the exit status is 1 where one is not permitted by `permitted_random.json`.
`--record FILE` writes cases with the numbers expected of them, which `cargo test` holds the program to without Python.
"""

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import shapely
from shapely.geometry import shape as shape_of

import earth
import shapes

HERE = Path(__file__).parent
SLIVER_M2, SLIVER_WIDTH_M = 1.0, 0.1
NO_AREA_M2 = 1e-6
# Cases that are asked together, each at a place of its own.
BATCH = 50


def sound_parts(geometry):
    """The usable ground of a geometry: of each part whose even-odd area is that of its shell less its holes; `None` without
    one. Also its rings, spikes and all, and whether GEOS calls it valid or why not."""
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    found, lines = [], []
    for rings in parts:
        areas = [abs(shapely.Polygon(ring).area) for ring in rings]
        extents = [shapely.MultiPoint(ring).convex_hull.area > 0 for ring in rings]
        if not extents[0]:
            continue
        rings = [ring for ring, extent in zip(rings, extents) if extent]
        # Ring by ring: where a hole has an edge of the shell, GEOS would mend the whole by filling it.
        ground = shapely.Polygon()
        for ring in rings:
            area = shapely.Polygon(ring)
            area = area if area.is_valid else shapely.make_valid(area)
            ground = ground.symmetric_difference(shapely.union_all(pieces(area)))
        used = [a for a, extent in zip(areas, extents) if extent]
        wanted = used[0] - sum(used[1:])
        # Less than a square millimetre is a speck.
        if abs(ground.area - wanted) > 1e-9 * used[0] or wanted <= 0 or earth.area_m2(ground) <= NO_AREA_M2:
            continue
        found.append(ground)
        lines.extend(shapely.LineString(ring) for ring in rings)
    whole = shape_of(geometry)
    ground = shapely.union_all(found) if found else None
    return ground, shapely.MultiLineString(lines), shapely.is_valid_reason(whole)


def pieces(shape):
    return [p for p in shapely.get_parts(shapely.get_parts(shape)) if p.geom_type == "Polygon" and not p.is_empty]


class Case:
    def __init__(self, kind, number, a, b):
        self.kind, self.number, self.a, self.b = kind, number, a, b
        self.ground_a, self.lines_a, self.why_a = sound_parts(a)
        self.ground_b, self.lines_b, self.why_b = sound_parts(b)

    def both(self):
        return self.ground_a is not None and self.ground_b is not None


class Judge:
    def __init__(self, options):
        self.options = options
        self.counts, self.found, self.margins = Counter(), [], {}
        self.folder = Path(tempfile.mkdtemp())
        permitted = json.loads((HERE / "permitted_random.json").read_text())
        self.permitted = permitted["permitted"]

    def run(self, *arguments):
        done = subprocess.run([self.options.program, *map(str, arguments), "--json", "--lang", "en"], cwd=self.folder,
                              capture_output=True, text=True)
        if done.returncode != 0:
            return None, done.stderr.strip()
        return json.loads(done.stdout), None

    def write(self, name, geometries):
        features = [{"type": "Feature", "id": i, "properties": {"n": i}, "geometry": g} for i, g in enumerate(geometries)]
        (self.folder / name).write_text(json.dumps({"type": "FeatureCollection", "features": features}))

    def answer(self):
        return json.loads((self.folder / "o.geojson").read_text())

    def differ(self, case, what, ours, expected, **more):
        allowed = next((p for p in self.permitted if p["what"] == what and case.kind in p["kinds"]
                        and ("reason" not in p or p["reason"] in f"{case.why_a} {case.why_b}")), None)
        self.counts[(case.kind, what, "permitted" if allowed else "DISAGREES")] += 1
        self.found.append({"kind": case.kind, "number": case.number, "seed": self.options.seed, "what": what, "ours": ours,
                           "expected": expected, "permitted": allowed and allowed["why"], "geos_a": case.why_a,
                           "geos_b": case.why_b, "a": case.a, "b": case.b, **more})

    def compare(self, case, what, ours, expected, tolerance, **more):
        self.counts[(case.kind, what, "compared")] += 1
        off = abs(ours - expected)
        self.margins[what] = max(self.margins.get(what, 0.0), off / tolerance if off <= tolerance else 0.0)
        if not off <= tolerance:
            self.differ(case, what, ours, expected, off=off, tolerance=tolerance, **more)

    def failed(self, cases, what, error):
        # One by one, to find who it was.
        for case in cases:
            self.differ(case, what + "-failed", error, "an answer")

    def batch(self, cases, rng):
        self.write("a.geojson", [c.a for c in cases])
        self.write("b.geojson", [c.b for c in cases])
        self.validity(cases)
        self.overlap(cases)
        self.distances(cases, rng)
        if cases[0].kind != "huge":
            self.buffers(cases, 2.0 ** rng.uniform(-1, 11))
            self.gaps(cases, 2.0 ** rng.uniform(1, 10))

    def validity(self, cases):
        for name, of, why in (("a.geojson", "ground_a", "why_a"), ("b.geojson", "ground_b", "why_b")):
            info, error = self.run("info", name)
            if error:
                return self.failed(cases, "info", error)
            left_out = {p["feature"] - 1: p["problem"] for p in info["health"] if p["left_out"]}
            for i, case in enumerate(cases):
                self.counts[(case.kind, "validity", "compared")] += 1
                usable, expected = i not in left_out, getattr(case, of) is not None
                if expected and earth.area_m2(getattr(case, of)) < 2e-6 and not usable:
                    continue
                if usable != expected:
                    self.differ(case, "validity", left_out.get(i, "used"), getattr(case, why), file=name)

    def accepted(self, cases, what):
        """The program takes its own answer without a word, and so does GEOS."""
        info, error = self.run("info", "o.geojson")
        if error:
            return self.failed(cases[:1], what + "-info", error)
        features = self.answer()["features"]
        # A feature is kept as it is where nothing was cut; a region is always made.
        kept = () if what == "buffer" else ("wrong-winding", "part-left-out", "parts-overlap")
        for p in info["health"]:
            if p["problem"] in ("empty-collection", "mixed-types", *kept):
                continue
            row = features[p["feature"] - 1]["properties"]["n"] if p["feature"] else 0
            self.differ(cases[row], what + "-info", p["problem"], "no complaint", answer=features[p["feature"] - 1]["geometry"] if p["feature"] else None)
        for feature in features:
            case = cases[feature["properties"]["n"]]
            if not (case.why_a == case.why_b == "Valid Geometry"):
                continue
            self.counts[(case.kind, what + "-valid", "compared")] += 1
            reason = shapely.is_valid_reason(shape_of(feature["geometry"]))
            if reason != "Valid Geometry":
                self.differ(case, what + "-valid", reason, "Valid Geometry", answer=feature["geometry"])

    def overlap(self, cases):
        summary, error = self.run("overlap", "a.geojson", "--with", "b.geojson", "-o", "o.geojson")
        if error:
            return self.failed(cases, "overlap", error)
        answer = self.answer()
        ours = {f["properties"]["n"]: f for f in answer["features"] if f["properties"]["with_id"] == f["properties"]["n"]}
        label = lambda text: int(str(text).lstrip("#"))
        thin = Counter()
        for sliver in answer["shanshui"]["slivers"]:
            if str(sliver["feature"]).lstrip("#").isdigit() and sliver["feature"] == sliver["with"]:
                thin[label(sliver["feature"])] += sliver["area_m2"]
        for i, case in enumerate(cases):
            if not case.both():
                continue
            expected = pieces(case.ground_a.intersection(case.ground_b))
            # What the program looks at: connected pieces, without what is thin or small.
            judged = [(earth.area_m2(p), earth.perimeter_m(p)) for p in expected]
            perimeter = sum(p for _, p in judged) + 1.0
            own = ours.get(i)
            our_m2 = own["properties"]["area_m2"] if own else 0.0
            rounding = 2e-6 * perimeter + 2e-3 if case.kind != "huge" else 2e-6 * perimeter + 1.0
            total = sum(m2 for m2, _ in judged)
            self.compare(case, "overlap-with-slivers", our_m2 + thin[i], total, 1e-6 * total + rounding, slivers=thin[i])
            unsure = [1 for m2, m in judged if 0.98 < m2 / SLIVER_M2 < 1.02 or 0.98 < (2 * m2 / m) / SLIVER_WIDTH_M < 1.02]
            whole = sum(m2 for m2, m in judged if m2 >= SLIVER_M2 and 2 * m2 / m >= SLIVER_WIDTH_M)
            if not unsure:
                self.compare(case, "overlap", our_m2, whole, 1e-6 * whole + rounding, slivers=thin[i])
            if own:
                written = shape_of(own["geometry"])
                again = earth.area_m2(written if written.is_valid else shapely.make_valid(written))
                self.compare(case, "overlap-written", again, our_m2, 1e-6 * our_m2 + 4e-4 * perimeter + 1e-3)
        self.accepted(cases, "overlap")

    def distances(self, cases, rng):
        _, error = self.run("nearest", "a.geojson", "--to", "b.geojson", "-o", "o.geojson")
        if error:
            return self.failed(cases, "nearest", error)
        found = {f["properties"]["n"]: f["properties"] for f in self.answer()["features"]}
        for i, case in enumerate(cases):
            own = found.get(i)
            if not case.both() or own is None:
                continue
            case.distance_m = expected = earth.distance_m((case.ground_a, case.lines_a), (case.ground_b, case.lines_b), wide=case.kind == "huge")
            tolerance = 1e-3 if expected < 50_000 else 1e-3 + 1e-9 * expected
            if own["nearest_id"] == i:
                self.compare(case, "nearest", own["distance_m"], expected, tolerance)
            else:
                self.compare(case, "nearest", max(own["distance_m"] - expected, 0.0), 0.0, tolerance, other=own["nearest_id"])
        distances = [p["distance_m"] for p in found.values()] or [1.0]
        limit = rng.choice(distances) if rng.random() < 0.5 else 2.0 ** rng.uniform(-2, 10)
        _, error = self.run("within", "a.geojson", "--of", "b.geojson", "--distance", repr(limit), "-o", "o.geojson")
        if error:
            return self.failed(cases, "within", error)
        within = {f["properties"]["n"] for f in self.answer()["features"]}
        for i, properties in found.items():
            self.counts[(cases[i].kind, "within", "compared")] += 1
            if abs(properties["distance_m"] - limit) > 1e-3 and (i in within) != (properties["distance_m"] < limit):
                self.differ(cases[i], "within", i in within, properties["distance_m"] < limit, limit=limit)

    def planar(self, case):
        """The plane about a case; what lies across the antimeridian beside it."""
        place = case.ground_a or case.ground_b
        lon, lat = place.bounds[0], place.bounds[1]
        if case.kind == "antimeridian":
            lon = 180.0
        return earth.plane_about(lon, lat)

    def buffers(self, cases, distance):
        _, error = self.run("buffer", "a.geojson", "--distance", repr(distance), "-o", "o.geojson")
        if error:
            return self.failed(cases, "buffer", error)
        found = {f["properties"]["n"]: f for f in self.answer()["features"]}
        for i, case in enumerate(cases):
            if case.ground_a is None:
                continue
            forward, back = self.planar(case)
            flat = earth.in_plane(case.ground_a, forward, lines=case.lines_a)
            region = flat.buffer(distance, quad_segs=128)
            # In the plane: over some kilometres its areas are good to 1e-6.
            expected = region.area
            own = found.get(i)
            ours = own["properties"]["area_m2"] if own else 0.0
            self.compare(case, "buffer", ours, expected, 2e-5 * expected + 2e-5 * distance * region.length + 1e-3, distance=distance)
            if own:
                # Its border keeps the distance; that nothing is missing shows in the area.
                outline = earth.in_plane(shape_of(own["geometry"]), forward, pieces=4)
                corners = shapely.points(shapely.get_coordinates(outline.boundary))
                off = abs(shapely.distance(corners, flat) - distance).max()
                self.compare(case, "buffer-outline", off, 0.0, 2e-4 * distance + 2e-3, distance=distance)
        self.accepted(cases, "buffer")

    def gaps(self, cases, radius):
        _, error = self.run("gaps", "a.geojson", "--from", "b.geojson", "--radius", repr(radius), "-o", "o.geojson")
        if error:
            return self.failed(cases, "gaps", error)
        answer = self.answer()
        found = {f["properties"]["n"]: f for f in answer["features"]}
        thin = Counter()
        for sliver in answer["shanshui"]["slivers"]:
            if str(sliver["feature"]).lstrip("#").isdigit():
                thin[int(str(sliver["feature"]).lstrip("#"))] += sliver["area_m2"]
        for i, case in enumerate(cases):
            if case.ground_a is None:
                continue
            forward, _ = self.planar(case)
            home = earth.in_plane(case.ground_a, forward)
            served = shapely.Polygon()
            if case.ground_b is not None:
                served = earth.in_plane(case.ground_b, forward, lines=case.lines_b).buffer(radius, quad_segs=128)
            left = home.difference(served)
            own = found.get(i)
            ours = (own["properties"]["area_m2"] if own else 0.0) + thin[i]
            arcs = left.length if left.area < home.area * (1 - 1e-12) else 0.0
            self.compare(case, "gaps", ours, left.area, 2e-6 * home.area + 2e-5 * radius * min(arcs, served.length) + 2e-5 * home.length + 2e-3, radius=radius)
            if own and own["properties"]["distance_m"] is not None and own["properties"]["distance_m"] < radius - 1e-3:
                self.differ(case, "gap-distance", own["properties"]["distance_m"], radius)
        self.accepted(cases, "gaps")


def cases_of(kind, number, seed, first=0):
    taken = set()
    for n in range(first, first + number):
        if (n - first) % BATCH == 0:
            taken.clear()
        rng = random.Random(f"{seed} {kind} {n}")
        make = shapes.KINDS[kind]
        at = shapes.centre(kind, rng, taken)
        a, b = make(rng)
        yield Case(kind, n, shapes.placed(kind, a, at), shapes.placed(kind, b, at))


def record(options, kinds):
    """Cases with what is expected of them, by the other programs alone."""
    recorded = []
    for kind in kinds:
        for case in cases_of(kind, options.number, options.seed):
            entry = {"kind": kind, "a": case.a, "b": case.b, "usable": [case.ground_a is not None, case.ground_b is not None]}
            for key, ground in (("a_m2", case.ground_a), ("b_m2", case.ground_b)):
                entry[key] = round(earth.area_m2(ground), 6) if ground is not None else None
            if case.both():
                both = pieces(case.ground_a.intersection(case.ground_b))
                entry["overlap_m2"] = round(sum(earth.area_m2(p) for p in both), 6)
                entry["overlap_perimeter_m"] = round(sum(earth.perimeter_m(p) for p in both), 3)
                entry["distance_m"] = round(earth.distance_m((case.ground_a, case.lines_a), (case.ground_b, case.lines_b), wide=kind == "huge"), 6)
            recorded.append(entry)
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in recorded)
    Path(options.record).write_text(f"[\n{lines}\n]\n")
    print(f"{len(recorded)} cases in {options.record}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="target/release/shanshui", help="the program (target/release/shanshui)")
    parser.add_argument("--number", type=int, default=1000, help="cases of each kind (1000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case (0)")
    parser.add_argument("--kind", action="append", choices=list(shapes.KINDS), help="only this kind; may be repeated")
    parser.add_argument("--out", default="disagreements", help="folder for disagreements (disagreements)")
    parser.add_argument("--record", help="write cases with expected numbers to this file, and ask nothing")
    options = parser.parse_args()
    kinds = options.kind or list(shapes.KINDS)
    if options.record:
        return record(options, kinds)
    options.program = str(Path(options.program).resolve())
    judge = Judge(options)
    for kind in kinds:
        rng = random.Random(f"{options.seed} {kind}")
        size = 1 if kind == "huge" else BATCH
        cases = list(cases_of(kind, options.number, options.seed, options.first))
        for k in range(0, len(cases), size):
            judge.batch(cases[k : k + size], rng)
        print(kind, {w: n for (of, w, h), n in judge.counts.items() if of == kind and h != "compared"}, flush=True)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "disagreements.json").write_text("[\n" + ",\n".join(json.dumps(f) for f in judge.found) + "\n]\n")
    table = Counter()
    for (_, what, how), n in judge.counts.items():
        table[(what, how)] += n
    for what in sorted({what for what, _ in table}):
        compared, permitted, bad = (table[(what, how)] for how in ("compared", "permitted", "DISAGREES"))
        margin = f"  at most {judge.margins[what]:.3f} of the tolerance" if what in judge.margins else ""
        print(f"{what:24} compared {compared:7}  permitted {permitted:5}  disagreements {bad:5}{margin}")
    sys.exit(1 if any(f["permitted"] is None for f in judge.found) else 0)


if __name__ == "__main__":
    main()
