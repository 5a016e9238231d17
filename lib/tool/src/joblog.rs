//! Lines of a job log, in GNU parallel's columns.

use record::{OpEnd, Outcome, Seconds};

/// The names of the columns.
pub const HEADER: &[u8] =
    b"Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";

/// The signal that ends a job whose time is over.
const SIGTERM: i32 = 15;

/// A job that has ended, as job logs and tables tell it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub seq: u64,
    /// Seconds since the epoch.
    pub start: Seconds,
    pub runtime: Seconds,
    /// Bytes of a divided input that it was given.
    pub sent: u64,
    /// Bytes of output.
    pub received: u64,
    /// Status it exited with; -1 where its time was over.
    pub exit: i32,
    /// Signal that ended it, else 0.
    pub signal: i32,
    pub command: Vec<u8>,
    pub args: Vec<Vec<u8>>,
}

impl Row {
    /// Of the end of the last attempt. Who takes the log up again looks at status and
    /// signal alone: they say what was decided.
    pub fn new(end: &OpEnd, received: u64, (command, args): (Vec<u8>, Vec<Vec<u8>>)) -> Self {
        let (exit, signal) = (end.exit.unwrap_or(0), end.signal.unwrap_or(0));
        let (exit, signal) = match end.result {
            Outcome::Timeout => (-1, SIGTERM),
            Outcome::Success => (0, 0),
            _ if (exit, signal) == (0, 0) => (1, 0),
            _ => (exit, signal),
        };
        let (seq, start, runtime) = (end.seq, end.start, end.wall_s);
        let sent = end.in_bytes.unwrap_or(0);
        Row { seq, start, runtime, sent, received, exit, signal, command, args }
    }

    /// Appends it as a line.
    pub fn append(&self, text: &mut Vec<u8>) {
        let (start, runtime) = (self.start.as_f64(), self.runtime.as_f64());
        let Row { seq, sent, received, exit, signal, .. } = self;
        let line =
            format!("{seq}\t:\t{start:.3}\t{runtime:10.3}\t{sent}\t{received}\t{exit}\t{signal}\t");
        text.extend_from_slice(line.as_bytes());
        // a line is a job: as in GNU parallel a newline is written as a NUL byte
        text.extend(self.command.iter().map(|byte| if *byte == b'\n' { 0 } else { *byte }));
        text.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_as_gnu_parallel_writes_it() {
        let end = OpEnd {
            seq: 2,
            start: Seconds::from_micros(1_795_241_513_609_000),
            wall_s: Seconds::from_micros(3_000),
            exit: Some(3),
            result: Outcome::Failure,
            ..OpEnd::default()
        };
        let mut text = Vec::new();
        Row::new(&end, 2, (b"echo 3;\nexit 3".to_vec(), Vec::new())).append(&mut text);
        let want = "2\t:\t1795241513.609\t     0.003\t0\t2\t3\t0\techo 3;\0exit 3\n";
        assert_eq!(String::from_utf8(text).unwrap(), want);
    }

    #[test]
    fn status_and_signal_say_what_was_decided() {
        let row = |result, exit, signal| {
            let end = OpEnd { result, exit, signal, ..OpEnd::default() };
            let row = Row::new(&end, 0, Default::default());
            (row.exit, row.signal)
        };
        assert_eq!(row(Outcome::Timeout, None, Some(9)), (-1, 15));
        assert_eq!(row(Outcome::Failure, None, Some(9)), (0, 9));
        // by what its output said
        assert_eq!(row(Outcome::Failure, Some(0), None), (1, 0));
        assert_eq!(row(Outcome::Success, Some(3), None), (0, 0));
        assert_eq!(row(Outcome::Error, Some(127), None), (127, 0));
    }
}
