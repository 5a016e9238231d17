//! Samples as metrics for Prometheus. One table defines them: what is written, and what
//! the page says of it.

mod machine;
mod trees;

use crate::openmetrics::{Dialect, Families, Kind, Metric};
use record::{Sample, Seconds};
use std::collections::BTreeMap;

/// One metric of a sample.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The metric.
    pub metric: Metric,
    /// Adds its points.
    pub read: fn(&Sample, &mut Families),
}

/// Defines metrics: kind, name, unit, labels (for the page) and help, then what is read.
macro_rules! metrics {
    ($($kind:ident $name:tt $unit:tt $labels:tt $help:tt => $read:expr;)*) => {
        /// The metrics.
        pub const ROWS: &[$crate::mon::metrics::Row] = &[$($crate::mon::metrics::Row {
            metric: $crate::openmetrics::Metric {
                name: $name,
                kind: $crate::openmetrics::Kind::$kind,
                unit: $unit,
                help: $help,
            },
            read: $read,
        }),*];

        /// The same for the page: a list of names and meanings.
        pub const PAGE: &str = concat!(
            $($crate::mon::metrics::point_name!($kind $name $unit), $labels, "  ", $help, "\n"),*
        );
    };
}

/// What the points of a metric are called.
macro_rules! point_name {
    (Counter $name:tt "") => {
        concat!($name, "_total")
    };
    (Counter $name:tt $unit:tt) => {
        concat!($name, "_", $unit, "_total")
    };
    (Info $name:tt "") => {
        concat!($name, "_info")
    };
    (Gauge $name:tt "") => {
        $name
    };
    (Gauge $name:tt $unit:tt) => {
        concat!($name, "_", $unit)
    };
}

use {metrics, point_name};

/// What the page says of the machine's metrics.
pub const MACHINE_PAGE: &str = machine::PAGE;
/// What it says of those of trees, control groups, operations and processes.
pub const TREES_PAGE: &str = trees::PAGE;

const BUILD: Metric =
    Metric { name: "pgmon_build", kind: Kind::Info, unit: "", help: "Which pgmon this is." };

/// All metrics, in the order they are written.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    machine::ROWS.iter().chain(trees::ROWS)
}

/// Samples as text, one after the other. The kernel lets a CPU's idle time and the like run
/// backwards at times; here they stand still meanwhile, since to Prometheus a counter that
/// falls has begun anew.
#[derive(Debug, Default)]
pub struct Texts {
    cpu_s: BTreeMap<String, Seconds>,
    sample: Sample,
}

impl Texts {
    /// The sample that texts are made of from now on.
    pub fn take(&mut self, sample: &Sample) {
        self.sample.clone_from(sample);
        for (state, time) in self.sample.counters.iter_mut().flat_map(|all| &mut all.cpu_s) {
            let most = self.cpu_s.entry(state.clone()).or_insert(*time);
            *most = (*most).max(*time);
            *time = *most;
        }
    }

    /// It as text.
    pub fn text(&self, dialect: Dialect) -> String {
        families(&self.sample).text(dialect)
    }
}

/// A sample as metrics. Counters of the machine are there if the sample has them.
fn families(sample: &Sample) -> Families {
    let mut families = Families::default();
    families.begin(BUILD);
    families.point(&[("version", env!("CARGO_PKG_VERSION"))], Some(1u64));
    for row in rows() {
        families.begin(row.metric);
        (row.read)(sample, &mut families);
    }
    families
}

#[cfg(test)]
mod tests;
