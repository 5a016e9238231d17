//! F: locks.

use crate::*;

rows! {}
