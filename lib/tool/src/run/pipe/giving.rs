//! The loop's part: blocks for jobs that have read theirs, and the next one ahead.

use super::blocks::Taken;
use crate::fail::Fail;
use crate::run::drive::Runner;

impl Runner {
    /// Gives jobs that take several blocks the next, and reads the next one ahead.
    pub fn give_blocks(&mut self) {
        if let Err(fail) = self.try_give_blocks() {
            self.lose(fail.message);
            self.writers.close_hungry(&self.poller);
        }
        for lost in std::mem::take(&mut self.writers.lost) {
            self.lose(lost);
        }
    }

    fn try_give_blocks(&mut self) -> Result<(), Fail> {
        self.writers.pump(&self.poller)?;
        let ends = self.engine.is_cancelled();
        let now = self.clock.now();
        let starts = !self.input_ended && self.engine.wants_input(now);
        let Some(blocks) = self.feed.blocks() else { return Ok(()) };
        while let Some(key) = self.writers.wants_block() {
            if starts {
                // a job that can be started comes first
                return Ok(());
            }
            match if ends { Taken::End } else { blocks.next(0)? } {
                Taken::Block(block) => self.writers.give(key, block, &self.poller),
                Taken::Later => return Ok(()),
                Taken::End => self.writers.close_hungry(&self.poller),
            }
        }
        if !ends { blocks.read_ahead() } else { Ok(()) }
    }

    /// The input is read while the jobs run.
    pub fn reads_ahead(&mut self) -> bool {
        if self.input_ended && self.writers.wants_block().is_none() {
            return false;
        }
        let asked = self.writers.wants_block().is_some();
        self.feed.blocks().is_some_and(|blocks| asked || blocks.wants_ahead())
    }
}
