//! Modes: ways to do an operation (multi-mode project scheduling; Talbot, 1982).

use crate::fields::Fields;
use crate::unit::{Amount, Seconds};
use crate::wire::{FieldDoc, Record, parse_record};
use crate::{Command, Operation, Part, PartDoc, Wire, wire};
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

wire! {
    /// One of several ways to do an operation. What it leaves out is the operation's own.
    pub struct Mode = "", r#"{"mode":"fast","cmd":["build","-O0"],"duration":30,"cost":2,"quality":0.9,"resources":{"memory":1073741824}}"# {
        /// Its name, unique among the modes of the operation.
        pub mode: String,
        /// What is run.
        pub cmd: Option<Command>,
        /// Expected duration.
        pub duration: Option<Seconds>,
        /// What it costs: the nonrenewable amount "cost".
        pub cost: Option<Amount>,
        /// How good the result is; greater is better.
        pub quality: Option<f64>,
        /// Amounts held while it runs, by name of the resource.
        pub resources: Option<BTreeMap<String, Amount>>,
        /// Amounts that are used up, by name.
        pub nonrenewable: Option<BTreeMap<String, Amount>>,
    }
}

impl<'de> Deserialize<'de> for Mode {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(input)?;
        let line = raw.get().as_bytes();
        let read = Fields::parse(line).and_then(|fields| parse_record::<Mode>(line, &fields));
        read.map_err(|bad| de::Error::custom(bad.what))
    }
}

impl Wire for Mode {
    const JSON: &'static str = "object, see mode";
}

impl Part for Mode {
    const NAME: &'static str = "mode";
    const DOC: &'static str = <Mode as Record>::DOC;
    const FIELDS: &'static [FieldDoc] = <Mode as Record>::FIELDS;
}

/// The objects inside operations, for `man/pg-record.5`.
pub fn operation_parts() -> Vec<PartDoc> {
    vec![PartDoc::of::<Mode>()]
}

impl Operation {
    /// Settles on the mode that was chosen, or the first: the operation is what the mode
    /// says, and `modes` has it first, then those after it in the list, then those before
    /// it. What a mode leaves out is filled in.
    pub fn settle_mode(&mut self) {
        let at = self.modes.iter().position(|mode| mode.mode == self.mode).unwrap_or(0);
        self.modes.rotate_left(at);
        for mode in &mut self.modes {
            mode.cmd = mode.cmd.take().or_else(|| self.cmd.clone());
            mode.duration = mode.duration.or(self.duration);
            let own = || Some(self.resources.clone());
            mode.resources = mode.resources.take().or_else(own);
        }
        self.take_mode(0);
    }

    /// Becomes what one of its settled modes says, by its place; without modes nothing changes.
    pub fn take_mode(&mut self, at: usize) {
        let Some(mode) = self.modes.get(at) else { return };
        self.mode.clone_from(&mode.mode);
        self.cmd.clone_from(&mode.cmd);
        self.duration = mode.duration;
        self.resources = mode.resources.clone().unwrap_or_default();
    }
}

/// What is wrong with the modes of an operation.
pub(crate) fn check(modes: &[Mode]) -> Result<(), String> {
    if modes.is_empty() {
        return Err("no mode to choose from; leave the field out, or give one".into());
    }
    let mut seen = BTreeSet::new();
    for mode in modes {
        let name = &mode.mode;
        if name.is_empty() {
            return Err("a mode without \"mode\", its name".into());
        }
        if !seen.insert(name) {
            return Err(format!("mode {name} is given twice"));
        }
        if mode.duration.is_some_and(|time| time < Seconds::ZERO) {
            return Err(format!("mode {name}: a duration before none; write 0 or more"));
        }
        if mode.quality.is_some_and(|quality| !quality.is_finite()) {
            return Err(format!("mode {name}: its quality is no number"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Operation, crate::Bad> {
        Operation::parse(line.as_bytes(), &Fields::parse(line.as_bytes())?)
    }

    #[test]
    fn modes_come_back_as_they_were() {
        let line = r#"{"id":"a","cmd":["x"],"modes":[{"mode":"fast","duration":1,"cost":2.5,"quality":0.9,"resources":{"cpu":4},"nonrenewable":{"licence":1},"region":"eu"},{"mode":"slow"}]}"#;
        let op = parse(line).unwrap();
        assert_eq!(op.modes.len(), 2);
        assert_eq!(op.modes[0].cost, Some(Amount::from_millis(2500)));
        assert_eq!(op.modes[1].resources, None);
        assert_eq!(String::from_utf8(op.to_line()).unwrap().trim_end(), line);
    }

    #[test]
    fn a_mode_is_settled_on_and_the_others_follow_in_a_circle() {
        let line = r#"{"id":"a","cmd":["x"],"duration":9,"resources":{"m":2},"mode":"b","modes":[{"mode":"a","cmd":["y"],"duration":1},{"mode":"b","resources":{}},{"mode":"c"}]}"#;
        let mut op = parse(line).unwrap();
        op.settle_mode();
        let names: Vec<&str> = op.modes.iter().map(|mode| mode.mode.as_str()).collect();
        assert_eq!(names, ["b", "c", "a"]);
        assert_eq!((op.mode.as_str(), op.duration), ("b", Some(Seconds::from_secs(9))));
        assert!(op.resources.is_empty(), "what a mode says stands, be it nothing");
        op.take_mode(2);
        let cmd = op.cmd.as_ref().map(Command::display);
        assert_eq!((op.mode.as_str(), cmd.as_deref()), ("a", Some("y")));
        assert_eq!((op.duration, op.resources.len()), (Some(Seconds::from_secs(1)), 1));
        let line = line.replace(r#""mode":"b","modes""#, r#""mode":"z","modes""#);
        let bad = parse(&line).unwrap_err();
        assert!(bad.what.contains("there is a, b, c"), "{}", bad.what);
        assert_eq!(bad.column, line.find("\"z\"").unwrap() + 1);
    }

    #[test]
    fn modes_that_are_none_say_what_is_wrong() {
        for (modes, word) in [
            ("[]", "no mode"),
            (r#"[{"duration":1}]"#, "its name"),
            (r#"[{"mode":"a"},{"mode":"a"}]"#, "twice"),
            (r#"[{"mode":"a","duration":-1}]"#, "before none"),
            (r#"[{"mode":"a","duration":"nan"}]"#, "no duration"),
            (r#"[{"mode":"a","resources":{"m":-1}}]"#, "never negative"),
        ] {
            let bad = parse(&format!("{{\"cmd\":\"x\",\"modes\":{modes}}}")).unwrap_err();
            assert!(bad.what.contains(word) && bad.what.contains("modes"), "{}", bad.what);
        }
        // without a command of its own a mode runs the operation's, which must be there
        assert!(parse(r#"{"id":"a","modes":[{"mode":"a"}]}"#).is_err());
        assert!(parse(r#"{"id":"a","modes":[{"mode":"a","cmd":["x"]}]}"#).is_ok());
    }
}
