//! Operations: what is to be run, once, with its needs.

use crate::fields::{Bad, Fields, Raw};
use crate::mode::{self, Mode};
use crate::unit::{Amount, Seconds};
use crate::wire::{Wire, parse_record};
use crate::{Bytes, Command, wire};
use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// An operation that must end before another may start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// The operation needed.
    pub id: String,
    /// Order only: its failure does not skip the dependent.
    pub weak: bool,
    /// Ignored where no operation of the plan has this id.
    pub optional: bool,
}

impl From<&str> for Need {
    fn from(id: &str) -> Self {
        Need { id: id.to_string(), weak: false, optional: false }
    }
}

impl Serialize for Need {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        if !self.weak && !self.optional {
            return out.serialize_str(&self.id);
        }
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        if self.weak {
            map.serialize_entry("weak", &true)?;
        }
        if self.optional {
            map.serialize_entry("optional", &true)?;
        }
        map.end()
    }
}

struct NeedVisitor;

impl<'de> Visitor<'de> for NeedVisitor {
    type Value = Need;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id, or {\"id\":...,\"weak\":true,\"optional\":true}")
    }

    fn visit_str<E: de::Error>(self, id: &str) -> Result<Need, E> {
        Ok(Need::from(id))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Need, A::Error> {
        let mut need = Need::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "id" => need.id = map.next_value()?,
                "weak" => need.weak = map.next_value()?,
                "optional" => need.optional = map.next_value()?,
                _ => {
                    map.next_value::<de::IgnoredAny>()?;
                }
            }
        }
        if need.id.is_empty() {
            return Err(de::Error::custom("a need without \"id\""));
        }
        Ok(need)
    }
}

impl<'de> Deserialize<'de> for Need {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(NeedVisitor)
    }
}

/// A lock that an operation holds while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockAsk {
    /// Name of the lock: any text.
    pub name: String,
    /// Capacity of the lock; 1 is a mutex.
    pub slots: u32,
    /// Units taken; all of them for an exclusive lock.
    pub take: u32,
    /// Held together with other shared holders.
    pub shared: bool,
}

impl LockAsk {
    /// An exclusive lock.
    pub fn exclusive(name: impl Into<String>) -> Self {
        LockAsk { name: name.into(), slots: 1, take: 1, shared: false }
    }
}

impl Serialize for LockAsk {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        if !self.shared && self.slots == 1 {
            return out.serialize_str(&self.name);
        }
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        if self.shared {
            map.serialize_entry("shared", &true)?;
        } else {
            map.serialize_entry("slots", &self.slots)?;
            map.serialize_entry("take", &self.take)?;
        }
        map.end()
    }
}

struct LockVisitor;

impl<'de> Visitor<'de> for LockVisitor {
    type Value = LockAsk;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a lock name, or {\"name\":...,\"slots\":N,\"take\":K} or {\"name\":...,\"shared\":true}")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<LockAsk, E> {
        if name.is_empty() {
            return Err(E::custom("a lock without a name"));
        }
        Ok(LockAsk::exclusive(name))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LockAsk, A::Error> {
        let mut lock = LockAsk::exclusive("");
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => lock.name = map.next_value()?,
                "slots" => lock.slots = map.next_value()?,
                "take" => lock.take = map.next_value()?,
                "shared" => lock.shared = map.next_value()?,
                _ => {
                    map.next_value::<de::IgnoredAny>()?;
                }
            }
        }
        if lock.name.is_empty() {
            return Err(de::Error::custom("a lock without \"name\""));
        }
        if lock.slots == 0 || lock.take == 0 || lock.take > lock.slots {
            let (take, slots) = (lock.take, lock.slots);
            return Err(de::Error::custom(format!("lock takes {take} of {slots} slots")));
        }
        if lock.shared {
            // it is held beside all others that share it, whatever their number
            (lock.slots, lock.take) = (1, 1);
        }
        Ok(lock)
    }
}

impl<'de> Deserialize<'de> for LockAsk {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(LockVisitor)
    }
}

/// What a failed operation does to the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// End what runs and start nothing more.
    Stop,
    /// Let what runs end, start nothing more.
    Finish,
    /// Go on; in an operation: its dependents run all the same.
    Continue,
    /// As `finish`, then undo what succeeded in reverse order.
    Rollback,
}

impl Wire for Option<OnFailure> {
    const JSON: &'static str = "\"stop\" \"finish\" \"continue\" \"rollback\"";
    fn absent(&self) -> bool {
        self.is_none()
    }
}

wire! {
    /// What is to be run, once, with its needs. It needs no "type"; only "cmd" is required,
    /// or "barrier":true. An id is made where there is none.
    pub struct Operation = "", r#"{"id":"install-chrome","cmd":["msiexec","/i","chrome.msi"],"needs":["get-chrome"],"duration":180,"timeout":1800,"resources":{"memory":536870912,"network":50},"locks":["msi"],"retries":3,"priority":0,"weight":1,"labels":{"vm":"vm-1"}}"# {
        /// Name, unique in the plan.
        pub id: String,
        /// An array is executed as it stands, a string is given to the shell (/bin/sh -c).
        pub cmd: Option<Command>,
        /// No command: ends when its needs have ended. Barriers count in no figure.
        pub barrier: bool,
        /// Operations that must succeed before: ids, or {"id","weak","optional"}.
        pub needs: Vec<Need>,
        /// Expected duration.
        pub duration: Option<Seconds>,
        /// After this long the operation is ended: TERM, grace, KILL to its process group.
        pub timeout: Option<Seconds>,
        /// Amounts held while it runs, by name of the resource.
        pub resources: BTreeMap<String, Amount>,
        /// Locks held while it runs: names, or {"name","slots","take"}, {"name","shared"}.
        pub locks: Vec<LockAsk>,
        /// Repetitions after a first try that failed.
        pub retries: Option<u32>,
        /// Pause before the first repetition, give or take a tenth; it doubles each time, up to 30 s.
        pub retry_delay: Option<Seconds>,
        /// Greater is started first among those that are ready; default 0.
        pub priority: Option<i64>,
        /// Share of a slot, or several; default 1. What is wider than all slots runs alone.
        pub weight: Option<Amount>,
        /// Words about the operation, copied to its events.
        pub labels: BTreeMap<String, Raw>,
        /// The parallel group it was declared in.
        pub group: Option<Raw>,
        /// Script bodies: name to content. "{file:NAME}" in "cmd" becomes the path.
        pub files: BTreeMap<String, Bytes>,
        /// Variables added to the environment.
        pub env: BTreeMap<String, Bytes>,
        /// Working folder.
        pub cwd: Option<Bytes>,
        /// Bytes given on standard input; /dev/null where there are none.
        pub stdin: Option<Bytes>,
        /// Files that it makes: {out} and {out2} in "cmd" are where it writes them; they are put in their places when it succeeds.
        pub out: Vec<Bytes>,
        /// Those with the same share the limits of a key (--key-limit, --rate, --quota).
        pub key: String,
        /// Amounts that are used up by it, once, by name.
        pub nonrenewable: BTreeMap<String, Amount>,
        /// Ways to do it, see mode; one of them is chosen.
        pub modes: Vec<Mode>,
        /// A regular expression: output that matches makes it a failure.
        pub fail_if: String,
        /// A regular expression: without a match in the output it is a failure.
        pub ok_if: String,
        /// Run first: where it succeeds the operation is skipped and counts as done.
        pub check: Option<Command>,
        /// Undoes the operation; run in reverse order under --on-failure rollback.
        pub rollback: Option<Command>,
        /// "continue": a failure does not skip the dependents.
        pub on_failure: Option<OnFailure>,
        /// File and line it came from.
        pub source: String,
        /// Planned: 1 + the greatest level of its needs.
        pub level: Option<u32>,
        /// Planned start, seconds from the plan's beginning.
        pub start: Option<Seconds>,
        /// Planned end, seconds from the plan's beginning.
        pub end: Option<Seconds>,
        /// Planned: how much later it may start without making the plan longer.
        pub slack_s: Option<Seconds>,
        /// Planned: on the critical path.
        pub critical: bool,
        /// Planned place to run, from 1.
        pub slot: Option<u32>,
        /// Planned way to do it.
        pub mode: String,
    }
}

impl Operation {
    /// Reads an operation from the fields of a line.
    ///
    /// # Errors
    /// A field of the wrong type, or nothing to run.
    pub fn parse(line: &[u8], fields: &Fields<'_>) -> Result<Self, Bad> {
        let op: Operation = parse_record(line, fields)?;
        let without = |mode: &Mode| mode.cmd.is_none();
        if op.cmd.is_none() && !op.barrier && (op.modes.is_empty() || op.modes.iter().any(without))
        {
            let what = "an operation needs \"cmd\" (or \"barrier\":true)";
            return Err(Bad::new(1, what));
        }
        let times =
            [("duration", op.duration), ("timeout", op.timeout), ("retry_delay", op.retry_delay)];
        for (key, time) in times {
            if time.is_some_and(|time| time < Seconds::ZERO) {
                let at = fields.get(key).map_or(0, |raw| raw.get().as_ptr() as usize);
                let column = at.saturating_sub(line.as_ptr() as usize) + 1;
                let what = format!("\"{key}\": a time before none; write 0 or more");
                return Err(Bad::new(column, what));
            }
        }
        if let Some(raw) = fields.get("modes") {
            let column = (raw.get().as_ptr() as usize).saturating_sub(line.as_ptr() as usize) + 1;
            mode::check(&op.modes)
                .map_err(|what| Bad::new(column, format!("\"modes\": {what}")))?;
            if let Some(raw) = fields.get("mode").filter(|_| !op.has_mode()) {
                let at = (raw.get().as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
                let there: Vec<&str> = op.modes.iter().map(|mode| mode.mode.as_str()).collect();
                let what = format!("no mode is called {}; there is {}", op.mode, there.join(", "));
                return Err(Bad::new(at + 1, format!("\"mode\": {what}")));
            }
        }
        Ok(op)
    }

    /// The mode that was chosen is one of its modes, or none was.
    fn has_mode(&self) -> bool {
        self.mode.is_empty() || self.modes.iter().any(|mode| mode.mode == self.mode)
    }

    /// Expected duration, that of the first mode where it has modes only; none for a barrier
    /// or where it is not known.
    pub fn expected(&self) -> Seconds {
        if self.barrier { Seconds::ZERO } else { self.stated().unwrap_or(Seconds::ZERO) }
    }

    /// The duration that it states: in the mode that is chosen, by itself, or in its first mode.
    pub fn stated(&self) -> Option<Seconds> {
        let chosen = self.modes.iter().find(|mode| mode.mode == self.mode);
        let chosen = chosen.and_then(|mode| mode.duration);
        chosen.or(self.duration).or_else(|| self.modes.first().and_then(|mode| mode.duration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Record as _;

    fn parse(line: &str) -> Result<Operation, Bad> {
        Operation::parse(line.as_bytes(), &Fields::parse(line.as_bytes())?)
    }

    #[test]
    fn no_time_is_less_than_none() {
        for key in ["duration", "timeout", "retry_delay"] {
            let bad = parse(&format!("{{\"cmd\":\"x\",\"{key}\":-1}}")).unwrap_err();
            assert!(bad.what.contains(key), "{}", bad.what);
            assert_eq!(bad.column, "{\"cmd\":\"x\",\"\":".len() + key.len() + 1);
        }
        assert!(parse(r#"{"cmd":"x","duration":0}"#).is_ok());
    }

    #[test]
    fn unknown_fields_and_words_survive() {
        let line = r#"{"id":"a","cmd":["x"],"timeout":"30m","resources":{"memory":"512MiB"},"big":9223372036854775808,"one":1.0,"o":{"b":1,"a":2}}"#;
        let out = String::from_utf8(parse(line).unwrap().to_line()).unwrap();
        assert_eq!(
            out.trim_end(),
            r#"{"id":"a","cmd":["x"],"timeout":1800,"resources":{"memory":536870912},"big":9223372036854775808,"one":1.0,"o":{"b":1,"a":2}}"#
        );
    }

    #[test]
    fn needs_and_locks_have_two_forms() {
        let line = r#"{"cmd":"x","needs":["a",{"id":"b","weak":true}],"locks":["m",{"name":"net","slots":10,"take":2},{"name":"db","shared":true}]}"#;
        let op = parse(line).unwrap();
        assert!(op.needs[1].weak && !op.needs[0].weak);
        assert_eq!(op.locks[1].take, 2);
        assert_eq!(String::from_utf8(op.to_line()).unwrap().trim_end(), line);
    }

    #[test]
    fn faults_name_field_and_column() {
        let bad = parse(r#"{"id":"a","cmd":["x"],"timeout":"soon"}"#).unwrap_err();
        assert!(bad.what.contains("\"timeout\"") && bad.what.contains("30m"), "{}", bad.what);
        assert_eq!(bad.column, 38);
        assert!(parse(r#"{"id":"a"}"#).unwrap_err().what.contains("\"cmd\""));
        assert!(parse(r#"{"cmd":["x"],"locks":[""]}"#).is_err());
        assert!(parse(r#"{"cmd":["x"],"resources":{"m":-1}}"#).is_err());
    }
}
