//! How long frames of the window take its thread: on a busy machine the clock on the wall says little.

use super::Window;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A frame longer than this is told.
pub const LIMIT: Duration = Duration::from_millis(100);
/// A window comes to rest in so much time, whatever was asked of it.
const REST: Duration = Duration::from_secs(90);
/// So many of the slowest are told.
const TOLD: usize = 40;

/// What a frame took.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The time that a processor worked for the window's thread; where the system does not tell, the clock's.
    pub worked: Duration,
    /// The time until the frame was there, less that in which no processor was free for the thread: work, and waiting for locks,
    /// other threads and the disk.
    pub held: Duration,
    /// By the clock.
    pub took: Duration,
    /// What was done in it.
    pub what: String,
}

/// The time that processors worked for this thread, and the time for which it waited for one; `None` where the system does not tell.
fn times() -> Option<(Duration, Duration)> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let mut numbers = text.split_whitespace().map(|number| number.parse::<u64>().ok().map(Duration::from_nanos));
    Some((numbers.next()??, numbers.next()??))
}

/// The frames of a window that goes on.
#[derive(Default)]
pub struct Frames {
    /// What is being done.
    pub doing: String,
    /// Frames by the milliseconds that they worked.
    worked: BTreeMap<u64, usize>,
    /// Those over the limit by any measure.
    slow: Vec<Frame>,
}

impl Frames {
    /// Measures work of the window's thread.
    pub fn measure<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (from, before) = (Instant::now(), times());
        let made = work();
        let (took, after) = (from.elapsed(), times());
        let (worked, waited) = match (before, after) {
            (Some(before), Some(after)) => (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1)),
            _ => (took, Duration::ZERO),
        };
        *self.worked.entry(worked.as_millis() as u64).or_default() += 1;
        let held = took.saturating_sub(waited).max(worked);
        if took > LIMIT {
            self.slow.push(Frame { worked, held, took, what: self.doing.clone() });
            if self.slow.len() > 10_000 {
                self.slow.sort_by_key(|frame| std::cmp::Reverse(frame.held));
                self.slow.truncate(5_000);
            }
        }
        made
    }

    /// Says what was done since `doing` was emptied, and is being done.
    pub fn name(&mut self, what: String) {
        for frame in self.slow.iter_mut().rev().take_while(|frame| frame.what.is_empty()) {
            frame.what.clone_from(&what);
        }
        self.doing = what;
    }

    /// A frame of a window.
    pub fn step(&mut self, window: &mut Window) {
        self.measure(|| window.step());
    }

    /// Frames of a window until nothing runs and everything is drawn.
    pub fn settle(&mut self, window: &mut Window) {
        let (start, mut quiet) = (Instant::now(), 0);
        while quiet < 3 {
            self.step(window);
            quiet = if window.state().workbench().is_settled() { quiet + 1 } else { 0 };
            assert!(start.elapsed() < REST, "the window does not come to rest");
            if quiet == 0 {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// The time within which this share of the frames worked, in milliseconds.
    fn share(&self, share: f64) -> u64 {
        let all: usize = self.worked.values().sum();
        let mut sum = 0;
        let found = self.worked.iter().find(|(_, count)| {
            sum += **count;
            sum as f64 >= share * all as f64
        });
        found.map_or(0, |(ms, _)| *ms)
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.worked.values().sum()
    }

    /// The frames over the limit for which the thread itself worked or waited, the longest first.
    pub fn over(&self) -> Vec<&Frame> {
        let mut over: Vec<&Frame> = self.slow.iter().filter(|frame| frame.held > LIMIT).collect();
        over.sort_by_key(|frame| std::cmp::Reverse(frame.held));
        over
    }

    /// The figures, and the slowest frames with what was done in them.
    pub fn tell(&self, what: &str) {
        let over = self.over();
        println!(
            "{what}: {} frames; half of them worked up to {} ms, 99 % {} ms, 99.9 % {} ms, the longest {} ms; {} over {} ms ({} by the \
             clock on the wall)",
            self.count(),
            self.share(0.5),
            self.share(0.99),
            self.share(0.999),
            self.worked.keys().last().copied().unwrap_or_default(),
            over.len(),
            LIMIT.as_millis(),
            self.slow.len(),
        );
        // By what was done: how often, and the longest.
        let mut kinds: BTreeMap<&str, (usize, &Frame)> = BTreeMap::new();
        for frame in &over {
            kinds.entry(&frame.what).or_insert((0, *frame)).0 += 1;
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_by_key(|(_, (_, frame))| std::cmp::Reverse(frame.held));
        for (what, (count, frame)) in kinds.into_iter().take(TOLD) {
            println!(
                "  {count} × {what}: worked {} ms, with waiting {} ms, by the clock {} ms",
                frame.worked.as_millis(),
                frame.held.as_millis(),
                frame.took.as_millis()
            );
        }
    }
}
