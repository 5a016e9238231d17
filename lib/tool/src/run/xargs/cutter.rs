//! From bytes to command lines: the splitter and the packer together.

use super::args::{Cut, Given, Until};
use super::limits::Limits;
use super::pack::{Packer, Step};
use super::split::{Found, Rest, Splitter};
use crate::fail::Fail;

/// Makes command lines of an input that comes in pieces.
#[derive(Debug)]
pub struct Cutter {
    splitter: Splitter,
    packer: Packer,
    nul: Nul,
}

/// Whether a NUL byte in an argument is spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nul {
    /// It stands there on purpose, or it was said.
    Quiet,
    /// None was found yet; the first is to be spoken of.
    Warn,
    /// One was found.
    Found,
}

impl Cutter {
    /// Nothing read yet.
    ///
    /// # Errors
    /// The command alone is too long.
    pub fn new(given: &Given, limits: &Limits) -> Result<Self, Fail> {
        let (splitter, end, nul) = match (&given.cut, &given.until) {
            (Cut::At(byte), _) => (Splitter::at(*byte), &None, Nul::Quiet),
            (Cut::Quoted(end), Until::Replaced(_)) => (Splitter::at_newlines(), end, Nul::Warn),
            (Cut::Quoted(end), _) => (Splitter::at_blanks(), end, Nul::Warn),
        };
        Ok(Cutter { splitter, packer: Packer::new(given, limits, end.clone())?, nul })
    }

    /// What went wrong after the last command.
    pub fn take_failure(&mut self) -> Option<Fail> {
        self.packer.take_failure()
    }

    /// Takes input until it leads to something; [`Step::More`] means that all was taken.
    /// Returns how many bytes were.
    ///
    /// # Errors
    /// A quote without an end, or something too long.
    pub fn take(&mut self, input: &[u8]) -> Result<(usize, Step), Fail> {
        let mut at = 0;
        loop {
            let (taken, found) = self.splitter.take(&input[at..], &mut self.packer.bytes);
            at += taken;
            let step = match found {
                Found::Word(line_end) => match self.cut_at_nul()? {
                    Step::More => self.packer.word(line_end)?,
                    other => other,
                },
                Found::Unmatched(kind) => {
                    self.note_nul();
                    self.packer.unmatched(kind)?
                }
                Found::Nothing => return Ok((at, self.packer.grown()?)),
            };
            if step != Step::More {
                return Ok((at, step));
            }
        }
    }

    /// What stands before the end of the input. Then [`Cutter::rest`].
    ///
    /// # Errors
    /// As those of [`Cutter::take`].
    pub fn last(&mut self) -> Result<Step, Fail> {
        if !self.packer.is_reading() {
            // as findutils: even if an empty quoted argument stands there
            return Ok(Step::More);
        }
        let rest = self.splitter.end();
        match rest {
            Rest::Unmatched(_) => self.note_nul(),
            Rest::Word { .. } => match self.cut_at_nul()? {
                Step::More => {}
                other => return Ok(other),
            },
        }
        self.packer.last(rest)
    }

    /// What is left to be run at the end.
    pub fn rest(&mut self) -> Option<Vec<u8>> {
        self.packer.rest()
    }

    /// What stands behind a NUL byte is no part of the argument, and counts for its length.
    fn cut_at_nul(&mut self) -> Result<Step, Fail> {
        if !self.splitter.nul {
            return Ok(Step::More);
        }
        self.note_nul();
        let step = self.packer.grown()?;
        if step == Step::More {
            self.packer.cut_at_nul();
        }
        Ok(step)
    }

    fn note_nul(&mut self) {
        let nul = std::mem::take(&mut self.splitter.nul);
        if nul && self.nul == Nul::Warn {
            self.nul = Nul::Found;
        }
    }

    /// True once, when a NUL byte was found that no argument can have.
    pub fn take_nul(&mut self) -> bool {
        let found = self.nul == Nul::Found;
        if found {
            self.nul = Nul::Quiet;
        }
        found
    }
}

/// The commands of an input that comes in pieces of `size` bytes, until something is wrong.
///
/// # Errors
/// As those of [`Cutter::take`].
pub fn all_commands(
    given: &Given,
    limits: &Limits,
    (input, size): (&[u8], usize),
    commands: &mut Vec<Vec<u8>>,
) -> Result<(), Fail> {
    let mut cutter = Cutter::new(given, limits)?;
    let mut ended = false;
    for piece in input.chunks(size) {
        let mut at = 0;
        while at < piece.len() && !ended {
            let (taken, step) = cutter.take(&piece[at..])?;
            at += taken;
            match step {
                Step::More => {}
                Step::Command(words) => commands.push(words),
                Step::Ended => ended = true,
            }
            cutter.take_failure().map_or(Ok(()), Err)?;
        }
    }
    if !ended {
        if let Step::Command(words) = cutter.last()? {
            commands.push(words);
        }
        cutter.take_failure().map_or(Ok(()), Err)?;
    }
    commands.extend(cutter.rest());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::args::tests::given;
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    const RECORDED: &str = include_str!("../../../../../tests/cli/xargs/splits.ndjson");

    /// The commands, and whether all went well.
    fn commands(given: &Given, input: &[u8], size: usize) -> (Vec<Vec<u8>>, bool) {
        let mut commands = Vec::new();
        let well = all_commands(given, &Limits::PLAIN, (input, size), &mut commands).is_ok();
        (commands, well)
    }

    /// What `sh -c 'for a; do printf "[%s]" "$a"; done; echo .' _` prints of a command.
    fn printed(commands: &[Vec<u8>]) -> String {
        let mut text = String::new();
        for command in commands {
            let words: Vec<&[u8]> = command.split(|byte| *byte == 0).collect();
            // its name, -c, the script, _; nothing behind the last NUL
            for word in &words[4..words.len() - 1] {
                text.push_str(&format!("[{}]", String::from_utf8_lossy(word)));
            }
            text.push_str(".\n");
        }
        text
    }

    #[test]
    fn inputs_are_cut_as_the_real_xargs_has_cut_them() {
        let script = r#"for a; do printf "[%s]" "$a"; done; echo ."#;
        for line in RECORDED.lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_string();
            let mut words: Vec<String> =
                case["args"].as_array().unwrap().iter().map(text).collect();
            let replaces = words.iter().any(|word| word == "-I{}");
            words.extend(["sh", "-c", script, "_"].map(String::from));
            words.extend(replaces.then(|| "<{}>".to_string()));
            let given = given(&words);
            let input = text(&case["stdin"]);
            for size in [1, 2, 3, 5, 1000] {
                let (commands, well) = commands(&given, input.as_bytes(), size);
                assert_eq!(printed(&commands), case["stdout"], "{line} by {size}");
                assert_eq!(well, case["status"] == 0, "{line} by {size}");
            }
        }
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            input in "[ab \t\n'\"\\\\E\u{b}\u{0}]{0,60}",
            size in 1usize..20,
            mode in 0usize..7,
        ) {
            let modes: [&[&str]; 7] =
                [&[], &["-n3"], &["-L2"], &["-I{}"], &["-0"], &["-s20", "-EE"], &["-x", "-s20"]];
            let words: Vec<String> =
                modes[mode].iter().chain(&["a", "b", "c", "{}"]).map(ToString::to_string).collect();
            let given = given(&words);
            prop_assert_eq!(
                commands(&given, input.as_bytes(), size),
                commands(&given, input.as_bytes(), 1000)
            );
        }
    }
}
