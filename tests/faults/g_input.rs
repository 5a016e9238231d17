//! G: hostile arguments, names and files.

use crate::*;

rows! {}
