//! What held the operation that ended last, from the run's beginning.
//!
//! The wall is cut, from its end backwards, into the run of an operation, what
//! it waited for between being ready and being started, the run of the need
//! that made it ready, and so on. Every microsecond goes to exactly one cause.

use crate::run::cause::{Cause, Causes, Ledger};
use crate::run::history::{History, Node};
use alloc::string::ToString as _;
use alloc::vec::Vec;
use record::{ChainLink, Seconds};

/// Links of a chain that are told; older ones are counted.
const MOST: usize = 10_000;

/// Who starts this soon after another's end got what that one had.
const AT_ONCE: Seconds = Seconds::from_micros(100_000);

/// The wall by cause, and the operations behind it.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// The wall by cause; sums up to it.
    pub lost: Ledger,
    /// Time operations of the chain ran while they held a lock or a resource.
    pub held: Ledger,
    /// The operations, first to last.
    pub links: Vec<ChainLink>,
    /// Links that are not told.
    pub left_out: u64,
}

/// What the time before the first operation of the chain was ready can have gone to.
#[derive(Clone, Copy, Debug)]
pub struct Gap<'a> {
    /// When the wall began.
    pub begin: Seconds,
    /// All slots together cannot have been busy longer: the work shared among them.
    pub busy: Seconds,
    /// Nothing was started since the reader of the output stood still.
    pub held: Seconds,
    /// What held all starts back, in all: one after the other, where operations are read no
    /// sooner than they can be started.
    pub shut: &'a Ledger,
    /// What remains goes to this.
    pub unexplained: Cause,
}

/// Cuts the wall. What comes before an operation was ready and is not explained by its slot
/// or by a reader that stood still is not explained.
pub fn chain(history: &History, causes: &Causes, before: Gap<'_>) -> Chain {
    let begin = before.begin;
    let mut chain = Chain::default();
    let Some(mut node) = history.tail().cloned() else { return chain };
    let mut now = node.end;
    loop {
        let start = node.start.min(now);
        let spawn = node.spawn.min(now - start);
        chain.lost.add(Cause::START, spawn);
        let stalled = node.stalled.min(now - start - spawn);
        chain.lost.add(Cause::OUTPUT, stalled);
        let ran = if node.late { Cause::TIMEOUTS } else { Cause::PATH };
        chain.lost.add(ran, now - start - spawn - stalled);
        node.held.iter().for_each(|cause| chain.held.add(*cause, now - start));
        let parent = node.parent.and_then(|number| history.get(number));
        let floor = parent.as_ref().map_or(node.ready, |parent| parent.end).max(begin).min(start);
        let waits = waits_within(&node, start - floor);
        waits.0.iter().for_each(|(cause, time)| chain.lost.add(*cause, *time));
        let teller = Teller { history, causes, begin };
        teller.link(&mut chain, (&node, &waits), "need");
        teller.handed(&mut chain, &node, if parent.is_some() { floor } else { begin });
        now = floor;
        match parent {
            Some(parent) => node = parent,
            None => break,
        }
    }
    // before a root was ready its slot ran others, or there was nothing to run
    let mut gap = now - begin;
    if !node.orphan {
        let waited = node.waits.get(Cause::SLOTS);
        let busy = (node.slot.busy - waited).min(before.busy - chain.lost.get(Cause::SLOTS));
        for (cause, time) in
            [(Cause::SLOTS, busy), (Cause::START, node.slot.idle), (Cause::OUTPUT, before.held)]
        {
            let part = time.max(Seconds::ZERO).min(gap);
            chain.lost.add(cause, part);
            gap = gap - part;
        }
        for (cause, time) in &before.shut.0 {
            let part = (*time - chain.lost.get(*cause)).max(Seconds::ZERO).min(gap);
            chain.lost.add(*cause, part);
            gap = gap - part;
        }
    }
    chain.lost.add(if node.orphan { Cause::PATH } else { before.unexplained }, gap);
    chain.links.reverse();
    chain
}

/// What an operation waited for, fitted to the time there was; what is not
/// explained is the start itself.
fn waits_within(node: &Node, window: Seconds) -> Ledger {
    let mut waits = node.waits.clone();
    waits.fit(window);
    let rest = window - waits.sum();
    waits.add(Cause::START, rest);
    waits
}

/// What the operation before an operation had that it then got; a slot where it
/// needed nothing and waited for nothing.
fn had(node: &Node) -> Option<Cause> {
    match node.waits.greatest() {
        Some((cause, _)) if cause != Cause::START => Some(cause),
        _ => node.parent.is_none().then_some(Cause::SLOTS),
    }
}

/// Writes links; the chain is made from its end, so the link before is the next one.
struct Teller<'a> {
    history: &'a History,
    causes: &'a Causes,
    begin: Seconds,
}

impl Teller<'_> {
    /// Those that had, one after the other, what `node` waited for from `floor`
    /// on; as far back as they are kept.
    fn handed(&self, chain: &mut Chain, node: &Node, floor: Seconds) {
        let mut holder_of = None;
        let mut number = usize::MAX;
        while let now = holder_of.as_ref().unwrap_or(node)
            && now.start > floor
            && let Some(cause) = had(now)
            && let Some(before) = self.history.find(&now.behind)
            && before < number
            && let Some(holder) = self.history.get(before)
            && holder.end <= now.start
            && now.start - holder.end <= AT_ONCE
        {
            self.link(chain, (&holder, &holder.waits), self.causes.word(cause));
            (holder_of, number) = (Some(holder), before);
        }
    }

    fn link(&self, chain: &mut Chain, (node, waits): (&Node, &Ledger), gave: &str) {
        if chain.links.len() >= MOST {
            chain.left_out += 1;
            return;
        }
        let word = |(cause, time): &(Cause, Seconds)| (self.causes.word(*cause).to_string(), *time);
        let gave = if chain.links.is_empty() { "" } else { gave };
        chain.links.push(ChainLink {
            id: node.id.clone(),
            ready_s: node.ready - self.begin,
            start_s: node.start - self.begin,
            waited_s: waits.0.iter().map(word).collect(),
            behind: node.behind.clone(),
            wall_s: node.end - node.start,
            gave: gave.to_string(),
        });
    }
}
