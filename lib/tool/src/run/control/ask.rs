//! `--ctl`: tells a run what to do, and prints what it answers.

use crate::fail::Fail;
use record::status;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A run that is stopped does not answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// `O_NONBLOCK`: where nobody reads a pipe it is not waited for.
const NOT_WAITING: i32 = sys::fd::NONBLOCK;

/// Sends the words of an order and prints the answer; a named pipe gives none.
///
/// # Errors
/// No run takes orders there, or this one was not carried out.
pub fn ask(path: &Path, words: &[OsString]) -> Result<u8, Fail> {
    let shown = path.display();
    let failed = |what: String| Fail::new(status::LOST, format!("--ctl {shown}: {what}"));
    if words.is_empty() {
        return Err(failed("say what: status, jobs N, pause, resume, drain or profile P".into()));
    }
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let order = format!("{}\n", words.join(" "));
    let reason = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => "is not there; is the run over?".to_string(),
        io::ErrorKind::ConnectionRefused => "no run listens there any more".to_string(),
        _ => crate::fail::reason(&error),
    };
    let is_pipe = std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo());
    if is_pipe {
        let mut options = OpenOptions::new();
        let opened = options.write(true).custom_flags(NOT_WAITING).open(path);
        let mut pipe = opened.map_err(|_| failed("no run reads this pipe".into()))?;
        pipe.write_all(order.as_bytes()).map_err(|e| failed(reason(e)))?;
        return Ok(0);
    }
    let mut stream = UnixStream::connect(path).map_err(|e| failed(reason(e)))?;
    let times = stream.set_read_timeout(Some(PATIENCE));
    times.and_then(|()| stream.write_all(order.as_bytes())).map_err(|e| failed(reason(e)))?;
    let mut answer = String::new();
    let read = BufReader::new(stream).read_line(&mut answer);
    match read {
        Ok(0) => return Err(failed("the run has ended without an answer".into())),
        Ok(_) => {}
        Err(_) => return Err(failed(format!("no answer in {} s", PATIENCE.as_secs()))),
    }
    let fields = record::Fields::parse(answer.as_bytes());
    let parsed = fields.and_then(|f| record::parse_record::<record::Answer>(answer.as_bytes(), &f));
    match parsed {
        Ok(told) if !told.ok => Err(failed(told.error)),
        Ok(_) => {
            let written = io::stdout().write_all(answer.as_bytes());
            written.map_err(|e| Fail::io(status::LOST, "standard output", &e))?;
            Ok(0)
        }
        Err(bad) => Err(failed(format!("that is no run's answer: {bad}"))),
    }
}
