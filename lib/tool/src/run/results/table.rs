//! `--results FILE.csv`, `.tsv`, `.json`: a record for each job, with its output.

use crate::fail::reason;
use crate::joblog::Row;
use crate::run::capture::{Budget, Capture};
use crate::run::output::Target;
use crate::run::sinks::Sinks;
use std::io;
use sys::poller::Poller;

/// So much is put together before it is written.
const WRITE_BYTES: usize = 256 << 10;

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Cells with this byte between them.
    Cells(u8),
    /// A JSON object a line.
    Json,
}

/// A table that is being written.
#[derive(Debug)]
pub struct Table {
    form: Form,
    target: Target,
    /// Nothing has been written: the names of the columns come first.
    headless: bool,
    /// Names of the arguments, where the input has any.
    pub names: Vec<Vec<u8>>,
}

/// Where a record goes.
struct Writer<'a> {
    text: Vec<u8>,
    target: &'a mut Target,
    out: (&'a mut Sinks, &'a Poller),
}

impl Writer<'_> {
    fn flush(&mut self) -> Result<(), String> {
        let text = std::mem::take(&mut self.text);
        self.target.add(&text, (&mut *self.out.0, self.out.1))
    }

    /// Adds a long text piece by piece.
    fn stream(
        &mut self,
        (capture, budget): (&mut Capture, &mut Budget),
        mut add: impl FnMut(&mut Vec<u8>, &[u8]),
    ) -> Result<(), String> {
        let lost = |e: io::Error| format!("output for --results: {}; it is incomplete", reason(&e));
        let mut bytes = Vec::new();
        while capture.next(budget, &mut bytes).map_err(lost)? {
            for part in bytes.chunks(WRITE_BYTES) {
                add(&mut self.text, part);
                if self.text.len() >= WRITE_BYTES {
                    self.flush()?;
                }
            }
        }
        Ok(())
    }
}

impl Table {
    /// Nothing in it yet.
    pub fn new(form: Form, target: Target) -> Self {
        Table { form, target, headless: form != Form::Json, names: Vec::new() }
    }

    /// Where it goes.
    pub fn target(&mut self) -> &mut Target {
        &mut self.target
    }

    /// Adds a job with its output.
    ///
    /// # Errors
    /// What is incomplete.
    pub fn add(
        &mut self,
        row: &Row,
        (output, budget): (&mut [Capture; 2], &mut Budget),
        (sinks, poller): (&mut Sinks, &Poller),
    ) -> Result<(), String> {
        let mut text = Vec::new();
        if std::mem::take(&mut self.headless)
            && let Form::Cells(separator) = self.form
        {
            head(&mut text, separator, (&self.names, row.args.len()));
        }
        let out = (sinks, poller);
        let mut writer = Writer { text, target: &mut self.target, out };
        match self.form {
            Form::Cells(separator) => {
                cells(&mut writer.text, separator, row);
                for capture in output {
                    writer.text.push(separator);
                    let quoted = capture.on_heap().is_none_or(|all| needs_quotes(all, separator));
                    let quote: &[u8] = if quoted { b"\"" } else { b"" };
                    writer.text.extend_from_slice(quote);
                    writer.stream((capture, budget), double_quotes)?;
                    writer.text.extend_from_slice(quote);
                }
                writer.text.push(b'\n');
            }
            Form::Json => {
                object(&mut writer.text, row);
                for (capture, name) in
                    output.iter_mut().zip(["\"Stdout\": \"", "\", \"Stderr\": \""])
                {
                    writer.text.extend_from_slice(name.as_bytes());
                    let mut json = JsonText::default();
                    writer.stream((capture, budget), |text, bytes| json.add(text, bytes))?;
                    json.end(&mut writer.text);
                }
                writer.text.extend_from_slice(b"\" }\n");
            }
        }
        writer.flush()
    }
}

fn head(text: &mut Vec<u8>, separator: u8, (names, args): (&[Vec<u8>], usize)) {
    const BEFORE: [&str; 9] = [
        "Seq",
        "Host",
        "Starttime",
        "JobRuntime",
        "Send",
        "Receive",
        "Exitval",
        "Signal",
        "Command",
    ];
    let before = BEFORE.iter().map(|name| name.as_bytes().to_vec());
    let own = (0..args.max(names.len()))
        .map(|at| names.get(at).cloned().unwrap_or_else(|| format!("V{}", at + 1).into_bytes()));
    let after = ["Stdout", "Stderr"].iter().map(|name| name.as_bytes().to_vec());
    for (at, name) in before.chain(own).chain(after).enumerate() {
        if at > 0 {
            text.push(separator);
        }
        cell(text, separator, &name);
    }
    text.push(b'\n');
}

fn cells(text: &mut Vec<u8>, separator: u8, row: &Row) {
    let Row { seq, start, runtime, sent, received, exit, signal, command, args } = row;
    let (start, runtime) = (start.as_f64(), runtime.as_f64());
    let numbers =
        format!("{seq}\t:\t{start:.3}\t{runtime:.3}\t{sent}\t{received}\t{exit}\t{signal}");
    text.extend(numbers.bytes().map(|byte| if byte == b'\t' { separator } else { byte }));
    for value in std::iter::once(command).chain(args) {
        text.push(separator);
        cell(text, separator, value);
    }
}

/// As GNU parallel: blanks are quoted, too.
fn needs_quotes(value: &[u8], separator: u8) -> bool {
    value
        .iter()
        .any(|byte| matches!(byte, b'"' | b' ' | b'\t' | b'\n' | b'\r') || *byte == separator)
}

fn cell(text: &mut Vec<u8>, separator: u8, value: &[u8]) {
    if needs_quotes(value, separator) {
        text.push(b'"');
        double_quotes(text, value);
        text.push(b'"');
    } else {
        text.extend_from_slice(value);
    }
}

fn double_quotes(text: &mut Vec<u8>, value: &[u8]) {
    for byte in value {
        if *byte == b'"' {
            text.push(b'"');
        }
        text.push(*byte);
    }
}

fn object(text: &mut Vec<u8>, row: &Row) {
    let Row { seq, start, runtime, sent, received, exit, signal, command, args } = row;
    let (start, runtime) = (start.as_f64(), runtime.as_f64());
    let numbers = format!(
        "{{ \"Seq\": {seq}, \"Host\": \":\", \"Starttime\": {start:.3}, \"JobRuntime\": {runtime:.3}, \
         \"Send\": {sent}, \"Receive\": {received}, \"Exitval\": {exit}, \"Signal\": {signal}, \
         \"Command\": \""
    );
    text.extend_from_slice(numbers.as_bytes());
    json(text, command);
    text.extend_from_slice(b"\", \"V\": [ ");
    for (at, arg) in args.iter().enumerate() {
        text.extend_from_slice(if at > 0 { b",\"" } else { b"\"" });
        json(text, arg);
        text.push(b'"');
    }
    text.extend_from_slice(b" ], ");
}

fn json(text: &mut Vec<u8>, value: &[u8]) {
    let mut json = JsonText::default();
    json.add(text, value);
    json.end(text);
}

/// Bytes as the inside of a JSON string, in pieces of any length. What is no UTF-8
/// becomes U+FFFD.
#[derive(Debug, Default)]
struct JsonText {
    /// The beginning of a character, cut off at the end of a piece.
    begun: Vec<u8>,
}

impl JsonText {
    fn add(&mut self, text: &mut Vec<u8>, bytes: &[u8]) {
        let joined;
        let mut rest = bytes;
        if !self.begun.is_empty() {
            joined = [&std::mem::take(&mut self.begun)[..], bytes].concat();
            rest = &joined;
        }
        loop {
            let error = match std::str::from_utf8(rest) {
                Ok(valid) => return escape(text, valid.as_bytes()),
                Err(error) => error,
            };
            escape(text, &rest[..error.valid_up_to()]);
            rest = &rest[error.valid_up_to()..];
            let Some(length) = error.error_len() else {
                self.begun = rest.to_vec();
                return;
            };
            text.extend_from_slice("\u{fffd}".as_bytes());
            rest = &rest[length..];
        }
    }

    fn end(&mut self, text: &mut Vec<u8>) {
        if !std::mem::take(&mut self.begun).is_empty() {
            text.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

/// As GNU parallel writes it: control characters by their number.
fn escape(text: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend_from_slice(&[b'\\', *byte]),
            0..=31 => text.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            other => text.push(*other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Seconds;

    fn row(args: &[&str]) -> Row {
        Row {
            sent: 0,
            seq: 2,
            start: Seconds::from_micros(1_795_241_622_011_000),
            runtime: Seconds::from_micros(4_000),
            received: 4,
            exit: 3,
            signal: 0,
            command: b"echo \"x 1\"".to_vec(),
            args: args.iter().map(|arg| arg.as_bytes().to_vec()).collect(),
        }
    }

    #[test]
    fn cells_as_gnu_parallel_quotes_them() {
        let mut text = Vec::new();
        head(&mut text, b',', (&[b"n".to_vec()], 2));
        cells(&mut text, b',', &row(&["a\"b,c", "1;\u{fc}"]));
        let want = "Seq,Host,Starttime,JobRuntime,Send,Receive,Exitval,Signal,Command,n,V2,Stdout,Stderr\n\
                    2,:,1795241622.011,0.004,0,4,3,0,\"echo \"\"x 1\"\"\",\"a\"\"b,c\",1;\u{fc}";
        assert_eq!(String::from_utf8(text).unwrap(), want);
    }

    #[test]
    fn an_object_as_gnu_parallel_writes_it() {
        let mut text = Vec::new();
        object(&mut text, &row(&["x", "a\nb"]));
        let want = "{ \"Seq\": 2, \"Host\": \":\", \"Starttime\": 1795241622.011, \
                    \"JobRuntime\": 0.004, \"Send\": 0, \"Receive\": 4, \"Exitval\": 3, \
                    \"Signal\": 0, \"Command\": \"echo \\\"x 1\\\"\", \
                    \"V\": [ \"x\",\"a\\u000ab\" ], ";
        assert_eq!(String::from_utf8(text).unwrap(), want);
    }

    #[test]
    fn any_bytes_are_a_json_string_however_they_are_cut() {
        let bytes: Vec<u8> = [
            &(0..=255).collect::<Vec<u8>>()[..],
            "\u{fc}\u{1f600}\u{ffff}".as_bytes(),
            b"\xe2\x82",
        ]
        .concat();
        let want = String::from_utf8_lossy(&bytes).into_owned();
        for size in [1, 2, 3, 7, bytes.len()] {
            let (mut json, mut text) = (JsonText::default(), b"\"".to_vec());
            bytes.chunks(size).for_each(|piece| json.add(&mut text, piece));
            json.end(&mut text);
            text.push(b'"');
            let read: String = serde_json::from_slice(&text).unwrap();
            assert_eq!(read, want, "{size}");
        }
    }
}
