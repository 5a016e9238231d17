//! What a killed run has left running: ended, or waited for, before anything is started.

use super::read::Left;
use crate::entry::complain;
use crate::fail::Fail;
use record::status;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use sys::orphan::{self, Orphan, Trace};
use sys::signal::{SIGCONT, SIGKILL, SIGTERM};

/// From TERM to KILL.
const GRACE: Duration = Duration::from_millis(500);

/// How long KILL may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// So often they are looked for again: what is killed may just have started another.
const LOOKS: u32 = 20;

/// `--orphans`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Orphans {
    /// They are ended.
    #[default]
    Kill,
    /// They may end.
    Wait,
}

impl Orphans {
    /// Sees to it that nothing of these commands runs any more.
    ///
    /// # Errors
    /// They cannot be looked for, or do not end.
    pub fn end(self, left: &[Left], name: &str) -> Result<(), Fail> {
        if left.is_empty() {
            return Ok(());
        }
        let traces: Vec<Trace> = left.iter().map(|left| left.trace.clone()).collect();
        let mut first = true;
        for _ in 0..LOOKS {
            let found = orphan::find(&traces).map_err(|e| {
                let what = "--resume: who is left of the last run cannot be seen: /proc";
                Fail::io(status::LOST, what, &e)
            })?;
            if found.is_empty() {
                return Ok(());
            }
            if std::mem::take(&mut first) {
                complain(name, &self.said(left, &found));
            }
            match self {
                Orphans::Wait => orphan::wait_for(&found, None),
                Orphans::Kill if kill(&found) => {}
                Orphans::Kill => break,
            }
        }
        Err(Fail::new(
            status::LOST,
            "--resume: what the last run has left does not end, not even by KILL; nothing was run",
        ))
    }

    fn said(self, left: &[Left], found: &[Orphan]) -> String {
        let mut by_id: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for orphan in found {
            by_id.entry(&left[orphan.trace].id).or_default().push(orphan.pid.to_string());
        }
        let of = |(id, pids): (&str, Vec<String>)| format!("{id} (process {})", pids.join(", "));
        let all: Vec<String> = by_id.into_iter().map(of).collect();
        let what = match self {
            Orphans::Kill => "is ended first",
            Orphans::Wait => "is waited for",
        };
        format!("still running after its run was killed: {}; {what}", all.join(", "))
    }
}

/// True where all have ended.
fn kill(found: &[Orphan]) -> bool {
    for signal in [SIGTERM, SIGCONT] {
        found.iter().for_each(|orphan| orphan.signal(signal));
    }
    orphan::wait_for(found, Some(GRACE));
    found.iter().for_each(|orphan| orphan.signal(SIGKILL));
    orphan::wait_for(found, Some(PATIENCE));
    found.iter().all(|orphan| orphan.has_ended_by(Some(Instant::now())))
}
