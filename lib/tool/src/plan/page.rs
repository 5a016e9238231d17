//! What the page of `pgplan` says beyond its flags.

use crate::entry::Example;

/// Run by the tests.
pub const EXAMPLES: &[Example] = &[];

/// Title and text.
pub const SECTIONS: &[(&str, &str)] = &[];
