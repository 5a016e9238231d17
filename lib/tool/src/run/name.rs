//! The name it was called by: `pgrun`, or a link of another name that it stands in for.

use record::Manners;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

/// Whose place is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    /// Its own.
    Pgrun,
    /// GNU parallel's.
    Parallel,
    /// GNU parallel's semaphore.
    Sem,
    /// xargs's.
    Xargs,
}

impl Called {
    /// Told from the first word of the command line.
    pub fn of(word: Option<&OsStr>) -> Self {
        let word = word.map_or(&b""[..], OsStr::as_bytes);
        let name = word.rsplit(|byte| *byte == b'/').next().unwrap_or(word);
        match name {
            b"parallel" => Called::Parallel,
            b"sem" => Called::Sem,
            b"xargs" => Called::Xargs,
            _ => Called::Pgrun,
        }
    }

    /// As messages begin.
    pub fn name(self) -> &'static str {
        match self {
            Called::Pgrun => "pgrun",
            Called::Parallel => "parallel",
            Called::Sem => "sem",
            Called::Xargs => "xargs",
        }
    }

    /// By whose rules the run ends.
    pub fn manners(self) -> Manners {
        match self {
            Called::Pgrun => Manners::Pgrun,
            Called::Parallel => Manners::Parallel,
            Called::Sem => Manners::Sem,
            Called::Xargs => Manners::Xargs,
        }
    }

    /// Through a link, input is never guessed to be operations.
    pub fn is_link(self) -> bool {
        self != Called::Pgrun
    }

    /// GNU parallel's command line and habits.
    pub fn is_gnu(self) -> bool {
        matches!(self, Called::Parallel | Called::Sem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn told_from_the_last_component() {
        let of = |word: &str| Called::of(Some(OsStr::new(word)));
        assert_eq!(of("/usr/bin/parallel"), Called::Parallel);
        assert_eq!(of("sem"), Called::Sem);
        assert_eq!(of("./xargs"), Called::Xargs);
        assert_eq!(of("/opt/parallel/pgrun"), Called::Pgrun);
        assert_eq!(Called::of(None), Called::Pgrun);
    }
}
