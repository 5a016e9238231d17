//! `--results` and `--files`: output that is kept beside or instead of being printed.

mod files;
mod folder;
mod table;

pub use files::{Files, Names};
pub use folder::{Folder, Naming};
pub use table::{Form, Table};
