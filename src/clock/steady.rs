//! The steady clock: counts on evenly, and nobody sets it.

use std::time::Duration as Steady;

/// How long the machine has run; the time for which it slept counts.
#[cfg(target_os = "linux")]
pub fn counted() -> Steady {
    // SAFETY: the call writes to `time` alone, of which all zeros are a value.
    let time = unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut time);
        time
    };
    Steady::from_secs(u64::try_from(time.tv_sec).unwrap_or(0)) + Steady::from_nanos(u64::try_from(time.tv_nsec).unwrap_or(0))
}

/// How long ago it was first asked.
#[cfg(not(target_os = "linux"))]
pub fn counted() -> Steady {
    static FIRST: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    FIRST.elapsed()
}
