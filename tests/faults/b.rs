//! B: commands misbehave: strays, escapees, signals.

use crate::*;

rows! {}
