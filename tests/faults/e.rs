//! E: crash and resume.

use crate::*;

rows! {}
