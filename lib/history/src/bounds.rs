//! How much is kept.

use crate::folder::Folder;
use crate::index::Index;
use crate::trouble::Trouble;
use record::{KeptRun, Seconds, parse_amount, parse_seconds};
use std::io;

/// The bounds of a folder that hold without being asked; hidden from whoever reads a folder of logs.
const FILE: &str = ".bounds";

/// Bounds of a history; what is beyond one of them goes, the oldest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Runs.
    pub runs: Option<u64>,
    /// Since a run began.
    pub age: Option<Seconds>,
    /// Bytes of all logs.
    pub bytes: Option<u64>,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// Runs.
    pub runs: u64,
    /// Bytes of their logs.
    pub bytes: u64,
}

impl Bounds {
    /// Those that the folder has; none where it has none.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn of(folder: &Folder) -> Result<Option<Bounds>, Trouble> {
        let path = folder.path().join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Trouble::file(&path)(error)),
        };
        let mut bounds = Bounds::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let wrong = || Trouble::Content {
                path: path.clone(),
                what: format!("\"{line}\" is no bound; set them with pgstat history gc --always"),
            };
            let (word, value) = line.split_once(' ').ok_or_else(wrong)?;
            match word {
                "runs" => bounds.runs = Some(value.parse().map_err(|_| wrong())?),
                "age" => bounds.age = Some(parse_seconds(value).map_err(|_| wrong())?),
                "bytes" => {
                    let amount = parse_amount(value).map_err(|_| wrong())?;
                    bounds.bytes = Some(amount.as_f64() as u64);
                }
                _ => return Err(wrong()),
            }
        }
        Ok(Some(bounds))
    }

    /// Makes them those of the folder.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn set(&self, folder: &Folder) -> Result<(), Trouble> {
        let path = folder.path().join(FILE);
        let mut text = String::new();
        let words = [
            ("runs", self.runs.map(|runs| runs.to_string())),
            ("age", self.age.map(|age| age.to_string())),
            ("bytes", self.bytes.map(|bytes| bytes.to_string())),
        ];
        for (word, value) in words {
            value.iter().for_each(|value| text.push_str(&format!("{word} {value}\n")));
        }
        std::fs::write(&path, text).map_err(Trouble::file(&path))
    }

    /// Removes what is beyond them. A log goes before the index forgets it: what is
    /// interrupted between the two is found by the next who looks.
    pub(crate) fn keep(
        &self,
        folder: &Folder,
        index: &mut Index,
        now: Seconds,
    ) -> Result<Gone, Trouble> {
        let beyond = self.beyond(index, now)?;
        let mut gone = Gone::default();
        for run in &beyond {
            let path = folder.path().join(&run.file);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Trouble::file(&path)(error));
                }
                _ => {}
            }
            gone.runs += 1;
            gone.bytes += run.bytes;
        }
        index.remove(beyond.iter().map(|run| run.file.as_str()))?;
        Ok(gone)
    }

    /// The runs beyond them, the newest first.
    pub(crate) fn beyond(&self, index: &Index, now: Seconds) -> Result<Vec<KeptRun>, Trouble> {
        let state = index.state()?;
        let oldest = self.age.map(|age| now - age);
        let within = self.runs.is_none_or(|most| state.runs <= most)
            && self.bytes.is_none_or(|most| state.bytes <= most)
            && match oldest {
                Some(oldest) => index.first_began()?.is_none_or(|first| first >= oldest),
                None => true,
            };
        if within {
            return Ok(Vec::new());
        }
        let (mut runs, mut bytes) = (0, 0);
        let mut beyond = index.all()?;
        beyond.retain(|run| {
            runs += 1;
            // the newest stays however large it is, and what goes makes room for the others
            let large = self.bytes.is_some_and(|most| bytes + run.bytes > most) && runs > 1;
            let goes = large
                || self.runs.is_some_and(|most| runs > most)
                || oldest.is_some_and(|oldest| run.time < oldest);
            bytes += if goes { 0 } else { run.bytes };
            goes
        });
        Ok(beyond)
    }
}
