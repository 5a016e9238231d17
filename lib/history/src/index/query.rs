//! What can be asked of the index, and by which of its parts it is answered.

use record::{KeptRun, Seconds, parse_amount, parse_seconds};
use rusqlite::types::Value as Sql;

/// A question; without anything all runs.
#[derive(Clone, Debug)]
pub struct Query {
    /// Runs that began then or later.
    pub since: Option<Seconds>,
    /// Runs that began before.
    pub until: Option<Seconds>,
    /// What else must hold.
    pub conditions: Vec<Condition>,
    /// At most so many, the newest.
    pub most: u64,
}

impl Default for Query {
    fn default() -> Self {
        Query { since: None, until: None, conditions: Vec::new(), most: i64::MAX as u64 }
    }
}

/// Something that must hold of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Of which field.
    pub field: Field,
    /// How it stands to the value.
    pub compare: Compare,
    /// The value.
    pub value: Value,
}

/// A value of a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number; times are microseconds.
    Number(i64),
    /// A text.
    Text(String),
}

macro_rules! fields {
    ($($name:ident, $word:literal, $kind:ident, $get:expr;)*) => {
        /// A field of a run that can be asked for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Field {
            $(#[doc = concat!("`", $word, "`.")] $name,)*
        }

        impl Field {
            /// All of them.
            pub const ALL: &'static [Field] = &[$(Field::$name),*];

            /// Its word, which is also its column.
            pub const fn word(self) -> &'static str {
                match self { $(Field::$name => $word,)* }
            }

            const fn kind(self) -> Kind {
                match self { $(Field::$name => Kind::$kind,)* }
            }

            fn of(self, run: &KeptRun) -> Option<Value> {
                match self { $(Field::$name => ($get)(run).map(Value::from),)* }
            }
        }
    };
}

/// How the value of a field is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Count,
    Time,
    Bytes,
}

fields! {
    Run, "run", Text, |run: &KeptRun| Some(run.run.clone());
    Status, "status", Text, |run: &KeptRun| Some(run.status.clone());
    Host, "host", Text, |run: &KeptRun| Some(run.host.clone());
    Command, "command", Text, |run: &KeptRun| Some(run.command.clone());
    File, "file", Text, |run: &KeptRun| Some(run.file.clone());
    Makespan, "makespan", Time, |run: &KeptRun| run.makespan_s.map(Seconds::as_micros);
    Ops, "ops", Count, |run: &KeptRun| Some(run.ops as i64);
    Failed, "failed", Count, |run: &KeptRun| Some(run.failed as i64);
    Exit, "exit", Count, |run: &KeptRun| run.exit.map(i64::from);
    Signal, "signal", Count, |run: &KeptRun| run.signal.map(i64::from);
    Bytes, "bytes", Bytes, |run: &KeptRun| Some(run.bytes as i64);
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Number(number)
    }
}

/// How a field stands to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// Less.
    Less,
    /// Less or equal.
    Most,
    /// Equal.
    Equal,
    /// Not equal.
    Other,
    /// Greater or equal.
    Least,
    /// Greater.
    Greater,
    /// Contains the text.
    Contains,
}

/// As they are written and as SQL has them; the longer ones first.
const COMPARES: [(&str, Compare, &str); 7] = [
    ("<=", Compare::Most, "<= ?"),
    (">=", Compare::Least, ">= ?"),
    ("!=", Compare::Other, "<> ?"),
    ("=", Compare::Equal, "= ?"),
    ("<", Compare::Less, "< ?"),
    (">", Compare::Greater, "> ?"),
    ("~", Compare::Contains, ""),
];

impl std::str::FromStr for Condition {
    type Err = String;

    /// Reads `FIELD COMPARE VALUE`, such as `makespan>10m` or `command~nightly`.
    fn from_str(text: &str) -> Result<Self, String> {
        let word: String =
            text.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
        let field = Field::ALL.iter().copied().find(|field| field.word() == word);
        let field = field.ok_or_else(|| {
            let words: Vec<&str> = Field::ALL.iter().map(|field| field.word()).collect();
            format!("no field \"{word}\"; there are {}", words.join(", "))
        })?;
        let rest = text.trim_start()[word.len()..].trim_start();
        let known = COMPARES.iter().find(|(sign, ..)| rest.starts_with(sign));
        let (sign, compare, _) =
            known.ok_or("write FIELD=VALUE, or with != < <= > >= or ~ (contains)")?;
        let value = rest[sign.len()..].trim();
        let is_text = field.kind() == Kind::Text;
        if is_text != (*compare == Compare::Contains) && *compare == Compare::Contains {
            return Err(format!("{word} is a number; ~ is for texts"));
        }
        let number = |text: &str| match field.kind() {
            Kind::Text => Ok(Value::Text(text.to_string())),
            Kind::Count => {
                text.parse().map(Value::Number).map_err(|_| format!("\"{text}\" is no number"))
            }
            Kind::Time => parse_seconds(text).map(|time| Value::Number(time.as_micros())),
            Kind::Bytes => parse_amount(text).map(|amount| Value::Number(amount.as_f64() as i64)),
        };
        Ok(Condition { field, compare: *compare, value: number(value)? })
    }
}

impl Condition {
    /// Whether it holds of a run; of a field that the run does not have it does not.
    pub fn holds(&self, run: &KeptRun) -> bool {
        let Some(value) = self.field.of(run) else { return false };
        let order = match (&value, &self.value) {
            (Value::Number(one), Value::Number(other)) => one.cmp(other),
            (Value::Text(one), Value::Text(other)) => {
                if self.compare == Compare::Contains {
                    return one.contains(other.as_str());
                }
                one.cmp(other)
            }
            _ => return false,
        };
        match self.compare {
            Compare::Less => order.is_lt(),
            Compare::Most => order.is_le(),
            Compare::Equal => order.is_eq(),
            Compare::Other => order.is_ne(),
            Compare::Least => order.is_ge(),
            Compare::Greater => order.is_gt(),
            Compare::Contains => false,
        }
    }

    fn sql(&self) -> String {
        let column = self.field.word();
        match COMPARES.iter().find(|row| row.1 == self.compare) {
            Some((_, Compare::Contains, _)) | None => format!("instr({column}, ?) > 0"),
            Some((.., sql)) => format!("{column} {sql}"),
        }
    }
}

/// Which of the table's indexes answers a condition of equality at once.
const INDEXES: [(Field, &str); 4] = [
    (Field::Run, "runs_by_run"),
    (Field::Command, "runs_by_command"),
    (Field::Host, "runs_by_host"),
    (Field::Status, "runs_by_status"),
];

impl Query {
    /// Whether it asks for this run.
    pub fn takes(&self, run: &KeptRun) -> bool {
        self.since.is_none_or(|since| run.time >= since)
            && self.until.is_none_or(|until| run.time < until)
            && self.conditions.iter().all(|condition| condition.holds(run))
    }

    /// The question in SQL. The index is named, so that SQLite would refuse the question
    /// rather than read the whole table for it; within an index the newest come first.
    pub(super) fn statement(&self, columns: &str) -> (String, Vec<Sql>) {
        let is_equal = |field: &Field| {
            let same = |one: &Condition| one.field == *field && one.compare == Compare::Equal;
            self.conditions.iter().any(same)
        };
        let index = INDEXES.iter().find(|(field, _)| is_equal(field));
        let index = index.map_or("runs_by_began", |row| row.1);
        let mut text =
            format!("SELECT {columns} FROM runs INDEXED BY {index} WHERE began >= ? AND began < ?");
        let time = |time: Option<Seconds>, or| Sql::from(time.map_or(or, Seconds::as_micros));
        let mut values = vec![time(self.since, i64::MIN), time(self.until, i64::MAX)];
        for condition in &self.conditions {
            text.push_str(&format!(" AND {}", condition.sql()));
            values.push(match &condition.value {
                Value::Number(number) => Sql::from(*number),
                Value::Text(text) => Sql::from(text.clone()),
            });
        }
        text.push_str(" ORDER BY began DESC LIMIT ?");
        values.push(Sql::from(i64::try_from(self.most).unwrap_or(i64::MAX)));
        (text, values)
    }
}
