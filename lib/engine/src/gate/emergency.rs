//! What is done when the machine is in need, and undone when it is not: rules of a figure,
//! a threshold and a measure. A rule that has begun to hold holds until the figure has been
//! a tenth below its threshold in two looks, so that it does not flutter.

use crate::machine::{Machine, Stalled};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use record::Seconds;

/// Figures are means of this time at least.
const WINDOW: Seconds = Seconds::from_secs(1);

/// While the need lasts, slots are cut again after so long.
const CUT_AGAIN: Seconds = Seconds::from_secs(3);

/// Below this share of its threshold a rule may end.
const OVER: f64 = 0.9;

/// Looks in a row that must say so.
const CALM_LOOKS: u32 = 2;

/// What is looked at, in percent but for the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Memory in use, of the machine or of our control group.
    Memory,
    /// CPU time in use.
    Cpu,
    /// Time in which somebody stood still for want of a CPU.
    CpuStall,
    /// The same, of memory.
    MemoryStall,
    /// The same, of a disk.
    IoStall,
    /// Tasks that run or wait for a disk.
    Load,
}

impl Figure {
    /// All, by the words that rules have for them.
    pub const ALL: [(&'static str, Figure); 6] = [
        ("mem", Figure::Memory),
        ("cpu", Figure::Cpu),
        ("cpu_psi", Figure::CpuStall),
        ("mem_psi", Figure::MemoryStall),
        ("io_psi", Figure::IoStall),
        ("load", Figure::Load),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Figure::ALL.iter().find(|(_, figure)| *figure == self).map_or("", |(word, _)| word)
    }
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// Nothing is started.
    Hold,
    /// The youngest attempt is ended and started again later, one at each look; and
    /// nothing is started.
    EvictYoungest,
    /// So much of the slots remains, at least one; cut again while it lasts.
    Slots(f64),
}

/// One rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Emergency {
    /// What is looked at.
    pub figure: Figure,
    /// It begins above this.
    pub above: f64,
    /// What is done.
    pub measure: Measure,
}

impl Emergency {
    pub(crate) fn evicts(&self) -> bool {
        self.measure == Measure::EvictYoungest
    }

    fn says(&self) -> String {
        match self.measure {
            Measure::Hold => String::from("hold"),
            Measure::EvictYoungest => String::from("evict youngest"),
            Measure::Slots(factor) => format!("jobs*{factor}"),
        }
    }
}

/// A rule and how it stands.
#[derive(Clone, Debug)]
struct Standing {
    rule: Emergency,
    holds: bool,
    calm: u32,
    cut_at: Seconds,
    cap: u32,
}

/// All rules of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Emergencies {
    rules: Vec<Standing>,
    before: Option<(Seconds, Machine)>,
    evicts_now: bool,
}

impl Emergencies {
    pub(crate) fn new(rules: &[Emergency]) -> Self {
        let standing = |rule: &Emergency| Standing {
            rule: *rule,
            holds: false,
            calm: 0,
            cut_at: Seconds::ZERO,
            cap: u32::MAX,
        };
        Emergencies { rules: rules.iter().map(standing).collect(), ..Emergencies::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Takes in a look; what begins, goes on or ends by it, in words. `slots` is how many there are now.
    pub(crate) fn saw(&mut self, now: Seconds, machine: Machine, slots: u32) -> Vec<String> {
        let Some((then, before)) = self.before else {
            self.before = Some((now, machine));
            return Vec::new();
        };
        if now < then + WINDOW {
            return Vec::new();
        }
        self.before = Some((now, machine));
        self.evicts_now = false;
        let mut changes = Vec::new();
        for at in 0..self.rules.len() {
            let rule = self.rules[at].rule;
            // what nobody knows any more holds nothing back
            let value = measure(rule.figure, (before, machine), now - then).unwrap_or(0.0);
            changes.extend(self.judge(at, value, (now, slots)));
        }
        changes
    }

    fn judge(&mut self, at: usize, value: f64, (now, slots): (Seconds, u32)) -> Option<String> {
        let one = &mut self.rules[at];
        let Emergency { figure, above, .. } = one.rule;
        let (word, says) = (figure.word(), one.rule.says());
        if value > above {
            one.calm = 0;
            let first = !core::mem::replace(&mut one.holds, true);
            self.evicts_now |= one.rule.evicts();
            let again = match one.rule.measure {
                Measure::Slots(factor) if first || now >= one.cut_at + CUT_AGAIN => {
                    one.cut_at = now;
                    let cut = (f64::from(slots) * factor) as u32;
                    let cap = cut.clamp(1, slots.max(1));
                    core::mem::replace(&mut one.cap, cap) != cap
                }
                _ => false,
            };
            return (first || again).then(|| format!("{word} {value:.1} > {above}: {says}"));
        }
        if !one.holds || value > above * OVER {
            one.calm = 0;
            return None;
        }
        one.calm += 1;
        if one.calm < CALM_LOOKS {
            return None;
        }
        (one.holds, one.cap) = (false, u32::MAX);
        Some(format!("{word} {value:.1}, no more above {above}: {says} is over"))
    }

    /// Slots that are left.
    pub(crate) fn cap(&self) -> u32 {
        self.rules.iter().map(|one| one.cap).min().unwrap_or(u32::MAX)
    }

    /// Nothing is started now.
    pub(crate) fn holds_starts(&self) -> bool {
        let holds = |one: &Standing| one.holds && !matches!(one.rule.measure, Measure::Slots(_));
        self.rules.iter().any(holds)
    }

    /// The last look asks for room.
    pub(crate) fn evicts_now(&self) -> bool {
        self.evicts_now
    }
}

/// A figure between two looks; `None` where the machine does not tell.
fn measure(figure: Figure, (then, now): (Machine, Machine), passed: Seconds) -> Option<f64> {
    let stalled = |of: fn(&Stalled) -> Option<Seconds>| {
        let time = of(&now.stalled)? - of(&then.stalled)?;
        Some(100.0 * time.as_f64() / passed.as_f64())
    };
    match figure {
        Figure::Memory => now.used_memory().map(|share| 100.0 * share),
        Figure::Cpu => {
            let (then, now) = then.cpu.zip(now.cpu)?;
            let all = (now.all - then.all).as_f64();
            (all > 0.0).then(|| 100.0 * (now.busy - then.busy).as_f64() / all)
        }
        Figure::CpuStall => stalled(|stalled| stalled.cpu),
        Figure::MemoryStall => stalled(|stalled| stalled.memory),
        Figure::IoStall => stalled(|stalled| stalled.io),
        Figure::Load => now.load.map(|load| load as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(figure: Figure, above: f64, measure: Measure) -> Emergencies {
        Emergencies::new(&[Emergency { figure, above, measure }])
    }

    fn used(percent: u64) -> Machine {
        Machine { available: Some(100 - percent), total: Some(100), ..Machine::default() }
    }

    fn reasons(rules: &mut Emergencies, at: i64, machine: Machine) -> Vec<String> {
        rules.saw(Seconds::from_secs(at), machine, 8)
    }

    #[test]
    fn slots_are_cut_and_come_back_when_it_is_over() {
        let mut rules = rule(Figure::Memory, 90.0, Measure::Slots(0.7));
        assert!(reasons(&mut rules, 0, used(99)).is_empty(), "one look is no mean of anything");
        assert_eq!(reasons(&mut rules, 1, used(95)), ["mem 95.0 > 90: jobs*0.7"]);
        assert_eq!(rules.cap(), 5);
        assert!(reasons(&mut rules, 2, used(95)).is_empty());
        // between the two thresholds nothing changes
        assert!(reasons(&mut rules, 3, used(85)).is_empty());
        assert!(reasons(&mut rules, 4, used(80)).is_empty(), "once is not enough");
        assert_eq!(rules.cap(), 5);
        let over = "mem 80.0, no more above 90: jobs*0.7 is over";
        assert_eq!(reasons(&mut rules, 5, used(80)), [over]);
        assert_eq!(rules.cap(), u32::MAX);
    }

    #[test]
    fn what_lasts_is_cut_again_down_to_one() {
        let mut rules = rule(Figure::Memory, 90.0, Measure::Slots(0.1));
        for (at, slots, cap) in [(0, 8, u32::MAX), (1, 8, 1), (4, 1, 1), (40, 1, 1)] {
            rules.saw(Seconds::from_secs(at), used(99), slots);
            assert_eq!(rules.cap(), cap, "at {at}");
        }
    }

    #[test]
    fn stalls_are_shares_of_the_time_between_looks() {
        let mut rules = rule(Figure::CpuStall, 60.0, Measure::Hold);
        let stalled = |micros| Machine {
            stalled: Stalled { cpu: Some(Seconds::from_micros(micros)), ..Stalled::default() },
            ..Machine::default()
        };
        assert!(reasons(&mut rules, 0, stalled(0)).is_empty());
        assert!(reasons(&mut rules, 2, stalled(1_000_000)).is_empty(), "50 %");
        assert_eq!(reasons(&mut rules, 3, stalled(1_700_000)), ["cpu_psi 70.0 > 60: hold"]);
        assert!(rules.holds_starts() && !rules.evicts_now());
        assert!(reasons(&mut rules, 4, Machine::default()).is_empty());
        assert_eq!(reasons(&mut rules, 5, Machine::default()).len(), 1, "nobody knows: over");
    }

    #[test]
    fn an_eviction_is_asked_for_at_each_look_that_is_above() {
        let mut rules = rule(Figure::Memory, 95.0, Measure::EvictYoungest);
        reasons(&mut rules, 0, used(97));
        assert_eq!(reasons(&mut rules, 1, used(97)), ["mem 97.0 > 95: evict youngest"]);
        assert!(rules.evicts_now() && rules.holds_starts());
        assert!(reasons(&mut rules, 2, used(94)).is_empty());
        assert!(!rules.evicts_now() && rules.holds_starts(), "no start yet");
    }
}
