//! The memory that a test's process holds.

/// The bytes that the program holds: what was allocated and not let go. What the allocator keeps of that to hand out again, and what
/// a graphics driver maps by itself for each device that a test makes, are the process's and not the program's, and hide what
/// is to be seen. `None` where the system's allocator does not tell (glibc's does).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn held() -> Option<u64> {
    use std::ffi::c_int;

    /// `struct mallinfo2` of glibc.
    #[repr(C)]
    struct Told {
        arena: usize,
        free_chunks: usize,
        fast_chunks: usize,
        mapped_blocks: usize,
        mapped: usize,
        unused: usize,
        fast_free: usize,
        used: usize,
        free: usize,
        top: usize,
    }
    unsafe extern "C" {
        fn mallinfo2() -> Told;
        fn malloc_trim(kept: usize) -> c_int;
    }
    // SAFETY: both may be called at any time, by any thread.
    let told = unsafe {
        malloc_trim(0);
        mallinfo2()
    };
    Some((told.used + told.mapped) as u64)
}

/// The bytes that the program holds; the allocator of this system does not tell.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn held() -> Option<u64> {
    None
}
