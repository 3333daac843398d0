#!/usr/bin/env python3
"""Files of every format that GDAL writes, through `convert` into every format that we write, read back by GDAL and by us.

    python3 tests/judges/formats.py --program target/release/shanshui [--keep FOLDER]

needs pyogrio 0.12 (with GDAL 3.12), geopandas, shapely 2, pyarrow and openpyxl. A layer of points, one of lines and one of areas has
every type, nulls, a code of 18 digits, Chinese, dates and times, holes and several parts. Each is written by GDAL (GeoJSON, GeoPackage,
Shapefile in GBK and UTF-8, FlatGeobuf, file geodatabase, CSV, XLSX, KML), converted, and held to what it was, feature by feature: values
to the last digit (what a format does not hold by its own form: a date as text, a truth as 0 and 1), geometry to 1 mm. What differs is
told with its pair of formats, but for what GDAL itself lost on the way in; the exit status is 1 where anything does.
"""

import argparse
import datetime
import itertools
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import geopandas
import pyarrow
import pyogrio
import shapely
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, Polygon

ROWS = 4
CODE = [310113001000000001, 9007199254740993, None, -310113001000000003]
COLUMNS = {
    "编码": CODE,
    "文本码": ["0310113", "00007", None, "310113001000000001"],
    "名称": ["南港溶口", "宝钢“一号”, 排口", None, "龙华镇"],
    "流量": [0.1, 1234567.25, None, -3.0],
    "日期": [datetime.date(2024, 2, 29), datetime.date(1999, 12, 31), None, datetime.date(2026, 11, 30)],
    "时刻": [datetime.datetime(2024, 2, 29, 8, 30, 15), datetime.datetime(1999, 12, 31, 23, 59, 59), None, datetime.datetime(2026, 1, 2, 3, 4, 5)],
    "建成": [True, False, None, True],
}
TYPES = {
    "编码": pyarrow.int64(),
    "文本码": pyarrow.string(),
    "名称": pyarrow.string(),
    "流量": pyarrow.float64(),
    "日期": pyarrow.date32(),
    "时刻": pyarrow.timestamp("ms"),
    "建成": pyarrow.bool_(),
}


def square(x, y, side, *holes):
    ring = lambda x, y, s: [(x, y), (x + s, y), (x + s, y + s), (x, y + s), (x, y)]
    return Polygon(ring(x, y, side), [ring(*hole) for hole in holes])


GEOMETRIES = {
    "点": [Point(121.4, 31.3), Point(121.5000001, 31.4), Point(120.1, 30.2), Point(121.6, 31.1)],
    "线": [
        LineString([(121.4, 31.3), (121.5, 31.4), (121.45, 31.5)]),
        MultiLineString([[(121.4, 31.3), (121.41, 31.31)], [(121.5, 31.2), (121.6, 31.2), (121.6, 31.3)]]),
        LineString([(120.1, 30.2), (120.2, 30.3)]),
        LineString([(121.6, 31.1), (121.61, 31.1)]),
    ],
    "面": [
        square(121.4, 31.3, 0.05, (121.41, 31.31, 0.01), (121.43, 31.33, 0.005)),
        MultiPolygon([square(121.5, 31.3, 0.02, (121.505, 31.305, 0.003)), square(121.6, 31.3, 0.01)]),
        square(120.1, 30.2, 0.1),
        MultiPolygon([square(121.0, 31.0, 0.1, (121.02, 31.02, 0.06)), square(121.04, 31.04, 0.02)]),
    ],
}

# Formats that GDAL writes: name, ending, driver, options.
SOURCES = [
    ("geojson", "geojson", "GeoJSON", {}),
    ("gpkg", "gpkg", "GPKG", {}),
    ("shp GBK", "shp", "ESRI Shapefile", {"ENCODING": "GBK"}),
    ("shp UTF-8", "shp", "ESRI Shapefile", {"ENCODING": "UTF-8"}),
    ("fgb", "fgb", "FlatGeobuf", {}),
    ("gdb", "gdb", "OpenFileGDB", {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"}),
    ("csv", "csv", "CSV", {"GEOMETRY": "AS_WKT"}),
    ("kml", "kml", "LIBKML", {}),
]
TARGETS = ["geojson", "gpkg", "shp", "fgb", "csv", "xlsx", "kml", "dxf"]


def write_source(folder, name, ending, driver, options, kind):
    """One layer as GDAL writes it."""
    path = folder / f"{kind}-{name.replace(' ', '-')}.{ending}"
    columns = dict(COLUMNS)
    arrays = [pyarrow.array(values, type=TYPES[column]) for column, values in columns.items()]
    arrays.append(pyarrow.array([shapely.to_wkb(g) for g in GEOMETRIES[kind]], type=pyarrow.binary()))
    table = pyarrow.table(arrays, names=[*columns, "geometry"])
    multi = {"点": "Point", "线": "MultiLineString", "面": "MultiPolygon"}[kind]
    if ending in ("gdb",):
        geometries = [shapely.to_wkb(multi_of(g)) for g in GEOMETRIES[kind]]
        table = table.set_column(table.num_columns - 1, "geometry", pyarrow.array(geometries, type=pyarrow.binary()))
    geometry_type = multi if ending == "gdb" else "Unknown" if kind != "点" else "Point"
    if ending == "shp":
        geometry_type = {"点": "Point", "线": "LineString", "面": "Polygon"}[kind]
    pyogrio.write_arrow(table, path, driver=driver, geometry_name="geometry", geometry_type=geometry_type,
                        crs="EPSG:4326" if driver in ("LIBKML", "GeoJSON") else "EPSG:4490",
                        layer=f"层{kind}" if ending in ("gpkg", "gdb") else None, layer_options=options)
    return path


def multi_of(g):
    return shapely.multipolygons([g]) if isinstance(g, Polygon) else MultiLineString([g]) if isinstance(g, LineString) else g


def read_back(path):
    """Columns by name, and geometries, as GDAL reads them."""
    options = {"AUTODETECT_TYPE": "NO"} if path.suffix == ".csv" else {}
    _, table = pyogrio.read_arrow(path, **options)
    data = table.to_pydict()
    key = next((name for name in ("wkb_geometry", "geometry", "SHAPE", "geom", "Shape") if name in data), None)
    geometries = [shapely.from_wkb(g) if g is not None else None for g in data.pop(key)] if key else None
    return data, geometries


def same_value(column, wanted, got):
    """True where a value is what it was; a format without its type holds a text of it."""
    if wanted is None:
        return got is None or got == "" or (isinstance(got, float) and math.isnan(got))
    text = got.isoformat() if isinstance(got, (datetime.date, datetime.datetime)) else str(got).strip()
    if column == "编码":
        return text.isascii() and text.lstrip("-").isdigit() and int(text) == wanted
    if column == "流量":
        return text != "None" and abs(float(text) - wanted) <= 1e-9 * max(1.0, abs(wanted))
    if column == "日期":
        return text.replace("/", "-")[:10] == wanted.isoformat()
    if column == "时刻":
        plain = text.replace("/", "-").replace(" ", "T").split("+")[0].rstrip("Z").split(".")[0]
        return plain == wanted.isoformat()
    if column == "建成":
        return text.lower() in (("true", "1", "1.0", "t") if wanted else ("false", "0", "0.0", "f"))
    return text == wanted


def same_geometry(wanted, got):
    """True within a millimetre: each way of the boundary, and as much ground."""
    if got is None:
        return False
    far = shapely.hausdorff_distance(shapely.boundary(wanted) if wanted.area else wanted, shapely.boundary(got) if wanted.area else got)
    return far < 1e-8 and abs(wanted.area - got.area) < 1e-10 and abs(wanted.length - got.length) < 1e-7


def columns_of(names, found, target):
    """For each column its name in a file where names are cut."""
    left = [name for name in found]
    for name in names:
        exact = name if name in left else next((own for own in left if own and (own.startswith(name[:3]) or name.startswith(own))), None)
        if exact:
            left.remove(exact)
        yield name, exact


def compare(source, target, path, kind, known):
    """What differs between a converted file and what was written first."""
    data, geometries = read_back(path)
    differences = []
    rows = range(ROWS)
    if target == "fgb" or (target == "geojson" and source == "fgb") or source == "fgb":
        # In the order of an index.
        order = []
        for row in range(len(geometries or [])):
            at = next((i for i in rows if geometries[row] is not None and same_geometry(GEOMETRIES[kind][i], geometries[row])), None)
            order.append(at)
        if sorted(o for o in order if o is not None) != list(rows):
            return [("geometry", f"rows {order}")]
        rows = order
    length = len(next(iter(data.values()))) if data else len(geometries or [])
    if length != ROWS:
        return [("rows", f"{length} for {ROWS}")]
    for name, own in columns_of(COLUMNS, data, target):
        if own is None:
            differences.append((name, f"missing among {list(data)}"))
            continue
        for at, row in enumerate(rows):
            if not same_value(name, known[name][row], data[own][at]):
                differences.append((name, f"row {row}: {data[own][at]!r} for {known[name][row]!r}"))
                break
    if geometries is not None:
        for at, row in enumerate(rows):
            if not same_geometry(GEOMETRIES[kind][row], geometries[at]):
                got = geometries[at].wkt[:120] if geometries[at] is not None else None
                differences.append(("geometry", f"row {row}: {got}"))
                break
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=Path("target/release/shanshui"))
    parser.add_argument("--keep", type=Path, help="keep the files here")
    options = parser.parse_args()
    program = options.program.resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True, parents=True)
        pairs = failed = permitted = 0
        for (name, ending, driver, layer_options), kind in itertools.product(SOURCES, GEOMETRIES):
            source = write_source(folder, name, ending, driver, layer_options, kind)
            # What GDAL itself lost on the way in is none of ours.
            lost = {column: why for column, why in compare(name.split()[0], ending, source, kind, COLUMNS)}
            for target in TARGETS:
                out = folder / f"{source.stem}-to.{target}"
                run = subprocess.run([program, "convert", source, out, "--overwrite", "--lang", "en"], capture_output=True, text=True)
                pairs += 1
                told = f"{name} → {target}, {kind}"
                if run.returncode:
                    failed += 1
                    print(f"{told}: status {run.returncode}: {run.stderr.strip()[:300]}")
                    continue
                if target == "dxf":
                    _, geometries = read_back(out)
                    if len(geometries) < ROWS:
                        failed += 1
                        print(f"{told}: {len(geometries)} entities")
                    continue
                # GDAL reads neither positions of sheets nor columns of degrees: we do.
                checked = out
                if target in ("xlsx", "csv"):
                    checked = folder / f"{source.stem}-{target}-back.gpkg"
                    back = subprocess.run([program, "convert", out, checked, "--overwrite"], capture_output=True, text=True)
                    if back.returncode:
                        failed += 1
                        print(f"{told}, read back by us: {back.stderr.strip()[:300]}")
                        continue
                for column, why in compare(name.split()[0], target, checked, kind, COLUMNS):
                    if column in lost:
                        permitted += 1
                        continue
                    failed += 1
                    print(f"{told}: {column}: {why}")
        print(f"{pairs} pairs, {failed} differences, {permitted} that GDAL lost before")
        return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
