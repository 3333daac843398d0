//! How much memory the program may take by itself: half of what the machine, its container and its limits leave it.

use super::{Command, ScenarioCommand, Session};
use crate::i18n::{Lang, number, tr};
use crate::model::ReadAs;
use crate::rules::{RunFor, memory_needed};

/// Memory, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// What this process could have.
    pub total: u64,
    /// What it holds.
    pub held: u64,
}

/// A question that needs more memory than the program takes without being told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// What it needs beside what is open.
    pub needs: u64,
    /// What there is.
    pub memory: Memory,
}

/// What is held against a limit only from so much on: a small question is always answered.
const SMALL: u64 = 128 << 20;

impl Memory {
    /// Of this machine: its memory, or what a container or a limit of the shell leaves of it.
    pub fn of_machine() -> Self {
        let mut total = 0;
        if let Ok(mut system) = sysinfo::System::new() {
            system.refresh_memory();
            total = system.total_memory();
            if let Some(limits) = system.cgroup_limits().filter(|limits| limits.total_memory > 0) {
                total = total.min(limits.total_memory);
            }
        }
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        total = least_limit(&limits).map_or(total, |least| total.min(least));
        // Where the system does not tell, nothing is refused.
        Self { total: if total == 0 { u64::MAX } else { total }, held: held_bytes().unwrap_or(0) }
    }

    /// The same machine with another amount of memory.
    pub fn with_total(self, total: u64) -> Self {
        Self { total, ..self }
    }

    /// What a question may take by itself: what is left of half of all.
    pub fn may_take(&self) -> u64 {
        (self.total / 2).saturating_sub(self.held)
    }

    /// Refuses what would pass that.
    ///
    /// # Errors
    /// [`TooLarge`], with what is needed and what there is.
    pub fn check(self, needs: u64) -> Result<(), TooLarge> {
        let is_small = needs <= SMALL.min(self.total / 16);
        if is_small || needs <= self.may_take() { Ok(()) } else { Err(TooLarge { needs, memory: self }) }
    }
}

impl TooLarge {
    /// What is needed, what there is, and the ways round; in words.
    pub fn message(&self, lang: Lang) -> String {
        let gigabytes = |bytes: u64| {
            let gb = bytes as f64 / 1e9;
            number(gb, if gb < 10.0 { 1 } else { 0 })
        };
        let (needs, total) = (gigabytes(self.needs.max(50_000_000)), gigabytes(self.memory.total));
        let may = gigabytes(self.memory.may_take());
        tr!(lang, "memory.too_large", needs = needs, total = total, may = may).into_owned()
    }
}

/// The least of the limits of a shell on the size of a process, as Linux tells them.
fn least_limit(limits: &str) -> Option<u64> {
    let of = |line: &str| {
        let rest =
            ["Max address space", "Max data size", "Max resident set"].iter().find_map(|n| line.strip_prefix(n))?;
        rest.split_whitespace().next()?.parse::<u64>().ok()
    };
    limits.lines().filter_map(of).min()
}

/// Memory this process holds, where the system tells (Linux).
fn held_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    // Pages are 4 KiB on every desktop Linux this runs on.
    Some(pages * 4096)
}

impl Session {
    /// Reckons with so much memory, whatever the machine has.
    pub fn set_memory(&mut self, total: u64) {
        self.memory_total = Some(total);
    }

    /// The memory that questions are held to.
    pub(super) fn memory(&self) -> Memory {
        let of_machine = Memory::of_machine();
        self.memory_total.map_or(of_machine, |total| of_machine.with_total(total))
    }

    /// Refuses a report of what these rules find that needs more memory than the program takes by itself.
    ///
    /// # Errors
    /// [`TooLarge`], with what is needed and what there is.
    pub fn check_report(&self, ids: &[String]) -> Result<(), TooLarge> {
        self.memory().check(memory_needed(&self.rules_with_values(ids), &self.with_roles(), RunFor::Report))
    }

    /// Carries a command out however much memory it needs.
    pub(super) fn execute_anyway(&mut self, command: Command) {
        match command {
            Command::Ask(question, operands) => {
                self.questions.changed = true;
                self.start_asking(question, operands, true);
            }
            Command::Open(paths, crs) => self.start_reading(paths, &ReadAs { crs, ..ReadAs::default() }, true),
            Command::Buffer(key, rows, distance_m, name) => self.start_buffering(key, &rows, distance_m, name, true),
            Command::RunRules(ids, lang) => self.start_rules(ids, lang, true),
            Command::Scenario(ScenarioCommand::Compare(ids, lang)) => self.start_comparing(ids, lang, true),
            other => self.execute(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_memory_less_what_is_held_may_be_taken() {
        let memory = Memory { total: 16 << 30, held: 3 << 30 };
        assert_eq!(memory.may_take(), 5 << 30);
        assert!(memory.check(5 << 30).is_ok());
        let refused = memory.check((5 << 30) + 1).expect_err("too large");
        assert_eq!(refused, TooLarge { needs: (5 << 30) + 1, memory });
        // Where more than half is held already, small questions are still answered.
        let full = Memory { total: 16 << 30, held: 15 << 30 };
        assert!(full.check(100 << 20).is_ok() && full.check(1 << 30).is_err());
        // And where nothing is known, all are.
        assert!(Memory { total: u64::MAX, held: 0 }.check(1 << 50).is_ok());
    }

    #[test]
    fn what_is_needed_is_said_in_both_languages() {
        let refused = TooLarge { needs: 24_000_000_000, memory: Memory { total: 16_000_000_000, held: 1_000_000_000 } };
        let (zh, en) = (refused.message(Lang::Zh), refused.message(Lang::En));
        for text in [&zh, &en] {
            assert!(text.contains("24 GB") && text.contains("16 GB") && text.contains("7.0 GB"), "{text}");
        }
    }

    #[test]
    fn limits_of_the_shell_are_read() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max data size             unlimited            unlimited            bytes     \n\
                    Max address space         2147483648           unlimited            bytes     \n";
        assert_eq!(least_limit(text), Some(2 << 30));
        assert_eq!(least_limit(""), None);
        assert_eq!(least_limit("Max data size   unlimited unlimited bytes"), None);
    }

    #[test]
    fn this_machine_has_memory() {
        let memory = Memory::of_machine();
        assert!(memory.total > 64 << 20, "{memory:?}");
    }
}
