//! GNU parallel's job log: the last attempt of every operation, as pgrun writes it. Several
//! runs follow one another under one header, as after `--resume`.

use super::Teller;
use crate::joblog::{HEADER, Row};
use record::{Command, OpEnd, OpStart};
use stat::StoryPart;
use std::io::{self, Write};

/// The log in the making.
#[derive(Debug, Default)]
pub struct Jobs {
    begun: bool,
    seq: u64,
}

impl Jobs {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        out.write_all(HEADER)
    }

    fn row(&mut self, (start, end): (&OpStart, &OpEnd)) -> Row {
        let mut row = Row::new(end, end.out_bytes, (command(start, end), Vec::new()));
        // a log that does not number its operations
        self.seq = if row.seq == 0 { self.seq + 1 } else { row.seq };
        row.seq = self.seq;
        row
    }
}

/// The command as a shell takes it; of an operation whose start is not in the log, its id.
fn command(start: &OpStart, end: &OpEnd) -> Vec<u8> {
    match &start.cmd {
        None => end.id.as_bytes().to_vec(),
        Some(Command::Shell(text)) => text.0.clone(),
        Some(Command::Argv(words)) => {
            let quoted =
                words.iter().map(|word| shlex::bytes::Quoter::new().allow_nul(true).quote(&word.0));
            let quoted: Vec<Vec<u8>> = quoted
                .map(|word| word.map_or_else(|_| Vec::new(), |word| word.into_owned()))
                .collect();
            quoted.join(&b' ')
        }
    }
}

impl Teller for Jobs {
    fn tell(&mut self, part: StoryPart, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        match part {
            StoryPart::Attempt(pair) if pair.1.r#final => {
                let mut line = Vec::new();
                self.row((&pair.0, &pair.1)).append(&mut line);
                out.write_all(&line)
            }
            _ => Ok(()),
        }
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)
    }
}
