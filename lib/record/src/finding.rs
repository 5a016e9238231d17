//! Conclusions: findings and reports.

use crate::unit::Seconds;
use crate::wire;
use crate::wire::Wire;
use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    #[default]
    Note,
    /// Probably wrong.
    Warning,
    /// Wrong: the exit status is 1.
    Error,
}

impl Severity {
    /// The word in the record.
    pub const fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl Wire for Severity {
    const JSON: &'static str = "\"note\" \"warning\" \"error\"";
}

wire! {
    /// A conclusion with what fired it.
    pub struct Finding = "finding", r#"{"type":"finding","severity":"error","code":"dangling-need","message":"install-chrome needs install-fslogix, which is not in this plan","file":"module.yaml","line":31,"remedy":"add the operation, or --assume install-fslogix"}"# {
        /// How much it matters.
        pub severity: Severity,
        /// What kind of finding: a fixed word.
        pub code: String,
        /// One line.
        pub message: String,
        /// File it is about.
        pub file: String,
        /// Line in the file, from 1.
        pub line: Option<u64>,
        /// The operation it is about.
        pub id: String,
        /// The number that fired it.
        pub value: Option<f64>,
        /// What the number was held against.
        pub threshold: Option<f64>,
        /// What to do.
        pub remedy: String,
    }
}

wire! {
    /// The figures of a run.
    pub struct Report = "report", r#"{"type":"report","wall_s":9.876544,"work_s":31.5}"# {
        /// From the first start to the last end.
        pub wall_s: Seconds,
        /// Sum of the durations.
        pub work_s: Seconds,
    }
}
