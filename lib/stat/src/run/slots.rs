//! What every slot did: how long it was busy, and how long it stood idle while
//! the operation it was to run next was ready.

use alloc::string::String;
use alloc::vec::Vec;
use record::{EndView, Seconds};

/// A runner that reads its input as it goes does not say that an operation was
/// ready before its slot was free. A pause this short is the runner's own.
const BREATH: Seconds = Seconds::from_micros(5_000);
/// A slot number above this is not believed.
const MOST: u32 = 1 << 16;

#[derive(Clone, Debug, Default)]
struct Slot {
    end: Option<Seconds>,
    busy: Seconds,
    idle: Seconds,
    last: String,
}

/// What a slot did before an operation started in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Before {
    /// Time it ran operations.
    pub busy: Seconds,
    /// Time it was idle although the operation that came next was ready, the
    /// one that starts now included, or busy only with a start.
    pub idle: Seconds,
}

/// All slots, from 1.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    all: Vec<Slot>,
    idle: Seconds,
}

impl Slots {
    fn at(&mut self, number: u32) -> Option<&mut Slot> {
        let place = number.checked_sub(1).filter(|_| number <= MOST)? as usize;
        if place >= self.all.len() {
            self.all.resize_with(place + 1, Slot::default);
        }
        self.all.get_mut(place)
    }

    /// An operation starts; `could` is how long it could have started already
    /// but for the slot.
    pub fn start(&mut self, view: &EndView<'_>, could: Seconds) -> Before {
        let Some(slot) = self.at(view.slot) else { return Before::default() };
        let idle = match slot.end {
            None => could,
            Some(end) => (view.start - end).min(could.max(BREATH)),
        };
        let idle = idle.max(Seconds::ZERO);
        slot.idle += idle;
        let before = Before { busy: slot.busy, idle: slot.idle };
        self.idle += idle;
        before
    }

    /// The operation has ended. What its start itself took is not work.
    pub fn end(&mut self, view: &EndView<'_>) {
        let spawn = spawn_of(view);
        self.idle += spawn;
        if let Some(slot) = self.at(view.slot) {
            slot.busy += view.wall - spawn;
            slot.idle += spawn;
            slot.end = Some(view.end);
            slot.last.clear();
            slot.last.push_str(view.id);
        }
    }

    /// The operation that ran in a slot last.
    pub fn last(&self, number: u32) -> &str {
        let place = (number as usize).wrapping_sub(1);
        self.all.get(place).map_or("", |slot| slot.last.as_str())
    }

    /// The greatest number seen: slots are taken smallest first, so it is the
    /// greatest concurrency too.
    pub fn seen(&self) -> u32 {
        self.all.len() as u32
    }

    /// Time all slots together were idle although their next operation was
    /// ready, or busy only with starting it.
    pub fn idle(&self) -> Seconds {
        self.idle
    }
}

/// The beginning of an attempt in which it was only being started.
pub fn spawn_of(view: &EndView<'_>) -> Seconds {
    view.spawn.unwrap_or_default().min(view.wall).max(Seconds::ZERO)
}
