#!/usr/bin/env python3
"""GeoPandas on regions and nearest neighbours, as one whole process: GeoJSON in, GeoJSON out.

  regions.py TASK DATA OUT

Tasks: counties-2km, counties-20km (a region a county), parks (20,000 parks, 500 m, dissolved), nearest (a million outlets to
the shoreline). Sixteen segments a quarter, in UTM. Prints one JSON line: task, seconds per stage, number of features.
"""
import json
import sys
import time

START = time.perf_counter()
import geopandas
import shapely

UTM = {"counties": "EPSG:32650", "parks": "EPSG:32651", "outlets": "EPSG:32651"}


def main():
    task, data, out = sys.argv[1:4]
    stages = {}
    last = START

    def mark(stage):
        nonlocal last
        now = time.perf_counter()
        stages[stage], last = round(now - last, 3), now

    def read(name, layer):
        return geopandas.read_file(f"{data}/{name}.geojson").to_crs(UTM[layer])

    mark("import")
    if task.startswith("counties"):
        layer = read("counties", "counties")
        mark("read")
        layer["geometry"] = layer.geometry.buffer(2_000 if task == "counties-2km" else 20_000, quad_segs=16)
        layer["area_m2"] = layer.area
        mark("buffer")
    elif task == "parks":
        layer = read("parks-20k", "parks")
        mark("read")
        region = shapely.union_all(layer.geometry.buffer(500, quad_segs=16).values)
        layer = geopandas.GeoDataFrame({"area_m2": [region.area]}, geometry=[region], crs=layer.crs)
        mark("buffer")
    elif task == "nearest":
        layer, shoreline = read("outlets-1m", "outlets"), read("shoreline", "outlets")
        mark("read")
        layer = geopandas.sjoin_nearest(layer, shoreline, distance_col="distance_m")
        mark("nearest")
    else:
        sys.exit(f"no such task: {task}")
    layer.to_crs("EPSG:4326").to_file(out, driver="GeoJSON")
    mark("write")
    print(json.dumps({"task": task, "stages": stages, "features": len(layer)}))


main()
