//! The map through OpenGL, where wgpu finds no adapter: the same buffers and the same look, drawn straight.

use super::draw_list::{DrawList, FillVertex, MarkInstance, Segment};
use super::frame::{MapFrame, Stage};
use eframe::egui::mutex::Mutex;
use eframe::egui::{PaintCallback, PaintCallbackInfo};
use eframe::egui_glow::{self, CallbackFn};
use eframe::glow::{self, HasContext};
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// Programs and buffers of one OpenGL context.
pub struct GlMap {
    programs: [glow::Program; 3],
    vertex_array: glow::VertexArray,
    /// Buffers of fills, segments and marks, kept while their list is there: they are the only copy.
    lists: HashMap<u64, ([Option<glow::Buffer>; 3], Weak<DrawList>)>,
}

/// A shared handle for the paint callbacks; the context frees everything when the window closes.
pub type SharedGlMap = Arc<Mutex<GlMap>>;

const COMMON: &str = r"
uniform vec2 u_scale; uniform vec2 u_origin; uniform vec2 u_size; uniform float u_ppp; uniform float u_height; uniform float u_strength; uniform float u_marks;
vec2 on_screen(vec2 o) { return u_origin + vec2(o.x, -o.y) * u_scale; }
vec4 clip(vec2 p) { return vec4(p.x / u_size.x * 2.0 - 1.0, 1.0 - p.y / u_size.y * 2.0, 0.0, 1.0); }
";

const FILL: [&str; 2] = [
    r"
layout(location = 0) in vec2 offset; layout(location = 1) in vec4 color; layout(location = 2) in float pattern;
out vec4 v_color; flat out float v_pattern;
void main() { v_color = color; v_pattern = mod(pattern, 256.0); gl_Position = clip(on_screen(offset)); }
",
    r"
in vec4 v_color; flat in float v_pattern; out vec4 ink_out;
void main() {
    if (v_pattern < 0.5) { ink_out = v_color * u_strength; return; }
    float period = v_pattern > 1.5 ? 4.5 : 7.0;
    vec2 at = vec2(gl_FragCoord.x, u_height - gl_FragCoord.y) / u_ppp;
    float d = abs(fract((at.x + at.y) / (period * 1.41421356)) - 0.5) * period * 1.41421356;
    float ink = clamp((0.85 - d * 0.70710678) * u_ppp + 0.5, 0.0, 1.0);
    ink_out = v_color * max(ink * 0.85, 0.10) * u_strength;
}
",
];

const LINE: [&str; 2] = [
    r"
layout(location = 0) in vec4 ends; layout(location = 1) in vec4 color; layout(location = 2) in vec3 measure;
out vec4 v_color; out vec2 v_at; flat out vec4 v_measure;
void main() {
    vec2 a = on_screen(ends.xy); vec2 b = on_screen(ends.zw);
    float len = length(b - a);
    vec2 along = len > 1e-6 ? (b - a) / len : vec2(1.0, 0.0);
    vec2 across = vec2(-along.y, along.x);
    float half_width = measure.x * 0.5; float reach = half_width + 1.0;
    float x = (gl_VertexID & 1) == 1 ? len + reach : -reach;
    float y = (gl_VertexID == 2 || gl_VertexID == 4 || gl_VertexID == 5) ? reach : -reach;
    v_color = color; v_at = vec2(x, y); v_measure = vec4(len, half_width, measure.y, measure.z * u_scale.y);
    gl_Position = clip(a + along * x + across * y);
}
",
    r"
in vec4 v_color; in vec2 v_at; flat in vec4 v_measure; out vec4 ink_out;
void main() {
    float beyond = max(max(-v_at.x, v_at.x - v_measure.x), 0.0);
    float d = length(vec2(beyond, v_at.y)) - v_measure.y;
    float ink = clamp(0.5 - d * u_ppp, 0.0, 1.0);
    if (v_measure.z > 0.0 && fract((v_measure.w + v_at.x) / (v_measure.z * 2.0)) >= 0.55) { ink = 0.0; }
    ink_out = v_color * ink * u_strength;
}
",
];

const MARK: [&str; 2] = [
    r"
layout(location = 0) in vec2 offset; layout(location = 1) in vec4 inside; layout(location = 2) in vec4 rim;
layout(location = 3) in float own_radius; layout(location = 4) in float mark;
out vec4 v_inside; out vec4 v_rim; out vec2 v_at; flat out float v_radius; flat out float v_mark;
void main() {
    float radius = own_radius * u_marks;
    float reach = radius + 2.5;
    float x = (gl_VertexID & 1) == 1 ? reach : -reach;
    float y = (gl_VertexID == 2 || gl_VertexID == 4 || gl_VertexID == 5) ? reach : -reach;
    v_inside = inside; v_rim = rim; v_at = vec2(x, y); v_radius = radius; v_mark = mark;
    gl_Position = clip(on_screen(offset) + vec2(x, y));
}
",
    r"
in vec4 v_inside; in vec4 v_rim; in vec2 v_at; flat in float v_radius; flat in float v_mark; out vec4 ink_out;
float mark_distance(vec2 at) {
    if (v_mark > 2.5) { return (abs(at.x) + abs(at.y)) * 0.7071 - v_radius * 0.80; }
    if (v_mark > 1.5) {
        vec2 q = vec2(abs(at.x), at.y - v_radius * 0.15);
        return max(q.x * 0.866 - q.y * 0.5, q.y) - v_radius * 0.62;
    }
    if (v_mark > 0.5) { vec2 q = abs(at) - vec2(v_radius * 0.86); return max(q.x, q.y); }
    return length(at) - v_radius;
}
void main() {
    float d = mark_distance(v_at);
    float outer = clamp(0.5 - (d - 1.4) * u_ppp, 0.0, 1.0);
    float inner = clamp(0.5 - d * u_ppp, 0.0, 1.0);
    ink_out = mix(v_rim, v_inside, inner) * outer * u_strength;
}
",
];

impl GlMap {
    /// Compiles the programs.
    ///
    /// # Errors
    /// The driver's message, where it knows no GLSL 3.30 or ES 3.00.
    pub fn new(gl: &glow::Context) -> Result<Self, String> {
        let version = gl.version();
        let header = if version.is_embedded { "#version 300 es\nprecision highp float;\n" } else { "#version 330\n" };
        let compile = |[vertex, fragment]: [&str; 2]| -> Result<glow::Program, String> {
            // SAFETY: every call names objects made just above from the same, current context.
            unsafe {
                let program = gl.create_program()?;
                for (kind, body) in [(glow::VERTEX_SHADER, vertex), (glow::FRAGMENT_SHADER, fragment)] {
                    let shader = gl.create_shader(kind)?;
                    gl.shader_source(shader, &format!("{header}{COMMON}{body}"));
                    gl.compile_shader(shader);
                    if !gl.get_shader_compile_status(shader) {
                        return Err(gl.get_shader_info_log(shader));
                    }
                    gl.attach_shader(program, shader);
                    gl.delete_shader(shader);
                }
                gl.link_program(program);
                if gl.get_program_link_status(program) { Ok(program) } else { Err(gl.get_program_info_log(program)) }
            }
        };
        let programs = [compile(FILL)?, compile(LINE)?, compile(MARK)?];
        // SAFETY: the context is current.
        let vertex_array = unsafe { gl.create_vertex_array()? };
        Ok(Self { programs, vertex_array, lists: HashMap::new() })
    }

    fn upload(&mut self, gl: &glow::Context, list: &Arc<DrawList>) {
        let Some(elements) = list.hand_over() else { return };
        let upload = |bytes: &[u8]| {
            if bytes.is_empty() {
                return None;
            }
            // SAFETY: the context is current and the slice outlives the call.
            unsafe {
                let buffer = gl.create_buffer().ok()?;
                gl.bind_buffer(glow::ARRAY_BUFFER, Some(buffer));
                gl.buffer_data_u8_slice(glow::ARRAY_BUFFER, bytes, glow::STATIC_DRAW);
                Some(buffer)
            }
        };
        let buffers = [
            upload(bytemuck::cast_slice(&elements.fills)),
            upload(bytemuck::cast_slice(&elements.segments)),
            upload(bytemuck::cast_slice(&elements.marks)),
        ];
        self.lists.insert(list.id, (buffers, Arc::downgrade(list)));
    }

    fn paint(&mut self, gl: &glow::Context, frame: &MapFrame, info: &PaintCallbackInfo) {
        frame.lists.iter().map(|(list, _)| list).chain(&frame.coming).for_each(|list| self.upload(gl, list));
        self.lists.retain(|_, (buffers, of)| {
            let is_there = of.strong_count() > 0;
            if !is_there {
                // SAFETY: the buffers were made from this context and are not used after this.
                buffers.iter().flatten().for_each(|b| unsafe { gl.delete_buffer(*b) });
            }
            is_there
        });
        let viewport = info.viewport_in_pixels();
        let [r, g, b, a] = frame.background.to_array().map(|v| f32::from(v) / 255.0);
        // SAFETY: programs, buffers and the vertex array are this context's own; every attribute stays inside
        // the stride of the buffer that is bound; egui restores its own state after a callback.
        unsafe {
            gl.viewport(viewport.left_px, viewport.from_bottom_px, viewport.width_px, viewport.height_px);
            // Over a backdrop there is no ground.
            if a > 0.0 {
                gl.clear_color(r, g, b, a);
                gl.clear(glow::COLOR_BUFFER_BIT);
            }
            gl.enable(glow::BLEND);
            gl.blend_func(glow::ONE, glow::ONE_MINUS_SRC_ALPHA);
            gl.disable(glow::CULL_FACE);
            gl.bind_vertex_array(Some(self.vertex_array));
            for draw in frame.draws() {
                let index = match draw.stage {
                    Stage::Fill => 0,
                    Stage::Line => 1,
                    Stage::Mark => 2,
                };
                let Some(buffer) = self.lists.get(&draw.list.id).and_then(|(buffers, _)| buffers[index]) else {
                    continue;
                };
                if draw.across.is_some() {
                    let [left, across] = draw.columns(viewport.width_px.max(0) as u32).map(|n| n as i32);
                    gl.enable(glow::SCISSOR_TEST);
                    gl.scissor(viewport.left_px + left, viewport.from_bottom_px, across, viewport.height_px);
                }
                let program = self.programs[index];
                gl.use_program(Some(program));
                let at = |name: &str| gl.get_uniform_location(program, name);
                let v = &draw.view;
                gl.uniform_2_f32(at("u_scale").as_ref(), v.scale[0], v.scale[1]);
                gl.uniform_2_f32(at("u_origin").as_ref(), v.origin[0], v.origin[1]);
                gl.uniform_2_f32(at("u_size").as_ref(), v.size[0], v.size[1]);
                gl.uniform_1_f32(at("u_ppp").as_ref(), v.pixels_per_point);
                gl.uniform_1_f32(at("u_marks").as_ref(), v.marks);
                gl.uniform_1_f32(at("u_strength").as_ref(), v.strength);
                gl.uniform_1_f32(at("u_height").as_ref(), info.screen_size_px[1] as f32);
                gl.bind_buffer(glow::ARRAY_BUFFER, Some(buffer));
                // Attributes: floats or colours, at their bytes in the element.
                type Attribute = (i32, u32, bool, i32);
                let (stride, first, attributes): (usize, usize, &[Attribute]) = match draw.stage {
                    Stage::Fill => (
                        size_of::<FillVertex>(),
                        0,
                        &[
                            (2, glow::FLOAT, false, 0),
                            (4, glow::UNSIGNED_BYTE, true, 8),
                            (1, glow::UNSIGNED_INT, false, 12),
                        ],
                    ),
                    Stage::Line => (
                        size_of::<Segment>(),
                        draw.tile.range.start as usize,
                        &[(4, glow::FLOAT, false, 0), (4, glow::UNSIGNED_BYTE, true, 16), (3, glow::FLOAT, false, 20)],
                    ),
                    Stage::Mark => (
                        size_of::<MarkInstance>(),
                        draw.tile.range.start as usize,
                        &[
                            (2, glow::FLOAT, false, 0),
                            (4, glow::UNSIGNED_BYTE, true, 8),
                            (4, glow::UNSIGNED_BYTE, true, 12),
                            (1, glow::FLOAT, false, 16),
                            (1, glow::UNSIGNED_INT, false, 20),
                        ],
                    ),
                };
                for (location, (size, kind, normalized, offset)) in attributes.iter().enumerate() {
                    let location = location as u32;
                    let offset = offset + (first * stride) as i32;
                    gl.enable_vertex_attrib_array(location);
                    gl.vertex_attrib_pointer_f32(location, *size, *kind, *normalized, stride as i32, offset);
                    gl.vertex_attrib_divisor(location, u32::from(draw.stage != Stage::Fill));
                }
                let range = &draw.tile.range;
                let count = (range.end - range.start) as i32;
                match draw.stage {
                    Stage::Fill => gl.draw_arrays(glow::TRIANGLES, range.start as i32, count),
                    Stage::Line | Stage::Mark => gl.draw_arrays_instanced(glow::TRIANGLES, 0, 6, count),
                }
                for location in 0..attributes.len() as u32 {
                    gl.vertex_attrib_divisor(location, 0);
                    gl.disable_vertex_attrib_array(location);
                }
            }
            gl.bind_vertex_array(None);
            gl.use_program(None);
        }
    }
}

/// The shape that draws a frame.
pub fn callback(map: SharedGlMap, frame: Arc<MapFrame>) -> PaintCallback {
    PaintCallback {
        rect: frame.rect,
        callback: Arc::new(CallbackFn::new(move |info, painter: &egui_glow::Painter| {
            map.lock().paint(painter.gl(), &frame, &info);
        })),
    }
}
