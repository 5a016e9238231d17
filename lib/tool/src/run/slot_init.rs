//! `--slot-init`: what makes a slot ready before the first job there. It is started and ended as
//! every attempt is; only what it is given and what becomes of its output is told here.

use super::attempt::Attempt;
use super::drive::Runner;
use super::launch::Streams;
use super::settings::Grouping;
use super::start::{Made, Refusal, Start, never};
use record::{Bytes, Command};
use std::ffi::CString;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Arc;

/// What is said without an end of its line is told in pieces of this size.
const LONGEST: usize = 64 << 10;

/// The page's section.
pub const SECTION: (&str, &str) = (
    "SET-UP OF SLOTS",
    "With `--slot-init CMD` the shell runs CMD in each slot before the first job there: with `-j 4` four times at \
         most, and all four at once. A slot that no job needs is not made ready. CMD knows its slot as jobs do, by \
         {%} and $PG_SLOT, so what it makes can be found by that number. It is a process of its own: what it \
         changes in its environment or its folder is not seen by jobs. It reads nothing, and each line that it \
         writes is told on standard error with its slot.

CMD is started, watched and ended as jobs are, with what it has started, but has no `--timeout`, is not repeated, and \
         is no job: it is counted in no figure, and the time until a slot was ready is \"slot-init\" in the \
         `blocked_s` of the job that waited for it. What it leaves behind is ended with it unless \
         `--allow-strays` is given. Locks and resources of that first job are held meanwhile: a CMD that wants \
         the same lock would wait for ever.

Where CMD fails, that is said with its slot and its status. What runs is let end, nothing more is \
         started, and the status is 255; jobs that did not begin can be taken up again with `--resume`.",
);

impl Runner {
    /// The set-up of a slot: in the folder of all, with nothing to read, and nothing of the job
    /// that comes after it.
    pub(super) fn set_up_of(&mut self, start: Start) -> Result<Made, Refusal> {
        let text = self.texts.set_up(start.slot).unwrap_or_default();
        let cmd = Command::Shell(Bytes(text));
        let argv = self.argv(&cmd)?;
        let place = self.texts.set_up_folder(start.slot);
        let place = place.map_err(|what| never(format!("working folder: {what}")))?;
        let cwd = self.settings.log.run_dir.clone().or(place);
        let cwd = cwd.map(|path| CString::new(path.as_os_str().as_bytes())).transpose();
        let mut own_env = Vec::with_capacity(4);
        self.add_slot(start.slot, &mut own_env);
        let own = self.settings.place.keep_fds.iter().chain(self.tokens.inherited());
        let fds = own.map(|fd| (*fd, *fd)).chain([(self.null.as_raw_fd(), 0)]).collect();
        Ok(Made {
            dir: None,
            cwd: cwd.map_err(|_| never("a NUL byte stands in its working folder"))?,
            outputs: None,
            cmd: Arc::new(cmd),
            argv,
            stdin: None,
            fds,
            own_env,
            direct: None,
            // standard output is for what the jobs say
            streams: match self.settings.output.grouping {
                Grouping::None => Streams::Error,
                _ => Streams::Joined,
            },
        })
    }

    /// A set-up has said something: told line by line, with its slot.
    pub(super) fn hear_set_up(&mut self, attempt: &mut Attempt, bytes: &[u8]) {
        attempt.said.extend_from_slice(bytes);
        let whole = memchr::memrchr(b'\n', &attempt.said).map_or(0, |end| end + 1);
        let whole =
            if whole == 0 && attempt.said.len() > LONGEST { attempt.said.len() } else { whole };
        let rest = attempt.said.split_off(whole);
        let lines = std::mem::replace(&mut attempt.said, rest);
        self.tell_lines(attempt.slot, &lines);
    }

    /// It says nothing more.
    pub(super) fn hear_rest(&mut self, attempt: &mut Attempt) {
        let rest = std::mem::take(&mut attempt.said);
        self.tell_lines(attempt.slot, &rest);
    }

    fn tell_lines(&mut self, slot: u32, lines: &[u8]) {
        let lines = String::from_utf8_lossy(lines);
        self.notes.extend(lines.lines().map(|line| format!("slot {slot}: {line}")));
    }

    /// A slot could not be made ready: what runs is let end, and nothing more is started.
    pub(super) fn tell_unfit(&mut self, slot: u32, reason: &str) {
        self.lose(format!("slot {slot}: --slot-init failed: {reason}; nothing more is started"));
    }
}
