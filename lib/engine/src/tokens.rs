//! Tokens of a jobserver: one for each operation that runs beside another.
//!
//! The first that runs uses the token that we were started with. Which operation
//! has which token does not matter: as many are held as run, less one, and none
//! while nothing runs.

use crate::engine::Engine;
use crate::message::Action;
use crate::stopwatch::Stopwatch;
use record::Seconds;

/// What limits how many operations run, beside slots, resources and locks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pool {
    /// Nothing.
    #[default]
    Unlimited,
    /// Tokens, which others take from the same pool, too.
    Shared,
}

/// The tokens that are held.
#[derive(Debug)]
pub(crate) struct Purse {
    pool: Pool,
    held: u32,
    /// There was none when one was last asked for.
    empty: bool,
    /// Runs while only a token is missing.
    waiting: Stopwatch,
}

impl Purse {
    pub(crate) fn new(pool: Pool) -> Self {
        Purse { pool, held: 0, empty: false, waiting: Stopwatch::default() }
    }

    /// Another one beside those that run would have no token.
    pub(crate) fn is_short(&self, running: u32) -> bool {
        self.pool == Pool::Shared && self.held < running
    }

    /// How long only a token has been missing, in all, up to now.
    pub(crate) fn waiting_clock(&self, now: Seconds) -> Seconds {
        self.waiting.read(now)
    }
}

impl Engine {
    /// Something could start, and for want of a token does not: watch the pool,
    /// and say [`Input::TokenReady`](crate::Input::TokenReady) when it may hold one.
    pub fn waits_for_token(&self) -> bool {
        self.purse.empty
            && self.may_start()
            && !self.gate.is_shut()
            && !self.flow_clock.is_running()
            && self.purse.is_short(self.slots.in_use())
            && self.any_could_start()
    }

    /// Only a token may be missing.
    fn any_could_start(&self) -> bool {
        match self.follow {
            None => self.ready.any_fits(self.room()),
            Some(_) => self.had_turn(),
        }
    }

    /// Asks for a token if that is worth while: true if it does.
    pub(crate) fn ask_for_token(&mut self) -> bool {
        let asks = !self.purse.empty && self.any_could_start();
        if asks {
            self.actions.push_back(Action::TakeToken);
        }
        asks
    }

    pub(crate) fn token_taken(&mut self) {
        self.purse.held += 1;
    }

    pub(crate) fn token_missing(&mut self) {
        self.purse.empty = true;
    }

    pub(crate) fn token_ready(&mut self) {
        self.purse.empty = false;
    }

    /// Gives back a token that nothing runs with: true if there was one.
    pub(crate) fn give_token(&mut self) -> bool {
        let surplus = self.purse.held > self.slots.in_use().saturating_sub(1);
        if surplus {
            self.purse.held -= 1;
            self.purse.empty = false;
            self.actions.push_back(Action::GiveToken);
        }
        surplus
    }

    /// Nothing more happens now: time passes for a token, or it does not.
    pub(crate) fn time_token(&mut self, now: Seconds) {
        if self.waits_for_token() {
            self.purse.waiting.start(now);
        } else {
            self.purse.waiting.stop(now);
        }
    }
}
