//! A simulated jobserver: a pool of tokens that others use, too.

use super::{Happening, Sim};
use crate::message::Input;
use record::Seconds;

/// Others take and give so often; then they give back everything.
const OTHERS_MAX: u32 = 500;

/// The pool of tokens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tokens {
    /// In the pool.
    pub free: u32,
    /// Held by the engine.
    pub ours: u32,
    /// Held by others.
    pub others: u32,
    /// Gone with those who held them.
    pub stolen: u32,
    pub(super) turns: u32,
}

impl Sim {
    pub(super) fn take_token(&mut self) {
        let input = if self.tokens.free > 0 {
            self.tokens.free -= 1;
            self.tokens.ours += 1;
            Input::TokenTaken
        } else {
            Input::TokenMissing
        };
        self.tell(input);
    }

    pub(super) fn give_token(&mut self) {
        self.tokens.ours -= 1;
        self.tokens.free += 1;
    }

    /// Others come to the pool; who watches it hears of what they give back, though not
    /// always at once.
    pub(super) fn others(&mut self) {
        let watched = self.engine.waits_for_token();
        self.tokens.turns += 1;
        let takes = self.chance.below(2) == 0;
        let tokens = &mut self.tokens;
        let last = tokens.turns > OTHERS_MAX;
        if last {
            tokens.free += core::mem::take(&mut tokens.others);
        } else if takes && tokens.free > 0 {
            tokens.free -= 1;
            tokens.others += 1;
        } else if tokens.others > 0 {
            tokens.others -= 1;
            tokens.free += 1;
        }
        if watched && self.tokens.free > 0 && (last || !self.strikes(self.faults.late)) {
            self.tell(Input::TokenReady);
        }
        if !last {
            let pause = self.within(Seconds::from_secs(2));
            self.at(self.now + pause, Happening::Others);
        }
    }
}
