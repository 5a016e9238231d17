//! D: time.

use crate::*;

rows! {}
