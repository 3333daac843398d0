//! Memory that is let go is given back to the machine, where the allocator is glibc's: by itself it keeps most of what layers leave
//! behind.

/// Has large blocks given back as soon as they are let go. To be called once, before other threads start.
pub fn set_up() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc::set_up();
}

/// Gives back what is free between smaller blocks: after work that made and let go much. Cost: some ten milliseconds a gigabyte.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc::give_back();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    use std::ffi::c_int;

    unsafe extern "C" {
        fn mallopt(parameter: c_int, value: c_int) -> c_int;
        fn malloc_trim(kept: usize) -> c_int;
    }

    /// `M_MMAP_THRESHOLD`.
    const LEAST_OWN: c_int = -3;

    pub fn set_up() {
        // Blocks of a MiB and more stand by themselves. Unless this is said the bound rises to 32 MiB with the first large block
        // that is freed.
        // SAFETY: before other threads start nothing else is at it; what it does not take it leaves as it was.
        unsafe { mallopt(LEAST_OWN, 1 << 20) };
    }

    pub fn give_back() {
        // SAFETY: it may be called at any time, by any thread.
        unsafe { malloc_trim(0) };
    }
}
