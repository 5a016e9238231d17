//! Cutting input into arguments as xargs does. Bytes come in as they were read, in
//! pieces of any size; an argument's bytes go to where it is collected.

/// The state between two bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before an argument.
    Space,
    /// In one.
    Word,
    Quote(u8),
    Backslash,
}

/// Whether a line ends with an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// It goes on.
    No,
    /// It does.
    Yes,
    /// It does, but for -L it goes on in the next: its last byte is a blank.
    GoesOn,
}

/// What has been found in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// An argument is complete.
    Word(LineEnd),
    /// A line ends in the middle of this kind of quote.
    Unmatched(&'static str),
    /// All was taken, and nothing is complete.
    Nothing,
}

/// What is left at the end of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// What has been collected is the last argument; `alone` if its line had none before.
    Word { alone: bool },
    /// It ends in the middle of this kind of quote.
    Unmatched(&'static str),
}

/// What an item is separated by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Separated {
    /// Blanks and newlines.
    Blanks,
    /// Newlines: the line is one argument.
    Newlines,
    /// This byte; no other has a meaning.
    By(u8),
}

/// Cuts one input.
#[derive(Debug)]
pub struct Splitter {
    separated: Separated,
    state: State,
    /// The byte before, on the same line.
    before: u8,
    /// The line has no complete argument yet.
    alone: bool,
    /// A NUL byte stands in the argument that is being collected.
    pub nul: bool,
}

impl Splitter {
    /// Arguments end at blanks and newlines; quotes and backslashes mean something.
    pub fn at_blanks() -> Self {
        Splitter::new(Separated::Blanks)
    }

    /// The same, but an argument ends at a newline alone.
    pub fn at_newlines() -> Self {
        Splitter::new(Separated::Newlines)
    }

    /// Arguments end at this byte, and no byte means anything else.
    pub fn at(separator: u8) -> Self {
        Splitter::new(Separated::By(separator))
    }

    fn new(separated: Separated) -> Self {
        Splitter { separated, state: State::Space, before: b'\n', alone: true, nul: false }
    }

    /// Takes input until something is found; adds an argument's bytes to `word`. Returns
    /// how many bytes were taken.
    pub fn take(&mut self, input: &[u8], word: &mut Vec<u8>) -> (usize, Found) {
        if let Separated::By(separator) = self.separated {
            return self.take_exact(input, (separator, word));
        }
        let mut at = 0;
        while let Some(byte) = input.get(at) {
            match self.state {
                State::Space => {
                    if is_space(*byte) {
                        at += 1;
                    } else {
                        self.state = State::Word;
                    }
                }
                State::Backslash => {
                    self.add(&input[at..=at], word);
                    self.state = State::Word;
                    at += 1;
                }
                State::Quote(quote) => {
                    let run = memchr::memchr3(quote, b'\n', 0, &input[at..]);
                    self.add(&input[at..at + run.unwrap_or(input.len() - at)], word);
                    let Some(run) = run else { break };
                    at += run + 1;
                    match input[at - 1] {
                        b'\n' => return (at, Found::Unmatched(kind(quote))),
                        0 => self.add_nul(word),
                        quote => {
                            self.state = State::Word;
                            self.before = quote;
                        }
                    }
                }
                State::Word => {
                    let run = input[at..].iter().position(|byte| self.is_special(*byte));
                    self.add(&input[at..at + run.unwrap_or(input.len() - at)], word);
                    let Some(run) = run else { break };
                    at += run + 1;
                    match input[at - 1] {
                        b'\n' => return (at, Found::Word(self.end_line())),
                        0 => self.add_nul(word),
                        b'\\' => self.state = State::Backslash,
                        quote @ (b'\'' | b'"') => self.state = State::Quote(quote),
                        _ => {
                            self.state = State::Space;
                            self.alone = false;
                            return (at, Found::Word(LineEnd::No));
                        }
                    }
                }
            }
        }
        (input.len(), Found::Nothing)
    }

    fn take_exact(
        &mut self,
        input: &[u8],
        (separator, word): (u8, &mut Vec<u8>),
    ) -> (usize, Found) {
        let end = memchr::memchr(separator, input);
        let bytes = &input[..end.unwrap_or(input.len())];
        self.nul |= separator != 0 && memchr::memchr(0, bytes).is_some();
        word.extend_from_slice(bytes);
        match end {
            Some(end) => (end + 1, Found::Word(LineEnd::Yes)),
            None => (input.len(), Found::Nothing),
        }
    }

    fn end_line(&mut self) -> LineEnd {
        let goes_on = is_blank(std::mem::replace(&mut self.before, b'\n'));
        self.state = State::Space;
        self.alone = true;
        if goes_on { LineEnd::GoesOn } else { LineEnd::Yes }
    }

    fn add(&mut self, bytes: &[u8], word: &mut Vec<u8>) {
        if let Some(last) = bytes.last() {
            self.before = *last;
            self.nul |= *last == 0;
            word.extend_from_slice(bytes);
        }
    }

    fn add_nul(&mut self, word: &mut Vec<u8>) {
        self.add(&[0], word);
    }

    fn is_special(&self, byte: u8) -> bool {
        // one comparison decides about most bytes
        byte <= b'\\'
            && match byte {
                b'\n' | b'\\' | b'\'' | b'"' | 0 => true,
                b' ' | b'\t' => self.separated == Separated::Blanks,
                _ => false,
            }
    }

    /// The input has ended.
    pub fn end(&self) -> Rest {
        match self.state {
            State::Quote(quote) => Rest::Unmatched(kind(quote)),
            _ => Rest::Word { alone: self.alone },
        }
    }
}

fn kind(quote: u8) -> &'static str {
    if quote == b'"' { "double" } else { "single" }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
