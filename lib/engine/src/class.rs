//! Classes of work, and how many slots each begins with.
//!
//! The numbers are those of a table that systems before this one used: threads a core for
//! work that computes, reads and writes, or waits for a network, and a factor for what the
//! machine has to do besides.

/// Most slots that the table gives, whatever the machine.
pub const MOST: u32 = 32;

/// The factor where nothing could be measured.
pub const FACTOR_UNKNOWN: f64 = 0.8;

/// What work spends its time with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkClass {
    /// It computes.
    Cpu,
    /// It reads and writes disks.
    Io,
    /// It waits for others: a network, a server, a clock.
    Net,
    /// Some of each, or not known.
    #[default]
    Mixed,
}

impl WorkClass {
    /// All of them, in the order of the table.
    pub const ALL: [WorkClass; 4] =
        [WorkClass::Cpu, WorkClass::Io, WorkClass::Net, WorkClass::Mixed];

    /// The word on the command line and in records.
    pub const fn word(self) -> &'static str {
        match self {
            WorkClass::Cpu => "cpu",
            WorkClass::Io => "io",
            WorkClass::Net => "net",
            WorkClass::Mixed => "mixed",
        }
    }

    /// The class of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }

    /// Slots for a CPU.
    pub const fn per_cpu(self) -> f64 {
        match self {
            WorkClass::Cpu => 1.0,
            WorkClass::Io => 2.0,
            WorkClass::Net => 3.0,
            WorkClass::Mixed => 1.5,
        }
    }

    /// Slots to begin with on so many CPUs: the next whole number of each product, at
    /// least one, at most 32. The factor is that of [`load_factor`].
    pub fn slots(self, cpus: u32, factor: f64) -> u32 {
        let factor = if factor.is_finite() { factor.clamp(0.0, 1.0) } else { FACTOR_UNKNOWN };
        let plain = libm::ceil(f64::from(cpus) * self.per_cpu());
        (libm::ceil(plain * factor) as u32).clamp(1, MOST)
    }
}

/// What part of the machine is left for us: from the share of the CPUs that others keep
/// busy and the share of memory that is used, in percent. `None` is what cannot be read.
pub fn load_factor(cpu: Option<f64>, memory: Option<f64>) -> f64 {
    let (Some(cpu), Some(memory)) = (cpu, memory) else { return FACTOR_UNKNOWN };
    let either = |cpu_above: f64, memory_above: f64| cpu > cpu_above || memory > memory_above;
    match () {
        () if !cpu.is_finite() || !memory.is_finite() => FACTOR_UNKNOWN,
        () if either(80.0, 90.0) => 0.3,
        () if either(60.0, 75.0) => 0.6,
        () if either(40.0, 60.0) => 0.8,
        () => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_for_machines_of_all_sizes() {
        for n in 1..=64u32 {
            let slots = WorkClass::ALL.map(|class| class.slots(n, 1.0));
            let mixed = (n * 3).div_ceil(2);
            assert_eq!(slots, [n, 2 * n, 3 * n, mixed].map(|slots| slots.min(32)), "{n} CPUs");
            for class in WorkClass::ALL {
                assert!(class.slots(n, 0.0) >= 1 && class.slots(n, 0.3) <= class.slots(n, 0.6));
            }
        }
        assert_eq!(WorkClass::Mixed.slots(3, 0.3), 2, "ceil(ceil(4.5) x 0.3)");
        assert_eq!(WorkClass::Cpu.slots(4, f64::NAN), 4, "nothing measured: ceil(4 x 0.8)");
        assert_eq!(WorkClass::Cpu.slots(0, 1.0), 1);
    }

    #[test]
    fn the_factor_changes_just_above_each_bound() {
        let of = |cpu, memory| load_factor(Some(cpu), Some(memory));
        assert_eq!([of(40.0, 60.0), of(40.1, 0.0), of(0.0, 60.1)], [1.0, 0.8, 0.8]);
        assert_eq!([of(60.0, 75.0), of(60.1, 0.0), of(0.0, 75.1)], [0.8, 0.6, 0.6]);
        assert_eq!([of(80.0, 90.0), of(80.1, 0.0), of(0.0, 90.1)], [0.6, 0.3, 0.3]);
        assert_eq!([load_factor(None, Some(1.0)), load_factor(Some(1.0), None)], [0.8, 0.8]);
        assert_eq!(of(f64::NAN, 1.0), 0.8);
    }

    #[test]
    fn each_word_is_read_back() {
        for class in WorkClass::ALL {
            assert_eq!(WorkClass::of_word(class.word()), Some(class));
        }
        assert_eq!(WorkClass::of_word("disk"), None);
    }
}
