//! H: jobserver.

use crate::*;

rows! {}
