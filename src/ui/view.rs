//! The window without a window: the same panels, drawn to a texture, for pictures and timings.

use super::app::Workbench;
use super::map::{Gpu, wgpu_backend};
use super::settings::{Settings, ThemeChoice};
use crate::cli::ViewOptions;
use crate::io::{SaveError, save_atomically};
use eframe::egui::{self, Pos2, RawInput, Rect, vec2};
use eframe::egui_wgpu::{
    RenderState, RendererOptions, ScreenDescriptor, WgpuConfiguration, WgpuSetup, WgpuSetupCreateNew,
};
use serde::Serialize;
use std::time::{Duration, Instant};

/// How long reading and drawing may take before a picture is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// Why nothing could be drawn.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ViewError {
    /// No driver.
    #[error(
        "no Vulkan, Metal or Direct3D driver was found ({0}); Mesa's lavapipe (Debian: mesa-vulkan-drivers) serves"
    )]
    NoAdapter(String),
    /// The GPU failed on the way.
    #[error("the picture could not be read back: {0}")]
    Gpu(String),
    /// A file named could not be read.
    #[error("{0}")]
    Input(String),
    /// The picture or the timings could not be written.
    #[error(transparent)]
    Save(#[from] SaveError),
}

/// CPU milliseconds of one frame.
#[derive(Clone, Copy, Debug, Serialize)]
struct FrameTime {
    /// Building the interface.
    ui_ms: f64,
    /// That, tessellation, and handing everything to the GPU.
    total_ms: f64,
    /// That, and waiting until the GPU (or the processor in its place) has drawn it.
    drawn_ms: f64,
}

#[derive(Serialize)]
struct Timings {
    first_frame_ms: f64,
    /// From the start of the process until everything was read and drawn.
    settled_ms: f64,
    frames: Vec<FrameTime>,
}

/// Draws what was asked for.
///
/// # Errors
/// [`ViewError`]: no driver, an input that cannot be read, or an output that cannot be written.
pub fn view(options: &ViewOptions, process_start: Instant) -> Result<(), ViewError> {
    let mut offscreen = Offscreen::new(options)?;
    let first = offscreen.frame(0.0)?;
    let first_frame_ms = process_start.elapsed().as_secs_f64() * 1e3;
    tracing::debug!("first frame after {first_frame_ms:.1} ms, {:.1} ms of it interface", first.ui_ms);
    offscreen.settle()?;
    let settled_ms = process_start.elapsed().as_secs_f64() * 1e3;
    if let Some(error) = offscreen.workbench.error() {
        return Err(ViewError::Input(error));
    }
    if let Some(path) = &options.screenshot {
        let picture = offscreen.picture()?;
        let mut png = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).map_err(|e| ViewError::Gpu(e.to_string()))?;
        save_atomically(path, |out| out.write_all(png.get_ref()))?;
    }
    if let Some((frames, path)) = &options.tour {
        let frames = offscreen.tour(*frames)?;
        let text = serde_json::json!(Timings { first_frame_ms, settled_ms, frames }).to_string();
        save_atomically(path, |out| out.write_all(text.as_bytes()))?;
    }
    Ok(())
}

/// A workbench, a device and a texture.
struct Offscreen {
    ctx: egui::Context,
    workbench: Workbench,
    state: RenderState,
    texture: wgpu::Texture,
    size: (u32, u32),
    time: f64,
}

impl Offscreen {
    fn new(options: &ViewOptions) -> Result<Self, ViewError> {
        let setup = WgpuSetup::CreateNew(WgpuSetupCreateNew::without_display_handle());
        let instance = pollster::block_on(setup.new_instance());
        let config = WgpuConfiguration { wgpu_setup: setup, ..Default::default() };
        let state = pollster::block_on(RenderState::create(&config, &instance, None, RendererOptions::default()))
            .map_err(|e| ViewError::NoAdapter(e.to_string()))?;
        // Without a surface the renderer draws to the format it was made for.
        wgpu_backend::install(&state);
        let (width, height) = options.size;
        let texture = state.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("view"),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: state.target_format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let ctx = egui::Context::default();
        let mut settings = Settings {
            theme: if options.dark { ThemeChoice::Dark } else { ThemeChoice::Light },
            ..Settings::default()
        };
        settings.lang = options.window.lang.unwrap_or(settings.lang);
        let workbench = Workbench::new(&ctx, Gpu::Wgpu, settings, &options.window);
        Ok(Self { ctx, workbench, state, texture, size: options.size, time: 0.0 })
    }

    /// One frame, `dt` seconds after the last.
    fn frame(&mut self, dt: f64) -> Result<FrameTime, ViewError> {
        self.time += dt;
        let (width, height) = self.size;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(width as f32, height as f32))),
            time: Some(self.time),
            predicted_dt: dt.max(1.0 / 240.0) as f32,
            focused: true,
            ..RawInput::default()
        };
        let start = Instant::now();
        let output = self.ctx.run_ui(input, |ui| self.workbench.show(ui));
        let ui_ms = start.elapsed().as_secs_f64() * 1e3;
        let primitives = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let (device, queue) = (&self.state.device, &self.state.queue);
        let mut renderer = self.state.renderer.write();
        let mut textures = output.textures_delta;
        for (id, deltas) in textures.set.drain() {
            for delta in deltas {
                renderer.update_texture(device, queue, id, &delta);
            }
        }
        let screen = ScreenDescriptor { size_in_pixels: [width, height], pixels_per_point: output.pixels_per_point };
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("view") });
        let mut commands = renderer.update_buffers(device, queue, &mut encoder, &primitives, &screen);
        let target = self.texture.create_view(&wgpu::TextureViewDescriptor::default());
        {
            let pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("view"),
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
        for id in &textures.free {
            renderer.free_texture(id);
        }
        commands.push(encoder.finish());
        queue.submit(commands);
        let total_ms = start.elapsed().as_secs_f64() * 1e3;
        device.poll(wgpu::PollType::wait_indefinitely()).map_err(|e| ViewError::Gpu(e.to_string()))?;
        Ok(FrameTime { ui_ms, total_ms, drawn_ms: start.elapsed().as_secs_f64() * 1e3 })
    }

    /// Frames until everything is read and drawn.
    fn settle(&mut self) -> Result<(), ViewError> {
        let start = Instant::now();
        let mut quiet = 0;
        while quiet < 3 {
            self.frame(0.05)?;
            quiet = if self.workbench.is_settled() { quiet + 1 } else { 0 };
            if start.elapsed() > PATIENCE {
                return Err(ViewError::Gpu("reading took too long".to_owned()));
            }
            if quiet == 0 {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        Ok(())
    }

    fn picture(&mut self) -> Result<image::RgbaImage, ViewError> {
        let (width, height) = self.size;
        let gpu = |e: String| ViewError::Gpu(e);
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

    /// Fit, in to street level, along, and out again: a quarter of the frames each.
    fn tour(&mut self, frames: usize) -> Result<Vec<FrameTime>, ViewError> {
        let quarter = (frames / 4).max(1);
        let start = self.workbench.map().camera;
        let street = 2e5_f64.max(start.scale);
        let factor = (street / start.scale).powf(1.0 / quarter as f64);
        let mut times = Vec::with_capacity(frames);
        for i in 0..frames {
            let camera = &mut self.workbench.map_mut().camera;
            match i / quarter {
                0 => *camera = start,
                1 => camera.scale *= factor,
                2 => camera.pan(vec2(-12.0, 4.0)),
                _ => camera.scale = (camera.scale / factor).max(start.scale),
            }
            times.push(self.frame(1.0 / 60.0)?);
        }
        Ok(times)
    }
}
