"""Random pairs of geometries, a kind of difficulty each.

Coordinates are sums of a centre on a grid of 2^-6 degrees and of offsets on a grid of 2^-26 degrees (1.6 mm) or coarser,
so that what is meant to stand in one line, or at one place, does so exactly in doubles.
"""

import math

FINE = 2.0**-26
COARSE = 2.0**-14  # 6.8 m at the equator


def snap(value, step):
    return round(value / step) * step


def star(rng, n, size, at=(0.0, 0.0), step=FINE, stretch=1.0):
    """A ring about a place; simple as long as its corners keep their angles on the grid."""
    turn = rng.random() * math.tau
    corners = []
    for i in range(n):
        angle = turn + (i + 0.8 * rng.random()) / n * math.tau
        radius = size * (0.35 + 0.65 * rng.random())
        corners.append((snap(at[0] + radius * math.cos(angle) * stretch, step), snap(at[1] + radius * math.sin(angle), step)))
    return corners + corners[:1]


def box(west, south, east, north):
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": [list(ring) for ring in rings]}


def multi(parts):
    return {"type": "MultiPolygon", "coordinates": [[list(ring) for ring in part] for part in parts]}


def moved(geometry, east, north):
    def go(value):
        if isinstance(value[0], (int, float)):
            return [value[0] + east, value[1] + north]
        return [go(v) for v in value]

    return {"type": geometry["type"], "coordinates": go(geometry["coordinates"]) if geometry["coordinates"] else []}


def clustered(rng):
    """Corners of both within a few places, many of them the same."""
    step = COARSE * rng.choice([0.25, 1, 4])
    ring = lambda: star(rng, rng.randint(3, 14), step * rng.choice([2, 5, 12]), (rng.randint(-3, 3) * step, rng.randint(-3, 3) * step), step)
    return polygon(ring()), polygon(ring())


def collinear(rng):
    """Borders that run along one another, with corners that do not fit."""
    step = COARSE * 4

    def shape():
        x, y = rng.randint(-4, 4) * step, rng.randint(-4, 4) * step
        w, h = rng.randint(1, 8) * step, rng.randint(1, 8) * step
        if rng.random() < 0.5:
            ring = box(x, y, x + w, y + h)
        else:
            # Borders with slopes of small whole numbers.
            ring = [(x, y), (x + w, y + w / 2), (x + w, y + w / 2 + h), (x, y + h), (x, y)]
        more = []
        for a, b in zip(ring, ring[1:]):
            more.append(a)
            for k in sorted(rng.sample(range(1, 16), rng.randint(0, 3))):
                more.append((a[0] + (b[0] - a[0]) * k / 16, a[1] + (b[1] - a[1]) * k / 16))
        if rng.random() < 0.15:
            # A spike: out and back.
            p = more[0]
            more = [p, (p[0] - step, p[1]), *more]
        return polygon(more + more[:1] if more[0] != more[-1] else more)

    return shape(), shape()


def touching(rng):
    """Both touch in a corner, or one's corner stands on the other's border; some touch themselves."""
    step = COARSE * 2
    a = box(0.0, 0.0, 8 * step, 8 * step)
    how = rng.randint(0, 4)
    if how == 0:
        b = star(rng, rng.randint(3, 9), 6 * step, (0.0, 0.0), step)
        east = min(p[0] for p in b)
        at = next(p for p in b if p[0] == east)
        k = rng.randint(0, 16)
        b = [(p[0] - at[0] + 8 * step, p[1] - at[1] + k * step / 2) for p in b]
        return polygon(a), polygon(b)
    if how == 1:
        return polygon(a), polygon(box(8 * step, 8 * step, 12 * step, 12 * step))
    if how == 2:
        # A ring that touches itself in a corner.
        bow = [(0.0, 0.0), (4 * step, 4 * step), (8 * step, 0.0), (8 * step, 8 * step), (4 * step, 4 * step), (0.0, 8 * step), (0.0, 0.0)]
        return polygon(bow), polygon(star(rng, rng.randint(3, 9), 6 * step, (4 * step, 4 * step), step / 4))
    if how == 3:
        # A ring whose corner stands on its own border.
        ring = [(0.0, 0.0), (8 * step, 0.0), (8 * step, 8 * step), (4 * step, 0.0), (0.0, 8 * step), (0.0, 0.0)]
        return polygon(ring), polygon(star(rng, rng.randint(3, 9), 6 * step, (4 * step, 4 * step), step / 4))
    parts = [[box(0.0, 0.0, 4 * step, 4 * step)], [box(4 * step, 4 * step, 8 * step, 8 * step)]]
    return multi(parts), polygon(star(rng, rng.randint(3, 9), 6 * step, (4 * step, 4 * step), step / 4))


def tiny(rng):
    """From a decimetre to some metres: by the thresholds of slivers."""
    size = 2.0 ** rng.uniform(-20, -14)
    ring = lambda: star(rng, rng.randint(3, 10), size, (rng.uniform(-1, 1) * size, rng.uniform(-1, 1) * size), 2.0**-36, rng.choice([1.0, 0.1]))
    return polygon(ring()), polygon(ring())


def huge(rng):
    """Tens of degrees."""
    size = rng.uniform(4, 30)
    ring = lambda: star(rng, rng.randint(3, 12), size, (rng.uniform(-1, 1) * size, rng.uniform(-0.5, 0.5) * size), 2.0**-20)
    return polygon(ring()), polygon(ring())


def cut_at_antimeridian(ring):
    """A ring about longitude 0 as the parts east and west of it; clipped here, exactly where borders are on the grid."""

    def clip(ring, keep_west):
        inside = (lambda p: p[0] <= 0) if keep_west else (lambda p: p[0] >= 0)
        out = []
        for a, b in zip(ring, ring[1:]):
            if inside(a):
                out.append(a)
            if inside(a) != inside(b):
                out.append((0.0, a[1] + (b[1] - a[1]) * (a[0] / (a[0] - b[0]))))
        tidy = [p for i, p in enumerate(out) if p != out[i - 1]]
        return tidy + tidy[:1] if len(tidy) >= 3 else None

    return clip(ring, True), clip(ring, False)


def antimeridian(rng):
    """Convex areas cut at 180 degrees, or on one side of it each; given about longitude 0."""

    def shape():
        size = rng.uniform(0.001, 0.008)
        angles = sorted(rng.random() * math.tau for _ in range(rng.randint(4, 9)))
        if max(b - a for a, b in zip(angles, angles[1:] + [angles[0] + math.tau])) > 2.9:
            angles = [k / 5 * math.tau for k in range(5)]
        x, y = rng.uniform(-0.008, 0.008), rng.uniform(-0.004, 0.004)
        ring = [(snap(x + size * math.cos(t), FINE), snap(y + size * math.sin(t), FINE)) for t in angles]
        west, east = cut_at_antimeridian(ring + ring[:1])
        parts = [[ring] for ring in (west, east) if ring]
        return polygon(*parts[0]) if len(parts) == 1 else multi(parts)

    return shape(), shape()


def mixed_windings(rng):
    """Shells and holes wound either way, several parts."""
    step = COARSE

    def shape():
        parts = []
        for k in range(rng.randint(1, 3)):
            at = (k * 40 * step + rng.randint(-4, 4) * step, rng.randint(-4, 4) * step)
            n = rng.randint(5, 12)
            shell = star(rng, n, 16 * step, at, FINE)
            hole = star(rng, rng.randint(3, 6), 3 * step, at, FINE)
            rings = [shell, hole] if rng.random() < 0.6 else [shell]
            parts.append([list(reversed(ring)) if rng.random() < 0.5 else ring for ring in rings])
        return polygon(*parts[0]) if len(parts) == 1 else multi(parts)

    return shape(), shape()


def shared_edges(rng):
    """Two neighbours with a border of many corners in common; on some a corner is missing, or a grid step off."""
    step = FINE * 16
    path = [(snap(rng.uniform(-0.0006, 0.0006), step), snap(-0.004 + 0.008 * k / 12, step)) for k in range(13)]
    left = [*path, (-0.004, 0.004), (-0.004, -0.004), path[0]]
    theirs = list(path)
    how = rng.randint(0, 3)
    if how == 1:
        theirs.pop(rng.randint(1, 11))
    if how == 2:
        k = rng.randint(1, 11)
        theirs[k] = (theirs[k][0] + rng.choice([-1, 1]) * 2.0**-40, theirs[k][1])
    if how == 3:
        k = rng.randint(0, 11)
        a, b = theirs[k], theirs[k + 1]
        t = rng.random()
        theirs.insert(k + 1, (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t))
    right = [*reversed(theirs), (0.004, -0.004), (0.004, 0.004), theirs[-1]]
    return polygon(left), polygon(right)


def holes_touching_shells(rng):
    """A hole with a corner on the shell, two corners, a whole edge, or outside."""
    step = COARSE * 4
    shell = box(0.0, 0.0, 16 * step, 16 * step)
    how = rng.randint(0, 5)
    k = rng.randint(3, 12) * step
    hole = {
        0: [(k, 0.0), (k + 2 * step, 4 * step), (k - 2 * step, 4 * step), (k, 0.0)],
        1: [(k, 0.0), (k + 2 * step, 4 * step), (k, 16 * step), (k - 2 * step, 4 * step), (k, 0.0)],
        2: [(k, 0.0), (k + 2 * step, 0.0), (k, 4 * step), (k, 0.0)],
        3: [(0.0, 0.0), (6 * step, 2 * step), (2 * step, 6 * step), (0.0, 0.0)],
        4: [(k, -2 * step), (k + 2 * step, 4 * step), (k - 2 * step, 4 * step), (k, -2 * step)],
        5: [(k, 0.0), (k + 2 * step, -4 * step), (k - 2 * step, -4 * step), (k, 0.0)],
    }[how]
    other = star(rng, rng.randint(3, 9), 8 * step, (8 * step, 4 * step), step / 8)
    if rng.random() < 0.4:
        second = [(k, 4 * step), (k + step, 8 * step), (k - step, 8 * step), (k, 4 * step)]
        return polygon(shell, hole, second), polygon(other)
    return polygon(shell, hole), polygon(other)


def duplicate_points(rng):
    """Positions that stand two or three times."""

    def shape():
        ring = star(rng, rng.randint(3, 9), COARSE * 16, (rng.uniform(-1, 1) * COARSE * 8, 0.0), FINE)
        more = [p for p in ring for _ in range(rng.choice([1, 1, 2, 3]))]
        return polygon(more)

    return shape(), shape()


def specks(rng):
    """Areas with parts and holes of no or hardly any extent."""

    def shape():
        at = (rng.uniform(-1, 1) * COARSE * 8, rng.uniform(-1, 1) * COARSE * 8)
        shell = star(rng, rng.randint(4, 9), COARSE * 16, at, FINE)
        place = (snap(rng.uniform(-1, 1) * COARSE * 20, FINE), snap(rng.uniform(-1, 1) * COARSE * 20, FINE))
        e = 2.0 ** rng.randint(-36, -26)
        speck = rng.choice(
            [
                [place] * 4,
                [place, (place[0] + e, place[1]), place, place],
                [place, (place[0] + e, place[1] + e), (place[0] + 2 * e, place[1] + 2 * e), place],
                box(place[0], place[1], place[0] + e, place[1] + e),
            ]
        )
        middle = snap(at[0], FINE), snap(at[1], FINE)
        hole = [(p[0] - place[0] + middle[0], p[1] - place[1] + middle[1]) for p in speck]
        how = rng.randint(0, 2)
        if how == 0:
            return multi([[shell], [speck]])
        if how == 1:
            return polygon(shell, hole)
        return multi([[speck], [shell, hole]])

    return shape(), shape()


def traced(rng):
    """A ragged border of many corners, and the same drawn again: corners off by nothing, by hairs, by a decimetre."""
    n = rng.randint(40, 300)
    ring = star(rng, n, rng.choice([0.001, 0.006]))[:-1]
    off = rng.choice([2.0**-43, 2.0**-36, 2.0**-30, 2.0**-26, 2.0**-20])
    again = [(x + rng.choice([-1, 0, 0, 1]) * off, y + rng.choice([-1, 0, 0, 1]) * off) for x, y in ring]
    if rng.random() < 0.5:
        again = [p for p in again if rng.random() < 0.95]
    return polygon(ring + ring[:1]), polygon(again + again[:1])


KINDS = {
    "clustered": clustered,
    "collinear": collinear,
    "touching": touching,
    "tiny": tiny,
    "huge": huge,
    "antimeridian": antimeridian,
    "mixed-windings": mixed_windings,
    "shared-edges": shared_edges,
    "holes-touching-shells": holes_touching_shells,
    "duplicate-points": duplicate_points,
    "specks": specks,
    "traced": traced,
}


def centre(kind, rng, taken):
    """A place where nothing else of the batch lies; for the antimeridian the longitude is 180."""
    while True:
        lat = snap(rng.uniform(-62, 62), 2.0**-3)
        lon = 180.0 if kind == "antimeridian" else snap(rng.uniform(-176, 176), 2.0**-2)
        if kind == "huge":
            return snap(rng.uniform(-100, 100), 2.0**-6), snap(rng.uniform(-30, 30), 2.0**-6)
        if (lon, lat) not in taken:
            taken.add((lon, lat))
            return lon, lat


def placed(kind, geometry, at):
    """The geometry at its place; beyond 180 degrees it is written on the other side."""
    if kind != "antimeridian":
        return moved(geometry, *at)

    def part(rings):
        east = min(p[0] for p in rings[0]) >= 0
        return [[[p[0] + (-180.0 if east else 180.0), p[1] + at[1]] for p in ring] for ring in rings]

    if geometry["type"] == "Polygon":
        return {"type": "Polygon", "coordinates": part(geometry["coordinates"])}
    return {"type": "MultiPolygon", "coordinates": [part(rings) for rings in geometry["coordinates"]]}
