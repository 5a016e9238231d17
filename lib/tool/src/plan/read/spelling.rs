//! The many spellings of one thing: dependencies, durations, retries.

use crate::yaml::{Node, Value, plain_key};
use record::{Need, OnFailure, Seconds};

/// Keys whose value names operations that come before.
const NEED_KEYS: [&str; 6] =
    ["requires", "prerequisites", "dependencies", "depends_on", "needs", "after"];

/// Keys of a map that names one operation.
const ID_KEYS: [&str; 6] = ["operation", "operation_id", "id", "step", "job", "name"];

/// Whether a need must be in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    Required,
    Optional,
}

/// What an operation says about its needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// What must succeed before.
    pub list: Vec<Need>,
    /// It has a key for dependencies, be it an empty one.
    pub declared: bool,
    /// Things that must exist and are no operations.
    pub resources: usize,
    /// Lines of items that name neither an operation nor a resource.
    pub odd: Vec<u64>,
}

impl Needs {
    /// Adds what a map says under any of the keys for dependencies.
    pub fn add(&mut self, node: &Node) {
        for (key, value) in node.pairs() {
            let key = plain_key(key);
            if NEED_KEYS.iter().any(|known| plain_key(known) == key) {
                let (needs, resources) = (self.list.len(), self.resources);
                self.value(value, Weight::Required);
                // resources alone say nothing about the order
                self.declared |= self.list.len() > needs || self.resources == resources;
            }
        }
    }

    fn value(&mut self, node: &Node, weight: Weight) {
        match &node.value {
            Value::Null => {}
            Value::List(items) => {
                for item in items {
                    let (needs, resources) = (self.list.len(), self.resources);
                    self.value(item, weight);
                    let named = item.first(&ID_KEYS).is_some() || item.text().is_some();
                    if self.list.len() == needs && self.resources == resources && !named {
                        self.odd.push(item.line);
                    }
                }
            }
            Value::Map(_) => self.map(node, weight),
            Value::Text(_) | Value::Number(_) | Value::Bool(_) => {
                let id = node.text().unwrap_or_default();
                let optional = weight == Weight::Optional;
                self.push(Need { id, weak: false, optional });
            }
        }
    }

    fn map(&mut self, node: &Node, weight: Weight) {
        if node.first(&["resource_type", "must_exist"]).is_some() {
            self.resources += 1;
            return;
        }
        if let Some(id) = node.first(&ID_KEYS).and_then(Node::text) {
            let kind = node.word("type");
            let truth = |key| node.get(key).and_then(Node::truth).unwrap_or(false);
            let weak = kind == "weak" || truth("weak");
            let listed = weight == Weight::Optional;
            let optional = listed || kind == "optional" || truth("optional");
            self.push(Need { id, weak, optional });
            return;
        }
        for (key, value) in node.pairs() {
            match plain_key(key).as_str() {
                "required" | "operations" | "steps" | "jobs" => self.value(value, weight),
                "optional" => self.value(value, Weight::Optional),
                "resources" => self.resources += value.items().len(),
                _ => {}
            }
        }
    }

    fn push(&mut self, need: Need) {
        if !need.id.is_empty() && self.list.iter().all(|have| have.id != need.id) {
            self.list.push(need);
        }
    }
}

/// Expected duration: a number, or `{expected}`.
pub fn expected(node: &Node) -> Option<Seconds> {
    let duration = node.get("duration")?;
    duration.get("expected").and_then(Node::seconds).or_else(|| duration.seconds())
}

/// The timeout beside an expected duration.
pub fn duration_timeout(node: &Node) -> Option<Seconds> {
    node.path(&["duration", "timeout"]).and_then(Node::seconds)
}

/// Repetitions after a failure.
pub fn retries(node: &Node) -> Option<u32> {
    let value = node.first(&["retry", "retries", "max_retries", "retry_count"])?;
    let inner = value.first(&["count", "max_retries", "retries"]);
    inner.unwrap_or(value).count()
}

/// The pause before a repetition.
pub fn retry_delay(node: &Node) -> Option<Seconds> {
    let flat = node.get("retry_delay").and_then(Node::seconds);
    flat.or_else(|| node.path(&["retry", "delay"]).and_then(Node::seconds))
}

/// `continue` where a failure does not block the dependents.
pub fn on_failure(node: &Node) -> Option<OnFailure> {
    let word = node.first(&["on_failure", "on_error"]).and_then(Node::text).unwrap_or_default();
    let flag = node.get("continue_on_error").and_then(Node::truth).unwrap_or(false);
    (flag || word == "continue").then_some(OnFailure::Continue)
}

/// A condition, which is kept as text and never evaluated.
pub fn condition(node: &Node) -> Option<String> {
    node.first(&["condition", "if"]).and_then(Node::text)
}

/// A name as an id: lower case, runs of other characters become `-`.
pub fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

/// Ids of a list: a repeated one gets `-2`, `-3`.
#[derive(Debug, Default)]
pub struct Ids(std::collections::BTreeSet<String>);

impl Ids {
    /// The id as it is, or with the next free number.
    pub fn fresh(&mut self, id: String) -> String {
        let id = if id.is_empty() { "unnamed".to_string() } else { id };
        let mut fresh = id.clone();
        let mut count = 1;
        while !self.0.insert(fresh.clone()) {
            count += 1;
            fresh = format!("{id}-{count}");
        }
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(text: &str) -> Needs {
        let mut needs = Needs::default();
        needs.add(&Node::read(text).unwrap()[0]);
        needs
    }

    fn ids(text: &str) -> Vec<String> {
        needs(text).list.into_iter().map(|need| need.id).collect()
    }

    #[test]
    fn every_spelling_of_a_need() {
        for text in [
            "requires: [\"x\"]",
            "requires: [{operation: x, status: completed}]",
            "prerequisites: {required: [{operation: x, status: completed}]}",
            "prerequisites: {operations: [x]}",
            "dependencies: {operations: [{id: x, status: completed}], resources: [{type: t, name: n, must_exist: true}]}",
            "dependencies: [{operation_id: x, type: required, description: d}]",
            "depends_on: x",
            "dependsOn: [x]",
            "needs: x",
            "requires: [x]\nneeds: [x]",
        ] {
            assert_eq!(ids(text), ["x"], "{text}");
            assert!(needs(text).declared, "{text}");
        }
        assert_eq!(ids("dependencies: [x, y]"), ["x", "y"]);
    }

    #[test]
    fn optional_weak_none_and_resources() {
        assert!(needs("requires: [{operation: x, optional: true}]").list[0].optional);
        assert!(needs("needs: [{id: x, type: weak}]").list[0].weak);
        assert_eq!(needs("requires: []"), Needs { declared: true, ..Needs::default() });
        assert!(!needs("name: x").declared);
        let resources = needs("prerequisites: [{resource_type: vnet, name: n}]");
        assert_eq!((resources.declared, resources.resources, resources.list.len()), (false, 1, 0));
    }

    #[test]
    fn names_become_ids() {
        assert_eq!(slug("Unit Tests [0000-0099]"), "unit-tests-0000-0099");
        let mut seen = Ids::default();
        let fresh: Vec<String> = ["a", "a", "", "a"].map(|id| seen.fresh(id.into())).to_vec();
        assert_eq!(fresh, ["a", "a-2", "unnamed", "a-3"]);
    }

    #[test]
    fn numbers_of_a_failure() {
        let node =
            Node::read("retry-count: 0\nretryDelay: 5\ncontinue_on_error: true").unwrap().remove(0);
        assert_eq!(retries(&node), Some(0));
        assert_eq!(retry_delay(&node), Some(Seconds::from_secs(5)));
        assert_eq!(on_failure(&node), Some(OnFailure::Continue));
    }
}
