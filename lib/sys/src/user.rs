//! Who we are.

/// The user whose rights this process has.
pub fn effective() -> u32 {
    nix::unistd::geteuid().as_raw()
}
