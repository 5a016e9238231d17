//! Who wants to hear of single operations, whatever log tells of them.

use crate::run::report::Told;
use record::{EndView, OpSkip, Operation, RunStart, Sample, StartView};

/// Hears of what the logs tell, in their order.
pub trait Listener {
    /// A run begins; logs that are no events do not tell so.
    fn begin(&mut self, _start: &RunStart) {}

    /// An operation of a plan stands in the input.
    fn operation(&mut self, _operation: &Operation) {}

    /// An attempt begins.
    fn start(&mut self, _start: &StartView<'_>) {}

    /// An attempt has ended.
    fn end(&mut self, end: &EndView<'_>);

    /// An operation never ran.
    fn skip(&mut self, _skip: &OpSkip) {}

    /// A sample stands in the input.
    fn sample(&mut self, _sample: &Sample) {}

    /// A run is over, or its log is: all of it has been heard.
    fn over(&mut self, _told: &Told) {}
}

/// Nobody.
impl Listener for () {
    fn end(&mut self, _end: &EndView<'_>) {}
}
