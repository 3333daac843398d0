#!/usr/bin/env python3
"""Draws the layers that the sample map of Baoshan was given later: wetland, green_line, basic_farmland,
urban_boundary and road. Illustrative, not survey data: shapes are those of other sample layers, moved or scaled, and
roads are a lattice. Run in this folder; the same files come out every time."""
import json, math

def read(name):
    return json.load(open(f"baoshan/{name}.geojson", encoding="utf-8"))["features"]

def write(name, title, features):
    lines = []
    for number, (properties, geometry) in enumerate(features, 1):
        feature = {"type": "Feature", "id": f"bs-{name}-{number:04}", "properties": properties, "geometry": geometry}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    text = f'{{"type":"FeatureCollection","name":"{title}","features":[\n' + ",\n".join(lines) + "\n]}\n"
    open(f"baoshan/{name}.geojson", "w", encoding="utf-8").write(text)

def rounded(p):
    return [round(p[0], 7), round(p[1], 7)]

def scaled(ring, factor, east=0.0, north=0.0):
    n = len(ring) - 1
    cx, cy = sum(p[0] for p in ring[:n]) / n, sum(p[1] for p in ring[:n]) / n
    out = [rounded((cx + (x - cx) * factor + east, cy + (y - cy) * factor + north)) for x, y in ring[:n]]
    return out + [out[0]]

def polygon(ring):
    return {"type": "Polygon", "coordinates": [ring]}

def outer(feature):
    g = feature["geometry"]
    return g["coordinates"][0] if g["type"] == "Polygon" else g["coordinates"][0][0]

NOTE = "示意"
red = {f["properties"]["code"][-2:]: f for f in read("red_line")}
write("wetland", "湿地（示意）", [
    ({"name": "罗泾滩涂湿地", "level": "区级", "basis": NOTE}, polygon(scaled(outer(red["04"]), 1.1))),
    ({"name": "炮台湾湿地", "level": "国家级", "basis": NOTE}, polygon(scaled(outer(red["06"]), 0.9))),
    ({"name": "练祁河口湿地", "level": "市级", "basis": NOTE}, polygon(scaled(outer(red["09"]), 1.15, -0.002))),
])
parks = sorted(read("park"), key=lambda f: -len(json.dumps(f["geometry"])))
write("green_line", "城市绿线（示意）", [
    ({"name": f["properties"]["name"] + "绿线", "basis": NOTE}, polygon(scaled(outer(f), 1.25))) for f in parks[:24]
])
farms = read("farmland")
good = [f for f in farms if f["properties"]["class"] == "优先保护类"][::3]
bad = [f for f in farms if f["properties"]["class"] == "安全利用类"][:4]
write("basic_farmland", "永久基本农田（示意）", [
    ({"code": f"JBNT-310113-{n:03}", "basis": NOTE}, polygon(scaled(outer(f), 1.0))) for n, f in enumerate(good + bad, 1)
])
BUILT = {"大场镇", "庙行镇", "淞南镇", "高境镇", "张庙街道", "友谊路街道", "吴淞街道"}
GROWING = BUILT | {"杨行镇", "顾村镇", "月浦镇"}
towns = read("town")
write("urban_boundary", "城镇开发边界与建成区（示意）",
    [({"name": t["properties"]["name"] + "建成区", "kind": "建成区", "basis": NOTE}, t["geometry"]) for t in towns if t["properties"]["name"] in BUILT]
    + [({"name": t["properties"]["name"] + "开发边界", "kind": "城镇开发边界", "basis": NOTE}, t["geometry"]) for t in towns if t["properties"]["name"] in GROWING])

border = outer(read("district")[0])

def stretches(fixed, along):
    """Where a line of one coordinate lies in the district: pairs of the other."""
    other = 1 - along
    cuts = []
    for a, b in zip(border, border[1:]):
        if (a[other] > fixed) != (b[other] > fixed):
            cuts.append(a[along] + (b[along] - a[along]) * (fixed - a[other]) / (b[other] - a[other]))
    cuts.sort()
    return [(s, e) for s, e in zip(cuts[::2], cuts[1::2]) if e - s > 0.002]

west, east = min(p[0] for p in border), max(p[0] for p in border)
south, north = min(p[1] for p in border), max(p[1] for p in border)
roads = []
lons = [west + 0.003 + 0.007 * k for k in range(int((east - west) / 0.007))]
lats = [south + 0.003 + 0.006 * k for k in range(int((north - south) / 0.006))]
for number, lon in enumerate(lons, 1):
    for s, e in stretches(lon, 1):
        inner = [lat for lat in lats if s < lat < e]
        path = [rounded((lon, y)) for y in [s + 1e-4] + inner + [e - 1e-4]]
        roads.append(({"name": f"示意纵路{number:02}", "kind": "次干路", "hazmat": False, "basis": NOTE}, {"type": "LineString", "coordinates": path}))
for number, lat in enumerate(lats, 1):
    for s, e in stretches(lat, 0):
        inner = [lon for lon in lons if s < lon < e]
        path = [rounded((x, lat)) for x in [s + 1e-4] + inner + [e - 1e-4]]
        roads.append(({"name": f"示意横路{number:02}", "kind": "次干路", "hazmat": False, "basis": NOTE}, {"type": "LineString", "coordinates": path}))
HAZMAT = {"绕城高速G1503", "宝安公路"}
for f in read("corridor"):
    p = f["properties"]
    if p["kind"] == "公路":
        roads.append(({"name": p["name"], "kind": "主干路", "hazmat": p["name"] in HAZMAT, "basis": p.get("basis", NOTE)}, f["geometry"]))
write("road", "道路（示意）", roads)
