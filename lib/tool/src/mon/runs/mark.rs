//! What the environment of a command says about the operation that it belongs to. Pure.

/// Which attempt of which operation of which run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Name of the run.
    pub run: String,
    /// Id of the operation.
    pub id: String,
    /// Its number in the input.
    pub seq: Option<u64>,
    /// Where it runs.
    pub slot: Option<u64>,
    /// Which try it is.
    pub attempt: Option<u64>,
}

impl Mark {
    /// Reads an environment, whose entries are ended by NULs; `None` where it is not that of
    /// an operation.
    pub fn of(environment: &[u8]) -> Option<Self> {
        let mut mark = Mark::default();
        for entry in environment.split(|byte| *byte == 0) {
            let Some(at) = entry.iter().position(|byte| *byte == b'=') else { continue };
            let value = || String::from_utf8_lossy(&entry[at + 1..]).into_owned();
            let number = || value().parse().ok();
            match &entry[..at] {
                b"PG_RUN" => mark.run = value(),
                b"PG_ID" => mark.id = value(),
                b"PG_SEQ" => mark.seq = number(),
                b"PG_SLOT" => mark.slot = number(),
                b"PG_ATTEMPT" => mark.attempt = number(),
                _ => {}
            }
        }
        (!mark.run.is_empty() && mark.seq.is_some()).then_some(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_operations_and_of_nobody() {
        let text = b"PATH=/bin\0PG_RUN=1f.a\0PG_ID=build=x\0PG_SEQ=3\0PG_SLOT=2\0PG_ATTEMPT=1\0";
        let mark = Mark::of(text).unwrap();
        assert_eq!((mark.run.as_str(), mark.id.as_str()), ("1f.a", "build=x"));
        assert_eq!((mark.seq, mark.slot, mark.attempt), (Some(3), Some(2), Some(1)));
        assert_eq!(Mark::of(b"PG_RUN=1f.a\0"), None, "the guardian of a run");
        assert_eq!(Mark::of(b"PG_SEQ\0PG_RUN=\0PG_SEQ=1\0"), None);
        assert_eq!(Mark::of(b""), None);
    }
}
