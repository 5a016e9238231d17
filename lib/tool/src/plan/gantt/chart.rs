//! A plan as a Gantt chart: its schedule, and what is held when.

use crate::draw::{Bar, Chart, Ended, Held, Lane};
use crate::plan::gather::Gathered;
use crate::plan::view::{Figures, id, says_times};
use plan::{Cycle, Limits, Plan, Schedule};
use record::{Amount, Operation, Seconds};
use std::collections::BTreeMap;

impl Chart {
    /// The schedule that the operations carry where all of them do and no limits are asked for,
    /// else a new one.
    ///
    /// # Errors
    /// A cycle.
    pub fn of(gathered: &Gathered, limits: &Limits, ask: Ask) -> Result<Chart, Cycle> {
        let plan = &gathered.plan;
        let kept = if ask == Ask::AsItStands { carried(plan) } else { None };
        let timed = kept.is_some() || says_times(plan);
        let own_slots = kept.as_ref().and_then(|schedule| carried_slots(plan, schedule));
        let schedule = match kept {
            Some(schedule) => schedule,
            None => Figures::of(plan, limits)?.schedule,
        };
        let takes: Vec<Seconds> =
            schedule.start.iter().zip(&schedule.end).map(|(start, end)| *end - *start).collect();
        let times = plan.graph.times(&takes)?;
        let planned = || schedule.slots(|node| plan.is_barrier(node));
        let slots = own_slots.unwrap_or_else(planned);
        let bar = |node: u32| Bar {
            node,
            slot: slots[node as usize].max(1),
            start: schedule.start[node as usize],
            end: schedule.end[node as usize],
            critical: times.slack(node) == Seconds::ZERO,
            count: 1,
            ended: Ended::Well,
        };
        let mut bars: Vec<Bar> = (0..plan.real).map(bar).collect();
        let lanes = lanes(plan, (&bars, &schedule.mode), limits);
        bars.sort_by_key(|bar| (bar.slot, bar.start, bar.end, bar.node));
        let slots = bars.iter().map(|bar| bar.slot).max().unwrap_or(0);
        let names = (0..plan.real).map(|node| id(plan, node).lossy().into_owned()).collect();
        let (length, critical) = (schedule.makespan, times.length);
        Ok(Chart { bars, slots, length, critical, lanes, timed, names })
    }
}

/// Whether the times that operations carry are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// They are, where all of them carry some.
    AsItStands,
    /// They are planned anew.
    Anew,
}

/// The schedule that the operations carry.
fn carried(plan: &Plan) -> Option<Schedule> {
    let mut schedule = Schedule::default();
    for node in 0..plan.graph.nodes() {
        let op = plan.op(node)?;
        let (start, end) = match op.barrier {
            true => (Seconds::ZERO, Seconds::ZERO),
            false => (op.start?, op.end?),
        };
        schedule.start.push(start);
        schedule.end.push(end.max(start));
        let mode = op.modes.iter().position(|mode| mode.mode == op.mode).unwrap_or(0);
        schedule.mode.push(mode as u32);
    }
    schedule.makespan = schedule.end.iter().copied().max().unwrap_or_default();
    (plan.real > 0).then_some(schedule)
}

/// The slots that the operations carry, where all do and no two are in one at a time.
fn carried_slots(plan: &Plan, schedule: &Schedule) -> Option<Vec<u32>> {
    let slots: Vec<u32> = plan.operations().map(|(_, n)| n.draft.op.slot).collect::<Option<_>>()?;
    // what takes no time is in nobody's way
    let lasts = |at: &usize| schedule.end[*at] > schedule.start[*at];
    let mut order: Vec<usize> = (0..slots.len()).filter(lasts).collect();
    order.sort_by_key(|&at| (slots[at], schedule.start[at], schedule.end[at]));
    let apart = |pair: &[usize]| {
        slots[pair[0]] != slots[pair[1]] || schedule.end[pair[0]] <= schedule.start[pair[1]]
    };
    order.windows(2).all(apart).then_some(slots)
}

/// Amounts, their capacity, and who holds how much from when to when.
#[derive(Default)]
struct Use {
    capacity: Option<Amount>,
    changes: Vec<(Seconds, i64)>,
}

/// A lane for each lock, the busiest first, then one for each resource.
fn lanes(plan: &Plan, (bars, modes): (&[Bar], &[u32]), limits: &Limits) -> Vec<Lane> {
    let mut uses: BTreeMap<(bool, &str), Use> = BTreeMap::new();
    for bar in bars.iter().filter(|bar| bar.end > bar.start) {
        let Some(op) = plan.op(bar.node) else { continue };
        for (key, amount, capacity) in held(op, modes[bar.node as usize], limits) {
            let one = uses.entry(key).or_default();
            one.capacity = one.capacity.max(capacity);
            let millis = i64::try_from(amount.as_millis()).unwrap_or(i64::MAX);
            one.changes.extend([(bar.start, millis), (bar.end, -millis)]);
        }
    }
    let lane = |((resource, name), one): ((bool, &str), Use)| {
        let held = if resource { Held::Resource } else { Held::Lock };
        lane_of(name.to_string(), held, one)
    };
    let mut lanes: Vec<Lane> = uses.into_iter().map(lane).collect();
    lanes.sort_by_key(|lane| (lane.held == Held::Resource, std::cmp::Reverse(lane.busy)));
    lanes
}

type HeldBy<'a> = ((bool, &'a str), Amount, Option<Amount>);

/// What an operation holds in one of its modes: resource or lock, its name, how much, of how much.
fn held<'a>(op: &'a Operation, mode: u32, limits: &Limits) -> Vec<HeldBy<'a>> {
    let lock = |lock: &'a record::LockAsk| {
        let units = |n: u32| Amount::from_units(u64::from(n));
        ((false, lock.name.as_str()), units(lock.take), Some(units(lock.slots)))
    };
    let mut all: Vec<HeldBy<'a>> = op.locks.iter().map(lock).collect();
    let chosen = op.modes.get(mode as usize).and_then(|mode| mode.resources.as_ref());
    let resources =
        chosen.unwrap_or(&op.resources).iter().filter(|(_, amount)| **amount > Amount::ZERO);
    all.extend(resources.map(|(name, amount)| {
        ((true, name.as_str()), *amount, limits.resources.get(name).copied())
    }));
    all
}

fn lane_of(name: String, held: Held, mut one: Use) -> Lane {
    one.changes.sort_unstable();
    let mut steps: Vec<(Seconds, u64)> = Vec::new();
    let (mut now, mut busy) = (0i64, Seconds::ZERO);
    let mut since = Seconds::ZERO;
    for (at, change) in one.changes {
        if now > 0 {
            busy += at - since;
        }
        since = at;
        now = now.saturating_add(change);
        let amount = now.max(0) as u64;
        match steps.last_mut() {
            Some(last) if last.0 == at => last.1 = amount,
            _ => steps.push((at, amount)),
        }
    }
    let peak = Amount::from_millis(steps.iter().map(|step| step.1).max().unwrap_or(0));
    Lane { name, held, steps, peak, capacity: one.capacity, busy }
}
