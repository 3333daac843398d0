// The map: triangles, segments and marks in one projection, then the finished picture onto the window.

struct View {
    // Points of the screen per degree east and north.
    scale: vec2<f32>,
    // Where the tile's origin stands, points from the top left.
    origin: vec2<f32>,
    // Size of the picture, points.
    size: vec2<f32>,
    pixels_per_point: f32,
    // Share of its ink that the list is drawn with.
    strength: f32,
    // Size of its marks, as a share of their own.
    marks: f32,
    _pad_a: f32,
    _pad_b: f32,
    _pad_c: f32,
};

@group(0) @binding(0) var<uniform> view: View;

fn on_screen(offset: vec2<f32>) -> vec2<f32> {
    return view.origin + vec2<f32>(offset.x, -offset.y) * view.scale;
}

fn clip(at: vec2<f32>) -> vec4<f32> {
    return vec4<f32>(at.x / view.size.x * 2.0 - 1.0, 1.0 - at.y / view.size.y * 2.0, 0.0, 1.0);
}

struct FillOut {
    @builtin(position) position: vec4<f32>,
    @location(0) color: vec4<f32>,
    @location(1) @interpolate(flat) pattern: u32,
};

@vertex
fn fill_vertex(@location(0) offset: vec2<f32>, @location(1) color: vec4<f32>, @location(2) pattern: u32) -> FillOut {
    // What is above says where an area begins.
    return FillOut(clip(on_screen(offset)), color, pattern & 0xffu);
}

@fragment
fn fill_fragment(in: FillOut) -> @location(0) vec4<f32> {
    if in.pattern == 0u {
        return in.color * view.strength;
    }
    let period = select(7.0, 4.5, in.pattern == 2u);
    let at = in.position.xy / view.pixels_per_point;
    let d = abs(fract((at.x + at.y) / (period * 1.41421356)) - 0.5) * period * 1.41421356;
    let ink = clamp((0.85 - d * 0.70710678) * view.pixels_per_point + 0.5, 0.0, 1.0);
    return in.color * max(ink * 0.85, 0.10) * view.strength;
}

struct LineOut {
    @builtin(position) position: vec4<f32>,
    @location(0) color: vec4<f32>,
    // Along and across the segment, points.
    @location(1) at: vec2<f32>,
    // Length, half width, dash, length of path before; points.
    @location(2) @interpolate(flat) measure: vec4<f32>,
};

@vertex
fn line_vertex(
    @builtin(vertex_index) corner: u32,
    @location(0) ends: vec4<f32>,
    @location(1) color: vec4<f32>,
    @location(2) width: f32,
    @location(3) dash: f32,
    @location(4) start: f32,
) -> LineOut {
    let a = on_screen(ends.xy);
    let b = on_screen(ends.zw);
    let length_points = length(b - a);
    let along = select(vec2<f32>(1.0, 0.0), (b - a) / max(length_points, 1e-6), length_points > 1e-6);
    let across = vec2<f32>(-along.y, along.x);
    let half = width * 0.5;
    let reach = half + 1.0;
    let x = select(-reach, length_points + reach, (corner & 1u) == 1u);
    let y = select(-reach, reach, corner == 2u || corner == 4u || corner == 5u);
    let at = a + along * x + across * y;
    return LineOut(clip(at), color, vec2<f32>(x, y), vec4<f32>(length_points, half, dash, start * view.scale.y));
}

@fragment
fn line_fragment(in: LineOut) -> @location(0) vec4<f32> {
    let beyond = max(max(-in.at.x, in.at.x - in.measure.x), 0.0);
    let d = length(vec2<f32>(beyond, in.at.y)) - in.measure.y;
    var ink = clamp(0.5 - d * view.pixels_per_point, 0.0, 1.0);
    if in.measure.z > 0.0 {
        let phase = fract((in.measure.w + in.at.x) / (in.measure.z * 2.0));
        ink *= select(0.0, 1.0, phase < 0.55);
    }
    return in.color * ink * view.strength;
}

struct MarkOut {
    @builtin(position) position: vec4<f32>,
    @location(0) inside: vec4<f32>,
    @location(1) rim: vec4<f32>,
    @location(2) at: vec2<f32>,
    @location(3) @interpolate(flat) radius: f32,
    @location(4) @interpolate(flat) mark: u32,
};

@vertex
fn mark_vertex(
    @builtin(vertex_index) corner: u32,
    @location(0) offset: vec2<f32>,
    @location(1) inside: vec4<f32>,
    @location(2) rim: vec4<f32>,
    @location(3) own_radius: f32,
    @location(4) mark: u32,
) -> MarkOut {
    let radius = own_radius * view.marks;
    let reach = radius + 2.5;
    let x = select(-reach, reach, (corner & 1u) == 1u);
    let y = select(-reach, reach, corner == 2u || corner == 4u || corner == 5u);
    return MarkOut(clip(on_screen(offset) + vec2<f32>(x, y)), inside, rim, vec2<f32>(x, y), radius, mark);
}

fn mark_distance(at: vec2<f32>, radius: f32, mark: u32) -> f32 {
    if mark == 1u {
        let q = abs(at) - vec2<f32>(radius * 0.86);
        return max(q.x, q.y);
    }
    if mark == 2u {
        let q = vec2<f32>(abs(at.x), at.y - radius * 0.15);
        return max(q.x * 0.866 - q.y * 0.5, q.y) - radius * 0.62;
    }
    if mark == 3u {
        return (abs(at.x) + abs(at.y)) * 0.7071 - radius * 0.80;
    }
    return length(at) - radius;
}

@fragment
fn mark_fragment(in: MarkOut) -> @location(0) vec4<f32> {
    let d = mark_distance(in.at, in.radius, in.mark);
    let outer = clamp(0.5 - (d - 1.4) * view.pixels_per_point, 0.0, 1.0);
    let inner = clamp(0.5 - d * view.pixels_per_point, 0.0, 1.0);
    return mix(in.rim, in.inside, inner) * outer * view.strength;
}

// The finished picture.

@group(0) @binding(0) var picture: texture_2d<f32>;

struct PictureOut {
    @builtin(position) position: vec4<f32>,
};

@vertex
fn picture_vertex(@builtin(vertex_index) corner: u32) -> PictureOut {
    let x = select(-1.0, 3.0, corner == 1u);
    let y = select(-1.0, 3.0, corner == 2u);
    return PictureOut(vec4<f32>(x, y, 0.0, 1.0));
}

struct Place {
    // Top left corner of the map on the window, pixels.
    corner: vec2<f32>,
    // 1 where the window's format encodes sRGB by itself.
    encodes: f32,
    _pad: f32,
};

@group(0) @binding(1) var<uniform> place: Place;

@fragment
fn picture_fragment(in: PictureOut) -> @location(0) vec4<f32> {
    let at = vec2<i32>(in.position.xy - place.corner);
    let c = textureLoad(picture, at, 0);
    if place.encodes > 0.5 {
        let low = c.rgb / 12.92;
        let high = pow((c.rgb + 0.055) / 1.055, vec3<f32>(2.4));
        return vec4<f32>(select(high, low, c.rgb <= vec3<f32>(0.04045)), c.a);
    }
    return c;
}
