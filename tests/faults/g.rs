//! G: hostile records, plans and /proc.

use crate::*;

rows! {}
