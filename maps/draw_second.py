#!/usr/bin/env python3
"""Draws the layers of the second edition: farmland_before, wetland_before, industrial_park, barrier and square of
Baoshan, and plot of Jinshan. Into files that are there already it writes facility.monitored (catering only),
park.year and one ban zone, and leaves every other byte. Illustrative, not survey data: older versions are the sample
layers scaled or moved, the rest is typed in or drawn by a fixed seed. Run in this folder, after draw_more.py; the same
files come out every time."""
import json, math, random, re

NOTE = "示意"
METRES = 111_195.0  # of a degree of latitude, near enough to draw by

def path_of(name, district="baoshan"):
    return f"{district}/{name}.geojson"

def read(name):
    return json.load(open(path_of(name), encoding="utf-8"))["features"]

def line_of(name, number, properties, geometry, district="bs"):
    feature = {"type": "Feature", "id": f"{district}-{name}-{number:04}", "properties": properties, "geometry": geometry}
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"))

def write(name, title, features, district="baoshan", short="bs"):
    lines = [line_of(name, number, p, g, short) for number, (p, g) in enumerate(features, 1)]
    text = f'{{"type":"FeatureCollection","name":"{title}","features":[\n' + ",\n".join(lines) + "\n]}\n"
    open(path_of(name, district), "w", encoding="utf-8", newline="").write(text)

def edit(name, change):
    """Puts a file's lines through a function; what it leaves alone stays byte for byte."""
    text = open(path_of(name), encoding="utf-8", newline="").read()
    open(path_of(name), "w", encoding="utf-8", newline="").write("\n".join(change(text.split("\n"))))

def rounded(p):
    return [round(p[0], 7), round(p[1], 7)]

def moved(at, east, north):
    """The position so many metres east and north of another."""
    return rounded((at[0] + east / (METRES * math.cos(math.radians(at[1]))), at[1] + north / METRES))

def polygon(ring):
    return {"type": "Polygon", "coordinates": [ring]}

def outer(feature):
    return feature["geometry"]["coordinates"][0]

def scaled(ring, factor, east=0.0, north=0.0):
    n = len(ring) - 1
    cx, cy = sum(p[0] for p in ring[:n]) / n, sum(p[1] for p in ring[:n]) / n
    out = [rounded((cx + (x - cx) * factor + east, cy + (y - cy) * factor + north)) for x, y in ring[:n]]
    return out + [out[0]]

def rectangle(lon, lat, width, height, degrees):
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = [(-width / 2, -height / 2), (width / 2, -height / 2), (width / 2, height / 2), (-width / 2, height / 2)]
    ring = [moved((lon, lat), x * c - y * s, x * s + y * c) for x, y in corners]
    return polygon(ring + [ring[0]])

# Farmland before: two that are strictly controlled now were not, two were smaller; one was that is not now, two were
# larger.
OTHER = {
    "bs-farmland-0208": ("安全利用类", "蔬菜", True),
    "bs-farmland-0266": ("安全利用类", "水稻", True),
    "bs-farmland-0107": ("严格管控类", "休耕", True),
}
SIZE = {"bs-farmland-0167": 0.9, "bs-farmland-0212": 0.9, "bs-farmland-0136": 1.12, "bs-farmland-0140": 1.12}
fields = []
for f in read("farmland"):
    p = f["properties"]
    kind, crop, safe = OTHER.get(f["id"], (p["class"], p["crop"], p["safe_use"]))
    ring = scaled(outer(f), SIZE[f["id"]]) if f["id"] in SIZE else outer(f)
    fields.append(({"class": kind, "crop": crop, "safe_use": safe, "basis": NOTE}, polygon(ring)))
write("farmland_before", "耕地（前一版，示意）", fields)

# Wetlands before: one was larger, one smaller, one lay further east, one is gone.
wet = {f["properties"]["name"]: f for f in read("wetland")}
gone = next(f for f in read("red_line_before") if f["properties"]["name"] == "罗泾西部林带")
def before(name, factor, east=0.0):
    return ({**wet[name]["properties"]}, polygon(scaled(outer(wet[name]), factor, east)))
write("wetland_before", "湿地（前一版，示意）", [
    before("罗泾滩涂湿地", 1.08), before("炮台湾湿地", 0.94), before("练祁河口湿地", 1.0, 0.0006),
    ({"name": "罗泾西部湿地", "level": "区级", "basis": NOTE}, polygon(scaled(outer(gone), 0.3))),
])

draw = random.Random(20260)
def octagon(lon, lat, radius):
    out = []
    for k in range(8):
        angle, r = math.radians(45 * k), radius * draw.uniform(0.85, 1.1)
        out.append(moved((lon, lat), r * math.cos(angle), r * math.sin(angle)))
    return polygon(out + [out[0]])
write("industrial_park", "工业园区（示意）", [({"name": name, "kind": kind, "basis": NOTE}, octagon(lon, lat, radius)) for name, kind, lon, lat, radius in [
    ("罗泾示意化工园区", "化工园区", 121.3880, 31.4705, 400),
    ("月浦示意化工园区", "化工园区", 121.4420, 31.4335, 640),
    ("罗店示意工业园区", "工业园区", 121.3225, 31.4320, 620),
    ("杨行示意工业园区", "工业园区", 121.3930, 31.3945, 560),
    ("吴淞示意开发区", "开发区", 121.4625, 31.3565, 640),
    ("南大示意工业园区", "工业园区", 121.3590, 31.3040, 480),
]])

def stretch(path, start, end, aside):
    """A line along a path from so many metres to so many, so many metres to its left (right: negative)."""
    k = METRES * math.cos(math.radians(path[0][1]))
    flat = [((x - path[0][0]) * k, (y - path[0][1]) * METRES) for x, y in path]
    part, done = [], 0.0
    for (ax, ay), (bx, by) in zip(flat, flat[1:]):
        long = math.hypot(bx - ax, by - ay)
        if start < done + long and done < end:
            for at in (max(start - done, 0.0), min(end - done, long)):
                p = (ax + (bx - ax) * at / long, ay + (by - ay) * at / long)
                if not part or math.dist(p, part[-1]) > 0.01:
                    part.append(p)
        done += long
    out = []
    for n, (x, y) in enumerate(part):
        (ax, ay), (bx, by) = part[max(n - 1, 0)], part[min(n + 1, len(part) - 1)]
        long = math.hypot(bx - ax, by - ay)
        x, y = x - (by - ay) / long * aside, y + (bx - ax) / long * aside
        out.append(rounded((path[0][0] + x / k, path[0][1] + y / METRES)))
    return {"type": "LineString", "coordinates": out}

lines = {f["properties"]["name"]: f["geometry"]["coordinates"] for f in read("corridor") if f["geometry"]["type"] == "LineString"}
write("barrier", "声屏障（示意）", [({"name": name, "height_m": height, "basis": NOTE}, stretch(lines[road], start, end, aside)) for name, road, start, end, aside, height in [
    ("江杨北路高境段声屏障", "江杨北路", 330, 1200, 12, 4.0),
    ("江杨北路淞南段声屏障", "江杨北路", 2880, 3180, -12, 3.5),
    ("宝安公路顾村段声屏障", "宝安公路", 1700, 2450, -13, 4.0),
    ("宝安公路沙浦段声屏障", "宝安公路", 5500, 5980, 11, 3.0),
    ("北郊铁路大场段声屏障", "北郊铁路支线", 900, 1500, -12, 3.0),
    ("北郊铁路庙行段声屏障", "北郊铁路支线", 7450, 8320, 14, 5.0),
]])

write("square", "广场用地（示意）", [({"name": f"{town}示意广场", "basis": NOTE}, rectangle(*place)) for town, *place in [
    ("罗泾镇", 121.35494, 31.47745, 60, 50, -8),
    ("月浦镇", 121.39255, 31.44086, 110, 90, 12),
    ("顾村镇", 121.37752, 31.38274, 135, 125, 0),
    ("大场镇", 121.42539, 31.30869, 110, 90, -8),
    ("淞南镇", 121.48985, 31.36712, 105, 85, 0),
    ("高境镇", 121.46830, 31.30668, 55, 40, 20),
    ("友谊路街道", 121.48120, 31.41396, 100, 90, -8),
    ("张庙街道", 121.45466, 31.32967, 70, 60, -8),
]])

# Jinshan: eight plots within 500 m of the coast, wholly or in part, one of them across it; four further inland.
write("plot", "金山区 地块与建设项目（示意）", [({"name": f"金山示意地块{number:02}", "use": use, "industry": industry, "stage": stage, "basis": NOTE}, rectangle(*place)) for number, (use, industry, stage, *place) in enumerate([
    ("工业用地", "化工", "拟建", 121.2650, 30.7020, 100, 80, 15),
    ("商业服务业用地", "", "拟建", 121.2900, 30.7030, 120, 100, 5),
    ("居住用地", "", "在建", 121.3400, 30.7160, 150, 120, 40),
    ("公用设施用地", "", "现状", 121.3450, 30.7200, 90, 90, 30),
    ("仓储用地", "仓储物流", "拟建", 121.3100, 30.7085, 200, 180, 10),
    ("工业用地", "装备制造", "现状", 121.3945, 30.7660, 160, 140, 50),
    ("工业用地", "化工", "在建", 121.2720, 30.7050, 140, 160, 12),
    ("公用设施用地", "", "拟建", 121.3324, 30.7047, 200, 120, 0),
    ("居住用地", "", "拟建", 121.3200, 30.7120, 180, 150, 8),
    ("工业用地", "生物医药", "现状", 121.3000, 30.7300, 220, 160, 0),
    ("商业服务业用地", "", "在建", 121.2100, 30.6770, 110, 80, 25),
    ("公共管理与公共服务用地", "", "拟建", 121.3550, 30.7270, 130, 100, 35),
], 1)], "jinshan", "js")

draw = random.Random(20261)
def at_the_end(line, old, name, value):
    """The line with a property after its last one, in place of the one written earlier."""
    line = re.sub(old + r'(?=\},"geometry":)', "", line, count=1)
    return line.replace('},"geometry":', f',"{name}":{json.dumps(value)}}},"geometry":', 1)
edit("facility", lambda lines: [
    at_the_end(line, r',"monitored":(?:true|false)', "monitored", draw.random() < 0.6) if '"kind":"餐饮"' in line else line
    for line in lines
])
edit("park", lambda lines: [
    at_the_end(line, r',"year":\d+', "year", draw.randint(2015, 2024)) if line.startswith('{"type":"Feature",') else line
    for line in lines
])

# Over the reservoir and the mouth of 新川沙河. No facility is of the kind 捕捞.
RING = [(121.3455, 31.4825), (121.356, 31.479), (121.3625, 31.479), (121.3625, 31.4885), (121.3585, 31.4925),
        (121.3525, 31.4975), (121.3465, 31.4985), (121.3455, 31.4982), (121.3455, 31.4825)]
def with_zone(lines):
    kept = [line.rstrip(",") for line in lines[1:] if line.startswith("{") and "陈行水库禁捕区" not in line]
    properties = {"name": "陈行水库禁捕区", "bans": ["捕捞"], "degree": "禁止", "basis": NOTE}
    kept.append(line_of("ban_zone", len(kept) + 1, properties, polygon([rounded(p) for p in RING])))
    return [lines[0]] + [line + "," for line in kept[:-1]] + [kept[-1], "]}", ""]
edit("ban_zone", with_zone)
