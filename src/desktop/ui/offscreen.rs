//! egui without a screen: frames drawn to a texture, read back as a picture.

use super::driver;
use super::map::wgpu_backend;
use crate::i18n::{Lang, tr};
use eframe::egui::{self, Pos2, RawInput, Rect, Ui, vec2};
use eframe::egui_wgpu::{RenderState, RendererOptions, ScreenDescriptor, WgpuConfiguration};
use serde::Serialize;
use std::time::{Duration, Instant};

/// Why nothing could be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub enum DrawError {
    /// No driver.
    NoAdapter(String),
    /// The GPU failed on the way.
    Gpu(String),
    /// The picture is larger than the driver's largest texture.
    TooLarge {
        /// Width and height; pixels.
        size: (u32, u32),
        /// The most of each; pixels.
        most: u32,
    },
    /// It took longer than anybody waits.
    Late(Duration),
}

impl DrawError {
    /// The error in the reader's language: cause and way out.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::NoAdapter(cause) => tr!(lang, "draw.no_adapter", cause = cause),
            Self::Gpu(cause) => tr!(lang, "draw.gpu", cause = cause),
            Self::TooLarge { size: (width, height), most } => {
                tr!(lang, "draw.too_large", width = width, height = height, most = most)
            }
            Self::Late(patience) => tr!(lang, "draw.late", minutes = patience.as_secs() / 60),
        }
        .into_owned()
    }
}

/// CPU milliseconds of one frame.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct FrameTime {
    /// Building the interface.
    pub ui_ms: f64,
    /// That, tessellation, and handing everything to the GPU.
    pub total_ms: f64,
    /// That, and waiting until the GPU (or the processor in its place) has drawn it.
    pub drawn_ms: f64,
}

/// A device and a texture.
pub struct Offscreen {
    /// egui's state.
    pub ctx: egui::Context,
    state: RenderState,
    texture: wgpu::Texture,
    size: (u32, u32),
    pixels_per_point: f32,
    time: f64,
    /// Textures that changed in frames that were thought and not drawn.
    pending: egui::TexturesDelta,
}

impl Drop for Offscreen {
    fn drop(&mut self) {
        // Nothing is drawn any more.
        self.pending.clear();
    }
}

impl Offscreen {
    /// A texture of so many pixels, so many to a point.
    ///
    /// # Errors
    /// [`DrawError::NoAdapter`], [`DrawError::TooLarge`]
    pub fn new(size: (u32, u32), pixels_per_point: f32) -> Result<Self, DrawError> {
        let setup = driver::setup();
        let instance = pollster::block_on(setup.new_instance());
        let config = WgpuConfiguration { wgpu_setup: setup, ..Default::default() };
        let state = pollster::block_on(RenderState::create(&config, &instance, None, RendererOptions::default()))
            .map_err(|e| DrawError::NoAdapter(e.to_string()))?;
        driver::survive_errors(&state);
        let most = state.device.limits().max_texture_dimension_2d;
        if size.0.max(size.1) > most {
            return Err(DrawError::TooLarge { size, most });
        }
        // Without a surface the renderer draws to the format it was made for.
        wgpu_backend::install(&state);
        let texture = state.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("picture"),
            size: wgpu::Extent3d { width: size.0, height: size.1, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: state.target_format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let ctx = egui::Context::default();
        let pending = egui::TexturesDelta::default();
        Ok(Self { ctx, state, texture, size, pixels_per_point, time: 0.0, pending })
    }

    /// What the next frame is told, `dt` seconds after the last.
    fn input(&mut self, dt: f64) -> RawInput {
        self.time += dt;
        let (width, height) = self.size;
        let ppp = self.pixels_per_point;
        self.ctx.set_pixels_per_point(ppp);
        RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(width as f32, height as f32) / ppp)),
            time: Some(self.time),
            predicted_dt: dt.max(1.0 / 240.0) as f32,
            focused: true,
            max_texture_side: Some(self.state.device.limits().max_texture_dimension_2d as usize),
            ..RawInput::default()
        }
    }

    /// One frame, `dt` seconds after the last, of which nothing is drawn: everything is built, handed out and laid out as in one
    /// that is.
    pub fn think(&mut self, dt: f64, show: impl FnMut(&mut Ui)) {
        let input = self.input(dt);
        let output = self.ctx.run_ui(input, show);
        self.pending.append(output.textures_delta);
    }

    /// The shapes of such a frame, the lowest first.
    pub fn shapes(&mut self, dt: f64, show: impl FnMut(&mut Ui)) -> Vec<egui::epaint::ClippedShape> {
        let input = self.input(dt);
        let output = self.ctx.run_ui(input, show);
        self.pending.append(output.textures_delta);
        output.shapes
    }

    /// One frame, `dt` seconds after the last.
    ///
    /// # Errors
    /// [`DrawError::Gpu`]
    pub fn frame(&mut self, dt: f64, show: impl FnMut(&mut Ui)) -> Result<FrameTime, DrawError> {
        let (width, height) = self.size;
        let input = self.input(dt);
        let start = Instant::now();
        let output = self.ctx.run_ui(input, show);
        let ui_ms = start.elapsed().as_secs_f64() * 1e3;
        let primitives = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let (device, queue) = (&self.state.device, &self.state.queue);
        let mut renderer = self.state.renderer.write();
        let mut textures = std::mem::take(&mut self.pending);
        textures.append(output.textures_delta);
        for (id, deltas) in textures.set.drain() {
            for delta in deltas {
                renderer.update_texture(device, queue, id, &delta);
            }
        }
        let screen = ScreenDescriptor { size_in_pixels: [width, height], pixels_per_point: output.pixels_per_point };
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("picture") });
        let mut commands = renderer.update_buffers(device, queue, &mut encoder, &primitives, &screen);
        let target = self.texture.create_view(&wgpu::TextureViewDescriptor::default());
        {
            let pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("picture"),
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: &target,
                    resolve_target: None,
                    depth_slice: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                        store: wgpu::StoreOp::Store,
                    },
                })],
                depth_stencil_attachment: None,
                timestamp_writes: None,
                occlusion_query_set: None,
                multiview_mask: None,
            });
            renderer.render(&mut pass.forget_lifetime(), &primitives, &screen);
        }
        for id in textures.free.drain() {
            renderer.free_texture(&id);
        }
        commands.push(encoder.finish());
        queue.submit(commands);
        let total_ms = start.elapsed().as_secs_f64() * 1e3;
        device.poll(wgpu::PollType::wait_indefinitely()).map_err(|e| DrawError::Gpu(e.to_string()))?;
        Ok(FrameTime { ui_ms, total_ms, drawn_ms: start.elapsed().as_secs_f64() * 1e3 })
    }

    /// What was drawn last.
    ///
    /// # Errors
    /// [`DrawError::Gpu`]
    pub fn picture(&mut self) -> Result<image::RgbaImage, DrawError> {
        let (width, height) = self.size;
        let gpu = |e: String| DrawError::Gpu(e);
        let row = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let (device, queue) = (&self.state.device, &self.state.queue);
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("picture"),
            size: u64::from(row) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("picture") });
        encoder.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(row),
                    rows_per_image: Some(height),
                },
            },
            wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        );
        queue.submit([encoder.finish()]);
        let (sender, receiver) = std::sync::mpsc::channel();
        buffer.slice(..).map_async(wgpu::MapMode::Read, move |result| {
            // The receiver waits below.
            let _ = sender.send(result);
        });
        device.poll(wgpu::PollType::wait_indefinitely()).map_err(|e| gpu(e.to_string()))?;
        receiver.recv().map_err(|e| gpu(e.to_string()))?.map_err(|e| gpu(e.to_string()))?;
        let bytes = buffer.slice(..).get_mapped_range().map_err(|e| gpu(e.to_string()))?;
        let mut pixels = Vec::with_capacity((width * height * 4) as usize);
        for line in bytes.chunks_exact(row as usize) {
            pixels.extend_from_slice(&line[..(width * 4) as usize]);
        }
        if matches!(self.texture.format(), wgpu::TextureFormat::Bgra8Unorm | wgpu::TextureFormat::Bgra8UnormSrgb) {
            pixels.chunks_exact_mut(4).for_each(|p| p.swap(0, 2));
        }
        image::RgbaImage::from_raw(width, height, pixels).ok_or_else(|| gpu("the picture has another size".to_owned()))
    }
}
