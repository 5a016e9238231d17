//! Operations, read without allocation. Their fields may stand in any order, with blanks
//! between them, since they come from programs of all kinds; what is more than plain values
//! is left to the full parser.

use super::cursor::Cursor;
use super::view::{Names, Pairs, Plain as _};
use crate::unit::{Amount, Seconds};
use crate::{Command, LockAsk, Need, Operation, Raw};
use serde_json::value::RawValue;

/// An operation of plain values.
#[derive(Clone, Debug)]
pub struct OperationView<'a> {
    /// Name; empty where it has none.
    pub id: &'a str,
    /// What is run, as JSON.
    pub cmd: &'a str,
    /// What must succeed before.
    pub needs: Names<'a>,
    /// Expected duration.
    pub duration: Option<Seconds>,
    /// After this long it is ended.
    pub timeout: Option<Seconds>,
    /// Amounts held while it runs.
    pub resources: Pairs<'a, Amount>,
    /// Locks held while it runs, each exclusive.
    pub locks: Names<'a>,
    /// Greater is started first.
    pub priority: Option<i64>,
    /// The parallel group it was declared in, as JSON.
    pub group: Option<&'a str>,
    /// File and line it came from.
    pub source: &'a str,
    /// What was planned for it.
    pub planned: Planned<'a>,
}

/// What a plan adds to an operation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Planned<'a> {
    /// 1 + the greatest level of its needs.
    pub level: Option<u32>,
    /// Planned start.
    pub start: Option<Seconds>,
    /// Planned end.
    pub end: Option<Seconds>,
    /// How much later it may start.
    pub slack_s: Option<Seconds>,
    /// On the critical path.
    pub critical: bool,
    /// Place to run.
    pub slot: Option<u32>,
    /// Way to do it.
    pub mode: &'a str,
}

/// Reads the line of an operation; `None` where it is another one or unusual.
pub fn scan_operation(line: &[u8]) -> Option<OperationView<'_>> {
    let mut at = Cursor(line);
    let mut view = OperationView {
        id: "",
        cmd: "",
        needs: Names::Text(b""),
        duration: None,
        timeout: None,
        resources: Pairs::EMPTY,
        locks: Names::Text(b""),
        priority: None,
        group: None,
        source: "",
        planned: Planned::default(),
    };
    let mut seen = 0_u32;
    at.between(b"{").then_some(())?;
    loop {
        let key = at.bytes()?;
        at.between(b":").then_some(())?;
        let bit = 1 << view.field(key, &mut at)?;
        if seen & bit != 0 {
            return None;
        }
        seen |= bit;
        if at.between(b"}") {
            break;
        }
        at.between(b",").then_some(())?;
    }
    (at.0.is_empty() && !view.cmd.is_empty()).then_some(view)
}

impl<'a> OperationView<'a> {
    /// Takes the value of a key; the number of the key.
    #[inline]
    fn field(&mut self, key: &[u8], at: &mut Cursor<'a>) -> Option<u32> {
        let number = match key {
            b"id" => {
                self.id = at.text()?;
                0
            }
            b"cmd" => {
                self.cmd = at.passed(|at| at.command().map(|_| ()))?;
                1
            }
            b"needs" => {
                self.needs = Names::Text(at.names()?);
                2
            }
            b"duration" => {
                self.duration = Some(at.any_seconds()?);
                3
            }
            b"timeout" => {
                self.timeout = Some(at.any_seconds()?);
                4
            }
            b"resources" if at.eat(b"{}") => 5,
            b"resources" => {
                self.resources = Pairs::Text(at.object(|at| Amount::plain(at).map(|_| ()))?);
                5
            }
            b"locks" => {
                self.locks = Names::Text(at.names_of_something()?);
                6
            }
            b"priority" => {
                self.priority = Some(i64::try_from(at.uint()?).ok()?);
                7
            }
            b"group" => {
                self.group = Some(at.passed(Cursor::skip_value)?);
                8
            }
            b"source" => {
                self.source = at.text()?;
                9
            }
            b"type" => {
                (at.eat(b"\"operation\"") || at.eat(b"\"op\"")).then_some(())?;
                10
            }
            _ => 11 + self.planned.field(key, at)?,
        };
        Some(number)
    }
}

impl<'a> Planned<'a> {
    fn field(&mut self, key: &[u8], at: &mut Cursor<'a>) -> Option<u32> {
        let number = match key {
            b"level" => {
                self.level = Some(at.uint32()?);
                0
            }
            b"start" => {
                self.start = Some(at.any_seconds()?);
                1
            }
            b"end" => {
                self.end = Some(at.any_seconds()?);
                2
            }
            b"slack_s" => {
                self.slack_s = Some(at.any_seconds()?);
                3
            }
            b"critical" => {
                self.critical = at.eat(b"true");
                (self.critical || at.eat(b"false")).then_some(())?;
                4
            }
            b"slot" => {
                self.slot = Some(at.uint32()?);
                5
            }
            b"mode" => {
                self.mode = at.text()?;
                6
            }
            _ => return None,
        };
        Some(number)
    }
}

/// The words of an array or the text of a string; escapes are left to the full parser.
fn command(json: &str) -> Option<Command> {
    if json.contains('\\') {
        return serde_json::from_str(json).ok();
    }
    match json.strip_prefix('[') {
        None => Some(Command::Shell(json.trim_matches('"').into())),
        Some(words) => {
            let mut argv = Vec::new();
            Names::Text(words.as_bytes()).for_each(|word| argv.push(word.into()));
            Some(Command::Argv(argv))
        }
    }
}

impl From<&OperationView<'_>> for Operation {
    fn from(view: &OperationView<'_>) -> Operation {
        let mut op = Operation {
            id: view.id.to_string(),
            cmd: command(view.cmd),
            duration: view.duration,
            timeout: view.timeout,
            priority: view.priority,
            group: view.group.and_then(|json| RawValue::from_string(json.into()).ok()).map(Raw),
            source: view.source.to_string(),
            level: view.planned.level,
            start: view.planned.start,
            end: view.planned.end,
            slack_s: view.planned.slack_s,
            critical: view.planned.critical,
            slot: view.planned.slot,
            mode: view.planned.mode.to_string(),
            ..Operation::default()
        };
        view.needs.for_each(|id| op.needs.push(Need::from(id)));
        view.resources.for_each(|name, amount| {
            op.resources.insert(name.to_string(), amount);
        });
        view.locks.for_each(|name| op.locks.push(LockAsk::exclusive(name)));
        op
    }
}
