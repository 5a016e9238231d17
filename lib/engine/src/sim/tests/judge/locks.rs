//! Who holds locks, asks for them or waits.

use super::stage::Stage;
use super::{Judge, Verdict};
use crate::op::Key;
use alloc::format;

impl Judge<'_> {
    pub(super) fn locks(&mut self, key: Key, taken: Option<bool>) -> Verdict {
        let op = self.op(key)?;
        let stage = match (&self.stages[op], taken) {
            // it runs when its start is said
            (Stage::Asking, Some(true)) => Stage::Asking,
            (Stage::Waiting, Some(true)) => Stage::Locked,
            (Stage::Asking | Stage::Waiting, None) => Stage::Waiting,
            (Stage::Asking | Stage::Waiting, Some(false)) => Stage::Before,
            (other, _) => return Err(format!("an answer about locks for {op}: {other:?}")),
        };
        self.stages[op] = stage;
        self.answered.insert(op);
        if taken == Some(true) {
            self.holds_locks.insert(op);
            let own = &self.case.specs[op].0.locks;
            let shares = |other: &usize| {
                *other != op && self.case.specs[*other].0.locks.iter().any(|l| own.contains(l))
            };
            must!(!self.holds_locks.iter().any(shares), "{op} shares a lock");
        }
        Ok(())
    }

    pub(super) fn waits_no_more(&mut self, key: Key) -> Verdict {
        let op = self.op(key)?;
        let stage = core::mem::replace(&mut self.stages[op], Stage::Before);
        self.holds_locks.remove(&op);
        // its answer may have crossed the cancel
        let waits = matches!(stage, Stage::Waiting | Stage::Asking) || self.answered.contains(&op);
        must!(waits, "{op} waits for no lock: {stage:?}");
        Ok(())
    }

    pub(super) fn takes_locks(&mut self, key: Key) -> Verdict {
        let op = self.op(key)?;
        let may = self.stages[op].may_start();
        must!(may && !self.holds_locks.contains(&op), "{op} has asked for its locks");
        self.takes_place(op)?;
        self.stages[op] = Stage::Asking;
        Ok(())
    }
}
