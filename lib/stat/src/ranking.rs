//! Operations by their id, over all runs that were read.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::cmp::Reverse;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{EndView, Ranked, Seconds};

/// What to rank by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Mean duration.
    Slow,
    /// Attempts that failed, of those that sometimes succeed.
    Flaky,
    /// Work, of those whose last attempt failed.
    Failed,
}

/// One row an id.
#[derive(Clone, Debug, Default)]
pub struct Ranking {
    rows: HashMap<String, Ranked, FixedState>,
}

impl Ranking {
    /// Counts an attempt.
    pub fn add(&mut self, view: &EndView<'_>) {
        let row = self
            .rows
            .entry_ref(view.id)
            .or_insert_with(|| Ranked { id: view.id.to_string(), ..Ranked::default() });
        row.runs += u64::from(view.last);
        row.attempts += 1;
        row.failed_attempts += u64::from(view.result.failed());
        row.work_s += view.wall;
        row.max_s = row.max_s.max(view.wall);
        row.last = view.result;
    }

    /// True where no operation ended.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The first `most` rows, ties by id.
    pub fn into_rows(self, by: By, most: usize) -> Vec<Ranked> {
        let mut rows: Vec<Ranked> = self.rows.into_values().map(finished).collect();
        rows.retain(|row| match by {
            By::Slow => true,
            By::Flaky => row.failed_attempts > 0 && row.failed_attempts < row.attempts,
            By::Failed => row.last.failed(),
        });
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        match by {
            By::Slow => rows.sort_by_key(|row| Reverse(row.mean_s)),
            By::Flaky => rows.sort_by(|a, b| b.failed_share.total_cmp(&a.failed_share)),
            By::Failed => rows.sort_by_key(|row| Reverse(row.work_s)),
        }
        rows.truncate(most);
        rows
    }
}

fn finished(mut row: Ranked) -> Ranked {
    let attempts = row.attempts.max(1);
    row.mean_s = Seconds::from_micros(row.work_s.as_micros() / attempts as i64);
    row.failed_share = crate::rounded(row.failed_attempts as f64 / attempts as f64);
    row
}
