//! C: resources run out.

use crate::*;

rows! {}
