//! How long a command line may be.

use std::os::unix::ffi::OsStrExt as _;

/// What a command line holds where nobody says more.
const SENSIBLE_BYTES: usize = 128 << 10;

/// Left free for what the commands put into their environment (POSIX).
const HEADROOM_BYTES: usize = 2048;

/// Longest that Linux takes as one argument, with its NUL byte (MAX_ARG_STRLEN).
pub const LONGEST_ARGUMENT_BYTES: usize = 128 << 10;

/// What the kernel keeps for each word beside its bytes.
pub const POINTER_BYTES: usize = size_of::<usize>();

/// What this system and this environment leave for a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of arguments and environment together, in bytes (ARG_MAX).
    pub system_bytes: usize,
    /// Of the environment, in bytes, without pointers.
    pub environment_bytes: usize,
    /// Entries of the environment.
    pub environment_entries: usize,
}

impl Limits {
    /// Those of a plain Linux system without an environment: the same on every machine.
    pub const PLAIN: Limits =
        Limits { system_bytes: 1 << 20, environment_bytes: 0, environment_entries: 0 };

    /// Those of now.
    pub fn now() -> Self {
        let entries = std::env::vars_os()
            .map(|(name, value)| name.as_bytes().len() + value.as_bytes().len() + "=\0".len());
        let mut limits = Limits {
            system_bytes: sys::spawn::longest_command_bytes(),
            environment_bytes: 0,
            environment_entries: 0,
        };
        for bytes in entries {
            limits.environment_bytes += bytes;
            limits.environment_entries += 1;
        }
        limits
    }

    /// Most that -s may ask for.
    pub fn most_bytes(&self) -> usize {
        self.system_bytes.saturating_sub(self.environment_bytes + HEADROOM_BYTES)
    }

    /// What a command line holds where -s is not given.
    pub fn sensible_bytes(&self) -> usize {
        SENSIBLE_BYTES.min(self.most_bytes())
    }

    /// Most bytes of all words and of a pointer to each.
    pub fn kernel_bytes(&self) -> usize {
        self.most_bytes().saturating_sub(self.environment_entries * POINTER_BYTES)
    }

    /// `--show-limits`, for a run that packs so many bytes.
    pub fn shown(&self, used: usize) -> String {
        let most = self.system_bytes.saturating_sub(HEADROOM_BYTES);
        format!(
            "Your environment variables take up {} bytes\n\
             POSIX upper limit on argument length (this system): {most}\n\
             POSIX smallest allowable upper limit on argument length (all systems): 4096\n\
             Maximum length of command we could actually use: {}\n\
             Size of command buffer we are actually using: {used}\n\
             Maximum parallelism (--max-procs must be no greater): {}\n",
            self.environment_bytes,
            self.most_bytes(),
            i32::MAX
        )
    }
}
