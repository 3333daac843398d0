"""Areas and distances on the ellipsoid by Karney's algorithm (PROJ), areas of edges straight in longitude and latitude."""

import numpy as np
import shapely
from pyproj import Geod, Transformer

GEOD = Geod(ellps="WGS84")


def rings_of(shape):
    """Exterior rings with +1 and interior rings with -1."""
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon" and not part.is_empty:
            yield 1, np.asarray(part.exterior.coords)[:, :2]
            for hole in part.interiors:
                yield -1, np.asarray(hole.coords)[:, :2]


def dense(ring, n):
    """The ring with n pieces to an edge, straight in longitude and latitude."""
    t = np.arange(n) / n
    a, b = ring[:-1, None, :], ring[1:, None, :]
    return (a + (b - a) * t[None, :, None]).reshape(-1, 2)


def ring_area_m2(ring):
    """Karney's area at two densities, extrapolated: a geodesic between near positions leaves the straight line by the
    square of their distance."""
    at = lambda n: abs(GEOD.polygon_area_perimeter(*dense(ring, n).T)[0])
    span = np.abs(np.diff(ring, axis=0)).max()
    n = 2 if span < 0.02 else 8 if span < 0.2 else 64
    coarse, fine = at(n), at(2 * n)
    return fine + (fine - coarse) / 3


def area_m2(shape):
    return sum(sign * ring_area_m2(ring) for sign, ring in rings_of(shape))


def perimeter_m(shape):
    total = 0.0
    for _, ring in rings_of(shape):
        total += GEOD.line_length(*ring.T)
    return total


def turned(shape, degrees):
    return shapely.transform(shape, lambda xy: xy + np.array([degrees, 0.0]))


def meets(a, b):
    """True where the ground or the rings of one meet those of the other, the long way round included."""
    turns = (-360.0, 0.0, 360.0)
    return any(one.intersects(turned(other, turn)) for one in a for other in b for turn in turns)


def rings_in(lines):
    return [np.asarray(line.coords)[:, :2] for line in lines.geoms]


def distance_m(a, b, wide=False):
    """The least geodesic distance between two areas (ground, rings), by all corners against all edges: a scan along each
    edge, then golden section in the best places."""
    if meets(a, b):
        return 0.0
    best = np.inf
    for one, other in ((a[1], b[1]), (b[1], a[1])):
        corners = np.concatenate(rings_in(one))
        starts = np.concatenate([ring[:-1] for ring in rings_in(other)])
        ends = np.concatenate([ring[1:] for ring in rings_in(other)])
        p = np.repeat(corners, len(starts), axis=0)
        s, e = np.tile(starts, (len(corners), 1)), np.tile(ends, (len(corners), 1))
        best = min(best, least(p, s, e, 65 if wide else 9, 64 if wide else 12))
    return best


def least(p, s, e, samples, keep):
    ts = np.linspace(0.0, 1.0, samples)

    def at(p, s, e, t):
        q = s + (e - s) * t[:, None]
        return GEOD.inv(p[:, 0], p[:, 1], q[:, 0], q[:, 1])[2]

    all_m = np.stack([np.asarray(at(p, s, e, np.full(len(p), t))) for t in ts])
    order = np.argsort(all_m.min(axis=0))[:keep]
    p, s, e, all_m = p[order], s[order], e[order], all_m[:, order]
    k = all_m.argmin(axis=0)
    lo, hi = ts[np.maximum(k - 1, 0)].copy(), ts[np.minimum(k + 1, samples - 1)].copy()
    g = (5**0.5 - 1) / 2
    for _ in range(45):
        c, d = hi - g * (hi - lo), lo + g * (hi - lo)
        left = np.asarray(at(p, s, e, c)) < np.asarray(at(p, s, e, d))
        hi, lo = np.where(left, d, hi), np.where(left, lo, c)
    return float(min(np.min(at(p, s, e, (lo + hi) / 2)), all_m.min()))


def plane_about(lon, lat):
    """To and from the azimuthal equidistant plane about a place: over some kilometres good to 1e-7."""
    there = Transformer.from_crs("EPSG:4326", f"+proj=aeqd +lon_0={lon} +lat_0={lat} +ellps=WGS84", always_xy=True)
    forward = lambda xy: np.stack(there.transform(*xy.T), axis=1)
    back = lambda xy: np.stack(there.transform(*xy.T, direction="INVERSE"), axis=1)
    return forward, back


def in_plane(shape, forward, pieces=16, lines=None):
    """A shape in a plane, its edges followed closely; with its rings where those reach further (spikes)."""

    def ring(coords):
        return shapely.LinearRing(forward(dense(np.asarray(coords)[:, :2], pieces)))

    parts = [shapely.Polygon(ring(p.exterior.coords), [ring(h.coords) for h in p.interiors]) for p in shapely.get_parts(shape)]
    flat = [p if p.is_valid else shapely.make_valid(p) for p in parts]
    flat += [ring(line.coords) for line in lines.geoms] if lines is not None else []
    return shapely.union_all(flat)
