//! Lists of records in the forms that every view has: text, records, sheet.

use super::sheet;
use crate::fail::Fail;
use crate::flags::Form;
use crate::print::Out;
use record::{Record, status};

/// A list to print.
pub struct Rows<'a, R> {
    /// In which form.
    pub form: Form,
    /// As records.
    pub rows: &'a [R],
    /// For people.
    pub text: &'a str,
}

impl<R: Record> Rows<'_, R> {
    /// Prints it.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn print(&self) -> Result<(), Fail> {
        let mut out = Out::new(status::CANNOT_WRITE);
        if self.form.json {
            self.rows.iter().try_for_each(|row| out.bytes(&row.to_line()))?;
        } else if self.form.csv {
            out.bytes(&sheet::records(self.rows)?)?;
        } else {
            out.bytes(self.text.as_bytes())?;
        }
        out.finish()
    }
}

/// Prints a text alone.
///
/// # Errors
/// The output cannot be written.
pub fn text(text: &str) -> Result<u8, Fail> {
    let mut out = Out::new(status::CANNOT_WRITE);
    out.bytes(text.as_bytes())?;
    out.finish()?;
    Ok(status::OK)
}

/// There was nothing to tell; where no line was to blame, that is said.
///
/// # Errors
/// Where nothing was wrong with what was read: it holds nothing of the kind.
pub fn nothing(read: u8) -> Result<u8, Fail> {
    if read != status::OK {
        return Ok(read);
    }
    let what = "no events, samples or job log in the input; \
                give the file that pgrun --events or --joblog wrote";
    Err(Fail::new(status::BAD_INPUT, what))
}
