//! One operation: a file of its own, an entry of a list, or both together.

use super::Import;
use super::body::Maker;
use super::spelling::{self, Needs};
use crate::yaml::Node;
use plan::{Body, Dialect, Draft, Unit};
use record::{LockAsk, Operation, Raw, Seconds, Severity};
use std::collections::BTreeMap;

/// What an operation takes where it says nothing.
pub const EXPECTED: Seconds = Seconds::from_secs(60);
/// What it may take where it says nothing.
const TIMEOUT: Seconds = Seconds::from_secs(120);

/// Keys that became fields of the record; the others are passed on.
const UNDERSTOOD: [&str; 38] = [
    "id",
    "name",
    "title",
    "requires",
    "prerequisites",
    "dependencies",
    "depends_on",
    "needs",
    "after",
    "duration",
    "timeout",
    "timeout_minutes",
    "parallel_group",
    "template",
    "powershell",
    "steps",
    "command",
    "cmd",
    "run",
    "script",
    "validation",
    "idempotency",
    "rollback",
    "retry",
    "retries",
    "max_retries",
    "retry_count",
    "retry_delay",
    "on_failure",
    "on_error",
    "continue_on_error",
    "condition",
    "if",
    "composed_of",
    "operation",
    "operation_id",
    "type",
    "parameters",
];

/// The maps that speak of one operation, the strongest first.
#[derive(Clone, Copy)]
pub struct Layers<'a> {
    /// File they are in, for messages.
    pub file: &'a str,
    /// The operation itself.
    pub op: &'a Node,
    /// The document around it.
    pub root: Option<&'a Node>,
    /// The entry in a list that names it.
    pub entry: Option<&'a Node>,
}

impl<'a> Layers<'a> {
    /// An operation that is told in one place.
    pub fn single(file: &'a str, op: &'a Node) -> Self {
        Layers { file, op, root: None, entry: None }
    }

    fn all(&self) -> impl Iterator<Item = &'a Node> {
        [Some(self.op), self.root, self.entry].into_iter().flatten()
    }

    fn get(&self, key: &str) -> Option<&'a Node> {
        self.all().find_map(|layer| layer.get(key))
    }

    /// The value of the first of several keys that is there.
    fn find_node(&self, keys: &[&str]) -> Option<&'a Node> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// What the first layer says that says anything.
    pub fn find<T>(&self, reader: impl Fn(&Node) -> Option<T>) -> Option<T> {
        self.all().find_map(reader)
    }
}

impl Import<'_> {
    /// Reads an operation; `id` is the one it is known by.
    pub fn draft(&mut self, id: &str, layers: &Layers<'_>) -> Draft {
        let mut draft = self.outline(id, layers);
        let parameters = std::mem::take(&mut self.parameters);
        self.program(&mut draft, layers, &parameters);
        self.parameters = parameters;
        self.remark(&draft.op, layers);
        draft
    }

    /// Everything but what runs.
    pub fn outline(&mut self, id: &str, layers: &Layers<'_>) -> Draft {
        let mut needs = Needs::default();
        layers.all().for_each(|layer| needs.add(layer));
        let expected = layers.find(spelling::expected);
        let group = layers.get("parallel_group");
        let parts = layers.get("composed_of").map_or(&[][..], Node::items);
        let line = layers.op.line.max(1);
        self.remark_values(id, layers, &needs);
        let op = Operation {
            id: id.to_string(),
            needs: needs.list,
            duration: expected,
            timeout: layers.find(spelling::duration_timeout),
            retries: layers.find(spelling::retries),
            retry_delay: layers.find(spelling::retry_delay),
            on_failure: layers.find(spelling::on_failure),
            group: group.map(Node::raw),
            labels: labels(layers),
            source: format!("{}:{line}", layers.file),
            extra: unread(layers),
            ..Operation::default()
        };
        Draft {
            op: op.into(),
            group: group.and_then(Node::text),
            declares: needs.declared,
            body: Body::Here,
            made_of: parts.iter().filter_map(Node::text).collect(),
            guessed: false,
        }
    }

    /// What runs, what is checked, what undoes it, and what it excludes.
    fn program(
        &mut self,
        draft: &mut Draft,
        layers: &Layers<'_>,
        parameters: &BTreeMap<String, String>,
    ) {
        let mut maker = Maker::new(self.vars, parameters, &self.script_path);
        match (layers.get("template"), layers.get("powershell")) {
            (None, None) => {}
            (None, script) => maker.template(&Node::default(), script),
            (Some(template), script) => maker.template(template, script),
        }
        if !maker.has_command() {
            let text = ["command", "cmd", "run"].iter().find_map(|key| layers.get(key));
            match (layers.get("steps"), text.and_then(Node::text)) {
                (Some(steps), _) if steps.is_list() => maker.body_of_steps(steps.items()),
                (_, Some(text)) => maker.bash(&text),
                _ => {}
            }
        }
        let idempotency = layers.get("idempotency");
        let wanted = idempotency.filter(|node| {
            let truth = |key| node.get(key).and_then(Node::truth);
            truth("skip_if_exists").unwrap_or(true) && truth("enabled").unwrap_or(true)
        });
        if let Some(check) = wanted.and_then(|node| node.get("check_command")?.text()) {
            draft.op.check = Some(maker.check(&check));
        }
        if let Some(rollback) = layers.get("rollback") {
            let steps = rollback.get("steps").unwrap_or(rollback);
            draft.op.rollback = maker.steps("rollback", steps.items());
        }
        let checks = layers.get("validation").and_then(|node| node.get("checks"));
        maker.validate(checks.map_or(&[][..], Node::items));
        let body = maker.finish();
        let locks = self.rules.names(&body.text);
        draft.op.locks.extend(locks.into_iter().map(LockAsk::exclusive));
        draft.op.cmd = body.cmd;
        draft.op.files = body.files;
        for name in body.unknown {
            self.unknown.entry(name).or_default().push(draft.op.source.clone());
        }
        if draft.op.cmd.is_some() {
            draft.op.fail_if = self.fail_if.to_string();
        } else {
            draft.body = Body::Missing("has nothing to run".to_string());
        }
    }

    /// What is not done here, so that nobody believes it is.
    fn remark(&mut self, op: &Operation, layers: &Layers<'_>) {
        self.unchecked(&op.id, &op.source, layers.get("validation"));
    }

    /// Checks of other kinds than commands.
    pub fn unchecked(&mut self, id: &str, source: &str, validation: Option<&Node>) {
        let checks = validation.and_then(|node| node.get("checks"));
        let foreign = checks.map_or(&[][..], Node::items).iter();
        let foreign = foreign.filter(|check| check.get("command").is_none());
        let mut kinds: Vec<String> = foreign.map(|check| check.word("type")).collect();
        kinds.sort();
        kinds.dedup();
        if !kinds.is_empty() {
            let what = format!("{id}: not checked here: {}", kinds.join(", "));
            self.note((Severity::Note, "not-checked"), source, what);
        }
    }

    /// Values that are not what they should be, and what nobody looks at.
    fn remark_values(&mut self, id: &str, layers: &Layers<'_>, needs: &Needs) {
        let place = |line: u64| format!("{}:{}", layers.file, line.max(1));
        let source = place(layers.op.line);
        for line in &needs.odd {
            let what = format!("{id}: a need that names no operation");
            self.note((Severity::Warning, "odd-need"), &place(*line), what);
        }
        if needs.resources > 0 {
            let what = format!("{id}: {} resources must exist; not checked here", needs.resources);
            self.note((Severity::Note, "resources"), &source, what);
        }
        if let Some(condition) = layers.find(spelling::condition) {
            let what = format!("{id}: the condition is not evaluated: {condition}");
            self.note((Severity::Note, "condition"), &source, what);
        }
        let duration = layers.get("duration").filter(|_| layers.find(spelling::expected).is_none());
        // a map may say its type alone
        let duration = duration.filter(|node| !node.is_map() || node.get("expected").is_some());
        let retry = layers.find_node(&["retry", "retries", "max_retries", "retry_count"]);
        let retry = retry.filter(|_| layers.find(spelling::retries).is_none());
        let timeout = layers.get("timeout").filter(|node| node.seconds().is_none());
        for (name, node) in [("duration", duration), ("retries", retry), ("timeout", timeout)] {
            if let Some(node) = node {
                let have = node.text().unwrap_or_else(|| "a list or a map".into());
                let what = format!("{id}: {name} {have}: not understood; it is left out");
                self.note((Severity::Warning, "odd-value"), &place(node.line), what);
            }
        }
    }

    /// A file with one operation (`operation:` at its root).
    pub fn operation_file(&mut self, dialect: Dialect, file: &str, root: &Node) -> Unit {
        let mut unit = Unit::new(dialect, file);
        let Some(op) = root.get("operation") else { return unit };
        let layers = Layers { file, op, root: Some(root), entry: None };
        let id = id_of(op).unwrap_or_else(|| spelling::slug(&op.word("name")));
        if id.is_empty() {
            let what = "an operation without id; write operation.id".to_string();
            self.note((Severity::Error, "no-id"), &format!("{file}:{}", op.line), what);
            return unit;
        }
        unit.name.clone_from(&id);
        unit.line = op.line;
        let mut draft = self.draft(&id, &layers);
        default_times(&mut draft);
        unit.drafts.push(draft);
        unit
    }
}

/// The id of an operation.
pub fn id_of(node: &Node) -> Option<String> {
    node.get("id").and_then(Node::text).filter(|id| !id.is_empty())
}

/// What an operation file says nothing of.
pub fn default_times(draft: &mut Draft) {
    draft.guess(EXPECTED);
    let expected = draft.op.expected();
    draft.op.timeout.get_or_insert(TIMEOUT.max(expected + expected));
}

fn labels(layers: &Layers<'_>) -> BTreeMap<String, Raw> {
    let kind = layers.find(|node| node.path(&["duration", "type"])?.text());
    let kind = kind.or_else(|| layers.find(|node| node.get("type")?.text()));
    let name = layers.find(|node| node.get("name")?.text());
    let pairs = [("name", name), ("type", kind)];
    let known = pairs.into_iter().filter_map(|(key, value)| Some((key, value?)));
    known.map(|(key, value)| (key.to_string(), Raw::from_value(&value))).collect()
}

/// What was not understood, in its order, to pass on.
fn unread(layers: &Layers<'_>) -> Vec<(String, Raw)> {
    let keys = UNDERSTOOD.map(crate::yaml::plain_key);
    let mut rest: Vec<(String, Node)> = Vec::new();
    for layer in [Some(layers.op), layers.entry].into_iter().flatten() {
        let unread = |(key, _): &&(String, Node)| !keys.contains(&crate::yaml::plain_key(key));
        for (key, value) in layer.pairs().iter().filter(unread) {
            if rest.iter().all(|(have, _)| have != key) {
                rest.push((key.clone(), value.clone()));
            }
        }
    }
    if rest.is_empty() {
        return Vec::new();
    }
    let rest = Node { line: 0, value: crate::yaml::Value::Map(rest) };
    vec![("declared".to_string(), rest.raw())]
}
