//! The live line on a terminal: what has been decided, what runs. Drawn from
//! the loop's own rounds, never from a thread.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The live line, or nothing.
#[derive(Debug)]
pub struct Live {
    bar: Option<ProgressBar>,
}

impl Live {
    /// No line.
    pub fn off() -> Self {
        Live { bar: None }
    }

    /// A line on standard error for that many operations; `None` where the number is not known.
    pub fn on(total: Option<u64>) -> Self {
        let bar = match total {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::no_length(),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr());
        let template = match total {
            Some(_) => "{bar:30} {pos}/{len} ended, {msg}, {elapsed_precise}",
            None => "{spinner} {pos} ended, {msg}, {elapsed_precise}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Live { bar: Some(bar) }
    }

    /// Draws the state, not more often than a person can see.
    pub fn show(&self, ended: u64, running: u32) {
        if let Some(bar) = &self.bar {
            bar.set_position(ended);
            bar.set_message(format!("{running} running"));
        }
    }

    /// Takes the line away while something else is written.
    pub fn around(&self, write: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the line away for good.
    pub fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
