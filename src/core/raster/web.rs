//! Tiles of services over HTTP and HTTPS: asked for one at a time, kept on the disk, and nothing else is ever asked for.

use super::cache::TileCache;
use super::decode::{TILE_BYTES, decode_tile};
use super::grid::FINEST;
use super::source::{About, Opening, TileSource};
use super::template::{ServiceKey, Template};
use super::{Backdrop, Grid, Pixels, RasterError, RasterErrorKind, TileId};
use crate::i18n::{Said, tr};
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Error};
use url::Url;

/// How long a server is waited for: to connect, and for a whole answer.
const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(30);
/// A tile that was kept for so long is asked for again; where that fails, it serves.
const FRESH: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a server that failed is left alone at most.
const LONGEST: Duration = Duration::from_secs(60);
/// How long it may ask to be left alone.
const ASKED: u64 = 600;
/// Redirections that are followed for a tile.
const HOPS: usize = 3;

/// A server that failed, and until when it is left alone.
#[derive(Default)]
struct Failing {
    times: u32,
    until: Option<Instant>,
    why: Option<Said>,
}

pub(super) struct WebTiles {
    template: Template,
    key: ServiceKey,
    agent: Agent,
    cache: Option<Arc<TileCache>>,
    source: String,
    failing: Mutex<Failing>,
    /// Some tile came: a later refusal is about that tile, not about the key.
    has_come: AtomicBool,
    about: About,
}

/// What a server said.
enum Answer {
    Tile(Vec<u8>),
    Nothing,
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.starts_with("127.") || host == "[::1]"
}

fn agent(host: &str) -> Agent {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(provider);
    let config = Agent::config_builder()
        .http_status_as_error(false)
        // Followed here, where it is seen whereto.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_connect(Some(CONNECT))
        .timeout_global(Some(ANSWER))
        .user_agent(concat!("shanshui/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls.build());
    // A server on this machine is not asked for through another.
    let config = if is_loopback(host) { config.proxy(None) } else { config };
    config.build().new_agent()
}

impl WebTiles {
    pub fn new(backdrop: &Backdrop, url: &str, opening: &Opening) -> Result<Self, RasterError> {
        let refused = |why| RasterError::source(backdrop.title.clone(), why);
        let (template, own) = Template::parse(url).map_err(|e| refused(Said::told(|lang| e.message(lang))))?;
        let key = if own.is_empty() { opening.key.clone() } else { own };
        if template.needs_key() && key.is_empty() {
            return Err(RasterError::source(template.host(), Said::of("raster.needs_key")));
        }
        let grid = Grid::World(backdrop.tiling, backdrop.shift);
        let last = backdrop.max_zoom.unwrap_or(18).min(FINEST);
        let levels = [backdrop.min_zoom.unwrap_or(0).min(last), last];
        let host = template.host().to_owned();
        let what = Said::told(|lang| tr!(lang, "raster.what_web", server = host).into_owned());
        let about = About { bounds: grid.extent(), grid, levels, attribution: String::new(), what, notes: Vec::new() };
        Ok(Self {
            agent: agent(template.host()),
            source: TileCache::source(template.text()),
            template,
            key,
            cache: opening.cache.clone(),
            failing: Mutex::default(),
            has_come: AtomicBool::new(false),
            about,
        })
    }

    fn error(&self, kind: RasterErrorKind, tile: Option<TileId>, why: Said) -> RasterError {
        RasterError { of: self.template.host().to_owned(), tile, kind, why }
    }

    /// The server does not answer now: it is left alone for a while, the longer the more often that happened.
    fn later(&self, asked: Option<u64>, why: Said) -> RasterError {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = match asked {
            Some(seconds) => Duration::from_secs(seconds.min(ASKED)),
            None => (Duration::from_secs(1) * 2_u32.pow(failing.times.min(6))).min(LONGEST),
        };
        failing.times += 1;
        let until = Instant::now() + wait;
        failing.until = Some(failing.until.map_or(until, |known| known.max(until)));
        failing.why = Some(why.clone());
        self.error(RasterErrorKind::Later(wait), None, why)
    }

    /// What is said of a failed request: never the address.
    fn cause(&self, e: &Error) -> Said {
        match e {
            Error::Timeout(_) => Said::of("raster.http.timeout"),
            Error::HostNotFound => Said::of("raster.http.no_host"),
            Error::ConnectionFailed => Said::of("raster.http.no_connection"),
            Error::Io(e) if e.kind() == std::io::ErrorKind::ConnectionRefused => Said::of("raster.http.no_connection"),
            Error::BadUri(_) => Said::of("raster.url.no_address"),
            other => {
                let text = other.to_string();
                let key = self.key.0.trim();
                let text = if key.is_empty() { text } else { text.replace(key, "…") };
                Said::told(|lang| tr!(lang, "raster.http.failed", cause = text).into_owned())
            }
        }
    }

    /// Where a redirection leads, where it is followed: to the same server, over no less private a way.
    fn redirected(&self, from: &Url, location: Option<&str>) -> Result<Url, RasterError> {
        let refused = |to: String| {
            let why = Said::told(|lang| tr!(lang, "raster.http.redirect", to = to).into_owned());
            self.error(RasterErrorKind::Source, None, why)
        };
        let to = location.and_then(|location| from.join(location).ok()).ok_or_else(|| refused("?".to_owned()))?;
        let is_private = to.scheme() == "https" || to.scheme() == "http" && from.scheme() == "http";
        if is_private && to.host_str() == from.host_str() {
            return Ok(to);
        }
        let host = to.host_str().map_or_else(String::new, str::to_owned);
        Err(refused(format!("{}://{host}", to.scheme())))
    }

    fn ask(&self, tile: TileId, stop: &AtomicBool) -> Result<Answer, RasterError> {
        let bad_address = |_| self.error(RasterErrorKind::Source, None, Said::of("raster.url.no_address"));
        let mut url = Url::parse(&self.template.address(tile, &self.key)).map_err(bad_address)?;
        for _ in 0..=HOPS {
            let response = self.agent.get(url.as_str()).call().map_err(|e| self.later(None, self.cause(&e)))?;
            let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
            let status = response.status().as_u16();
            let told = || Said::told(|lang| tr!(lang, "raster.http.status", status = status).into_owned());
            match status {
                200 => return self.body(tile, response.into_body(), stop),
                204 | 404 | 410 => return Ok(Answer::Nothing),
                301 | 302 | 303 | 307 | 308 => url = self.redirected(&url, header("location"))?,
                401 | 403 | 407 | 418 if !self.has_come.load(Relaxed) => {
                    let why = Said::told(|lang| tr!(lang, "raster.http.key", status = status).into_owned());
                    return Err(self.error(RasterErrorKind::Source, None, why));
                }
                429 | 500..=599 => return Err(self.later(header("retry-after").and_then(|s| s.parse().ok()), told())),
                _ => return Err(self.error(RasterErrorKind::Tile, Some(tile), told())),
            }
        }
        Err(self.error(RasterErrorKind::Source, None, Said::of("raster.http.hops")))
    }

    fn body(&self, tile: TileId, body: ureq::Body, stop: &AtomicBool) -> Result<Answer, RasterError> {
        let mut reader = body.into_reader();
        let mut bytes = Vec::new();
        let mut block = [0; 16 << 10];
        loop {
            if stop.load(Relaxed) {
                return Err(RasterError::stopped(self.template.host()));
            }
            match reader.read(&mut block) {
                Ok(0) => return Ok(Answer::Tile(bytes)),
                Ok(n) => bytes.extend_from_slice(&block[..n]),
                Err(_) => return Err(self.later(None, Said::of("raster.http.broken_off"))),
            }
            if bytes.len() as u64 > TILE_BYTES {
                let why = Said::told(|lang| {
                    tr!(lang, "raster.too_long", bytes = bytes.len(), most = TILE_BYTES).into_owned()
                });
                return Err(self.error(RasterErrorKind::Tile, Some(tile), why));
            }
        }
    }

    /// Asks the server, where it is not left alone.
    fn fetch(&self, tile: TileId, stop: &AtomicBool) -> Result<Option<Pixels>, RasterError> {
        let (until, why) = {
            let failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
            (failing.until, failing.why.clone())
        };
        if let Some(wait) = until.and_then(|until| until.checked_duration_since(Instant::now())) {
            let why = why.unwrap_or_else(|| Said::of("raster.http.no_connection"));
            return Err(self.error(RasterErrorKind::Later(wait), None, why));
        }
        let answer = self.ask(tile, stop)?;
        *self.failing.lock().unwrap_or_else(PoisonError::into_inner) = Failing::default();
        let Answer::Tile(bytes) = answer else { return Ok(None) };
        let pixels = decode_tile(&bytes).map_err(|why| self.error(RasterErrorKind::Tile, Some(tile), why))?;
        self.has_come.store(true, Relaxed);
        if let Some(cache) = &self.cache {
            cache.put(&self.source, tile, &bytes);
        }
        Ok(Some(pixels))
    }
}

impl TileSource for WebTiles {
    fn about(&self) -> &About {
        &self.about
    }

    fn tile(&self, tile: TileId, stop: &AtomicBool) -> Result<Option<Pixels>, RasterError> {
        let kept = self.cache.as_ref().and_then(|cache| cache.get(&self.source, tile));
        // A damaged one is asked for again.
        let kept = kept.and_then(|(bytes, age)| Some((decode_tile(&bytes).ok()?, age)));
        match kept {
            Some((pixels, age)) if age < FRESH => Ok(Some(pixels)),
            Some((pixels, _)) => Ok(self.fetch(tile, stop).unwrap_or(Some(pixels))),
            None => self.fetch(tile, stop),
        }
    }
}

#[cfg(test)]
#[path = "web_tests.rs"]
mod tests;
