//! One rule, once in a period: two slots more while the CPUs have room and operations are
//! no slower than they were, one fewer when the CPUs are full or operations are slow.

use super::climb::Bounds;
use super::meter::Meter;
use alloc::format;
use alloc::string::String;

/// Below this share of busy CPUs there is room.
const ROOM: f64 = 0.5;

/// Above this share they are full.
const FULL: f64 = 0.9;

/// Operations are slow when they take so much longer than the fastest period's.
const SLOW: f64 = 1.25;

#[derive(Debug, Default)]
pub(crate) struct Stepwise {
    /// Mean time of an operation in the fastest period, seconds.
    fastest: Option<f64>,
}

impl Stepwise {
    pub(crate) fn next(
        &mut self,
        meter: &mut Meter,
        busy: Option<f64>,
        (level, bounds): (u32, Bounds),
    ) -> Option<(u32, String)> {
        // what has not been measured is no reason
        let wall = meter.period_wall()?;
        let fastest = *self.fastest.get_or_insert(wall);
        self.fastest = Some(fastest.min(wall));
        let share = busy.unwrap_or(0.0);
        let percent = libm::round(share * 100.0);
        if share > FULL {
            let to = level.saturating_sub(1).max(bounds.least);
            return Some((to, format!("the CPUs are busy {percent} % of the time")));
        }
        if wall > fastest * SLOW {
            let to = level.saturating_sub(1).max(bounds.least);
            // an operation may have become larger: the fastest is forgotten slowly
            self.fastest = Some(fastest * 1.002);
            return Some((to, format!("an operation takes {wall:.3} s, and took {fastest:.3}")));
        }
        if share < ROOM && meter.running() >= level {
            let to = level.saturating_add(2).min(bounds.most);
            return Some((to, format!("the CPUs are busy {percent} % and operations are fast")));
        }
        None
    }
}
