//! The map through wgpu: buffers that persist, the finished picture kept in a texture.

use super::draw_list::{DrawList, FillVertex, MarkInstance, Segment};
use super::frame::{MapFrame, Stage, ViewUniform};
use bytemuck::{Pod, Zeroable};
use eframe::egui::{PaintCallback, PaintCallbackInfo};
use eframe::egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};
use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::{Arc, Weak};
use wgpu::util::DeviceExt;

/// Format of the kept picture: the window's colours are blended as they are encoded, as egui does.
const PICTURE: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
/// Bytes between uniforms of one buffer (the limit every adapter keeps).
const STRIDE: u64 = 256;

/// Puts pipelines into the renderer. Called once, when the window opens.
pub fn install(state: &RenderState) {
    let resources = MapResources::new(&state.device, state.target_format);
    state.renderer.write().callback_resources.insert(resources);
}

/// The shape that draws a frame.
pub fn callback(frame: Arc<MapFrame>) -> PaintCallback {
    Callback::new_paint_callback(frame.rect, MapCallback { frame })
}

struct MapCallback {
    frame: Arc<MapFrame>,
}

struct MapResources {
    view_layout: wgpu::BindGroupLayout,
    fill: wgpu::RenderPipeline,
    line: wgpu::RenderPipeline,
    mark: wgpu::RenderPipeline,
    picture_layout: wgpu::BindGroupLayout,
    picture: wgpu::RenderPipeline,
    encodes: bool,
    lists: HashMap<u64, GpuList>,
    kept: Option<Kept>,
}

struct GpuList {
    fills: Option<wgpu::Buffer>,
    segments: Option<wgpu::Buffer>,
    marks: Option<wgpu::Buffer>,
    /// While it is there its buffers are kept: they are the only copy.
    of: Weak<DrawList>,
}

/// The last picture, and what it shows.
struct Kept {
    frame: Arc<MapFrame>,
    view: wgpu::TextureView,
    place: wgpu::Buffer,
    bind: wgpu::BindGroup,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Place {
    corner: [f32; 2],
    encodes: f32,
    pad: f32,
}

impl MapResources {
    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("map"),
            source: wgpu::ShaderSource::Wgsl(include_str!("shader.wgsl").into()),
        });
        let uniform = |binding, visibility, dynamic, size: usize| wgpu::BindGroupLayoutEntry {
            binding,
            visibility,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: dynamic,
                min_binding_size: NonZeroU64::new(size as u64),
            },
            count: None,
        };
        let view_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("map view"),
            entries: &[uniform(0, wgpu::ShaderStages::VERTEX_FRAGMENT, true, size_of::<ViewUniform>())],
        });
        let picture_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("map picture"),
            entries: &[
                wgpu::BindGroupLayoutEntry {
                    binding: 0,
                    visibility: wgpu::ShaderStages::FRAGMENT,
                    ty: wgpu::BindingType::Texture {
                        sample_type: wgpu::TextureSampleType::Float { filterable: false },
                        view_dimension: wgpu::TextureViewDimension::D2,
                        multisampled: false,
                    },
                    count: None,
                },
                uniform(1, wgpu::ShaderStages::FRAGMENT, false, size_of::<Place>()),
            ],
        });
        let pipeline = |layout, entry: &str, buffers: &[Option<wgpu::VertexBufferLayout<'_>>], format, blend| {
            let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some(entry),
                bind_group_layouts: &[Some(layout)],
                immediate_size: 0,
            });
            device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some(entry),
                layout: Some(&layout),
                vertex: wgpu::VertexState {
                    module: &shader,
                    entry_point: Some(&format!("{entry}_vertex")),
                    compilation_options: Default::default(),
                    buffers,
                },
                primitive: wgpu::PrimitiveState::default(),
                depth_stencil: None,
                multisample: wgpu::MultisampleState::default(),
                fragment: Some(wgpu::FragmentState {
                    module: &shader,
                    entry_point: Some(&format!("{entry}_fragment")),
                    compilation_options: Default::default(),
                    targets: &[Some(wgpu::ColorTargetState { format, blend, write_mask: wgpu::ColorWrites::ALL })],
                }),
                multiview_mask: None,
                cache: None,
            })
        };
        let layout = |stride: usize, step_mode, attributes| wgpu::VertexBufferLayout {
            array_stride: stride as u64,
            step_mode,
            attributes,
        };
        let fill_attributes = wgpu::vertex_attr_array![0 => Float32x2, 1 => Unorm8x4, 2 => Uint32];
        let line_attributes =
            wgpu::vertex_attr_array![0 => Float32x4, 1 => Unorm8x4, 2 => Float32, 3 => Float32, 4 => Float32];
        let mark_attributes =
            wgpu::vertex_attr_array![0 => Float32x2, 1 => Unorm8x4, 2 => Unorm8x4, 3 => Float32, 4 => Uint32];
        let over = Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING);
        let (vertex, instance) = (wgpu::VertexStepMode::Vertex, wgpu::VertexStepMode::Instance);
        let map = |entry: &str, buffer| pipeline(&view_layout, entry, &[Some(buffer)], PICTURE, over);
        Self {
            fill: map("fill", layout(size_of::<FillVertex>(), vertex, &fill_attributes)),
            line: map("line", layout(size_of::<Segment>(), instance, &line_attributes)),
            mark: map("mark", layout(size_of::<MarkInstance>(), instance, &mark_attributes)),
            // Over a backdrop the picture has no ground of its own.
            picture: pipeline(&picture_layout, "picture", &[], target, over),
            view_layout,
            picture_layout,
            encodes: target.is_srgb(),
            lists: HashMap::new(),
            kept: None,
        }
    }

    fn draw(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        encoder: &mut wgpu::CommandEncoder,
        frame: &Arc<MapFrame>,
    ) {
        self.upload(device, frame.lists.iter().map(|(list, _)| list));
        let draws = frame.draws();
        let mut uniforms = vec![0_u8; (draws.len().max(1) as u64 * STRIDE) as usize];
        for (i, draw) in draws.iter().enumerate() {
            let at = i * STRIDE as usize;
            uniforms[at..at + size_of::<ViewUniform>()].copy_from_slice(bytemuck::bytes_of(&draw.view));
        }
        let uniforms = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("map views"),
            contents: &uniforms,
            usage: wgpu::BufferUsages::UNIFORM,
        });
        let views = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("map views"),
            layout: &self.view_layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer: &uniforms,
                    offset: 0,
                    size: NonZeroU64::new(size_of::<ViewUniform>() as u64),
                }),
            }],
        });
        let kept = self.keep(device, queue, frame);
        let limit = device.limits().max_texture_dimension_2d;
        let size = frame.pixels().map(|side| side.min(limit));
        let [r, g, b, a] = frame.background.to_array().map(|v| f64::from(v) / 255.0);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("map"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &kept,
                resolve_target: None,
                depth_slice: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a }),
                    store: wgpu::StoreOp::Store,
                },
            })],
            depth_stencil_attachment: None,
            timestamp_writes: None,
            occlusion_query_set: None,
            multiview_mask: None,
        });
        for (i, draw) in draws.iter().enumerate() {
            let Some(gpu) = self.lists.get(&draw.list.id) else { continue };
            let (pipeline, buffer) = match draw.stage {
                Stage::Fill => (&self.fill, &gpu.fills),
                Stage::Line => (&self.line, &gpu.segments),
                Stage::Mark => (&self.mark, &gpu.marks),
            };
            let Some(buffer) = buffer else { continue };
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &views, &[(i as u64 * STRIDE) as u32]);
            pass.set_vertex_buffer(0, buffer.slice(..));
            let [width, height] = size;
            let [left, across] = draw.columns(width);
            if across == 0 {
                continue;
            }
            pass.set_scissor_rect(left, 0, across, height);
            match draw.stage {
                Stage::Fill => pass.draw(draw.tile.range.clone(), 0..1),
                Stage::Line | Stage::Mark => pass.draw(0..6, draw.tile.range.clone()),
            }
        }
    }

    fn upload<'a>(&mut self, device: &wgpu::Device, lists: impl IntoIterator<Item = &'a Arc<DrawList>>) {
        self.lists.retain(|_, gpu| gpu.of.strong_count() > 0);
        for list in lists {
            let Some(elements) = list.hand_over() else { continue };
            let upload = |bytes: &[u8]| {
                (!bytes.is_empty()).then(|| {
                    device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                        label: Some("map layer"),
                        contents: bytes,
                        usage: wgpu::BufferUsages::VERTEX,
                    })
                })
            };
            let gpu = GpuList {
                fills: upload(bytemuck::cast_slice(&elements.fills)),
                segments: upload(bytemuck::cast_slice(&elements.segments)),
                marks: upload(bytemuck::cast_slice(&elements.marks)),
                of: Arc::downgrade(list),
            };
            self.lists.insert(list.id, gpu);
        }
    }

    /// The texture for a frame's picture: the last one where the size still fits.
    fn keep(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, frame: &Arc<MapFrame>) -> wgpu::TextureView {
        let last = self.kept.as_mut().filter(|k| k.frame.pixels() == frame.pixels());
        let picture = if let Some(kept) = last {
            kept.frame = Arc::clone(frame);
            kept.view.clone()
        } else {
            let [width, height] = frame.pixels();
            let limit = device.limits().max_texture_dimension_2d;
            let texture = device.create_texture(&wgpu::TextureDescriptor {
                label: Some("map picture"),
                size: wgpu::Extent3d { width: width.min(limit), height: height.min(limit), depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: PICTURE,
                usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING,
                view_formats: &[],
            });
            let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
            let place = device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("map place"),
                size: size_of::<Place>() as u64,
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            let bind = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("map picture"),
                layout: &self.picture_layout,
                entries: &[
                    wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(&view) },
                    wgpu::BindGroupEntry { binding: 1, resource: place.as_entire_binding() },
                ],
            });
            self.kept = Some(Kept { frame: Arc::clone(frame), view: view.clone(), place, bind });
            view
        };
        self.set_place(queue, frame);
        picture
    }

    fn set_place(&self, queue: &wgpu::Queue, frame: &MapFrame) {
        let Some(kept) = &self.kept else { return };
        let corner = frame.rect.min * frame.pixels_per_point;
        let place = Place {
            corner: [corner.x.round(), corner.y.round()],
            encodes: f32::from(u8::from(self.encodes)),
            pad: 0.0,
        };
        queue.write_buffer(&kept.place, 0, bytemuck::bytes_of(&place));
    }
}

impl CallbackTrait for MapCallback {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(map) = resources.get_mut::<MapResources>() {
            let same = map.kept.as_ref().is_some_and(|k| k.frame.looks_like(&self.frame));
            map.upload(device, &self.frame.coming);
            if same {
                map.set_place(queue, &self.frame);
            } else {
                map.draw(device, queue, encoder, &self.frame);
            }
        }
        Vec::new()
    }

    fn paint(&self, _info: PaintCallbackInfo, pass: &mut wgpu::RenderPass<'static>, resources: &CallbackResources) {
        let Some(map) = resources.get::<MapResources>() else { return };
        let Some(kept) = &map.kept else { return };
        pass.set_pipeline(&map.picture);
        pass.set_bind_group(0, &kept.bind, &[]);
        pass.draw(0..3, 0..1);
    }
}
