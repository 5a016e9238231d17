//! B: commands misbehave in what they write and read.

use crate::*;

rows! {}
