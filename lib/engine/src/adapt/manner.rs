//! How bold a controller is.

/// What `--adapt` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adapt {
    /// By what the commands do, far at once, back by halves.
    Aggressive,
    /// By measured gains alone, half as many more at a time.
    Conservative,
    /// One rule, once in a period: two more while the CPUs are idle and operations are
    /// fast, one fewer when they are not.
    Stepwise,
}

impl Adapt {
    /// The word on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Adapt::Aggressive => "aggressive",
            Adapt::Conservative => "conservative",
            Adapt::Stepwise => "stepwise",
        }
    }
}

/// The numbers of a manner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Manner {
    /// Operations of one measurement, at least.
    pub sample: u32,
    /// Greatest step upwards, as a share of the level.
    pub stride: f64,
    /// A gain counts from so many standard errors.
    pub errors: f64,
    /// Measurements of one experiment that says nothing clear, at most.
    pub repeats: u32,
}

/// Up to this relative deviation of single operations what is measured is steady.
const STEADY: f64 = 0.15;

impl Manner {
    pub(crate) fn of(adapt: Adapt) -> Self {
        match adapt {
            Adapt::Aggressive => Manner { sample: 16, stride: 1.0, errors: 1.0, repeats: 2 },
            Adapt::Conservative | Adapt::Stepwise => {
                Manner { sample: 32, stride: 0.5, errors: 1.5, repeats: 3 }
            }
        }
    }

    /// Chosen by how much single operations differ: their relative standard deviation.
    pub(crate) fn by_noise(deviation: f64) -> Self {
        Manner::of(if deviation <= STEADY { Adapt::Aggressive } else { Adapt::Conservative })
    }
}
