//! What the man page says beyond the flags.

use crate::entry::Example;

/// Examples; each is run by the tests.
pub const EXAMPLES: &[Example] = &[];

/// Sections of the page.
pub const SECTIONS: &[(&str, &str)] = &[];
