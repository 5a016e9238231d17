//! Lists at the root: labs, pipelines, and whatever else is a list of tasks.

use super::Import;
use super::module::folder_of;
use super::operation::{EXPECTED, Layers, id_of};
use super::spelling::{self, Ids};
use crate::yaml::Node;
use plan::{Body, Dialect, Draft, Unit};
use record::{LockAsk, Need, Seconds, Severity};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Keys that hold a list of tasks, in the order they are tried.
const LISTS: [&str; 5] = ["operations", "steps", "tasks", "stages", "jobs"];

/// The list of tasks in a document or one map below its root.
pub fn task_list(root: &Node) -> Option<&Node> {
    let holds = |node: &Node| node.is_list() || node.is_map();
    let here = |node: &'_ Node| LISTS.iter().position(|key| node.get(key).is_some_and(holds));
    if let Some(at) = here(root) {
        return root.get(LISTS[at]);
    }
    let below = root.pairs().iter().find_map(|(_, node)| here(node).map(|at| (node, at)))?;
    below.0.get(LISTS[below.1])
}

/// True where a list uses parallel groups, which labs and pipelines do not know.
pub fn is_grouped(list: &Node) -> bool {
    list.items().iter().any(|item| item.get("parallel_group").is_some())
}

impl Import<'_> {
    /// A lab: operations with dependencies by id or name, timeouts in minutes.
    pub fn lab(&mut self, file: &str, root: &Node) -> Unit {
        let mut unit = Unit::new(Dialect::Lab, file);
        unit.name = unit_name(root);
        let list = root.get("operations").map_or(&[][..], Node::items);
        let mut ids = Ids::default();
        for item in list {
            let id = id_of(item).unwrap_or_else(|| spelling::slug(&item.word("name")));
            let layers = Layers::single(file, item);
            let mut draft = self.outline(&ids.fresh(id), &layers);
            let minutes = item.get("timeout").and_then(Node::seconds);
            let limit = minutes.map(|m| Seconds::from_micros(m.as_micros().saturating_mul(60)));
            draft.op.timeout = limit;
            self.time_by_limit(&mut draft, limit);
            self.provided(&mut draft, &layers);
            unit.drafts.push(draft);
        }
        resolve_names(&mut unit.drafts, list);
        if let Some(declared) = root.get("dependencies") {
            let explicit = declared.get("explicit").map_or(&[][..], Node::items);
            for edge in explicit {
                if !explicit_edge(&mut unit.drafts, list, edge) {
                    self.nobody(file, edge, &edge.word("target"));
                }
            }
            let conflicts = declared.get("resource_conflicts").map_or(&[][..], Node::items);
            for conflict in conflicts {
                let absent = exclude(&mut unit.drafts, list, conflict);
                absent.iter().for_each(|member| self.nobody(file, conflict, member));
            }
        }
        unit
    }

    /// Something is said of an operation that the list does not have.
    fn nobody(&mut self, file: &str, at: &Node, called: &str) {
        let what = format!("\"{called}\": no operation of the list is called so; it is left out");
        self.note((Severity::Warning, "odd-need"), &format!("{file}:{}", at.line.max(1)), what);
    }

    /// A duration that is only known as a timeout, and said so.
    pub fn time_by_limit(&mut self, draft: &mut Draft, timeout: Option<Seconds>) {
        let said = draft.op.duration.is_some();
        draft.guess(timeout.unwrap_or(EXPECTED));
        if let Some(timeout) = timeout.filter(|_| !said) {
            let op = &draft.op;
            let what = format!("{}: the timeout {timeout} s is taken as its duration", op.id);
            self.note((Severity::Note, "duration-from-timeout"), &op.source, what);
        }
    }

    /// A script by its provider.
    fn provided(&mut self, draft: &mut Draft, layers: &Layers<'_>) {
        let script = layers.op.word("script");
        let provider = layers.op.word("provider").to_lowercase();
        if script.is_empty()
            || !matches!(provider.as_str(), "" | "powershell" | "pwsh" | "bash" | "shell")
        {
            draft.body = Body::Foreign;
            return;
        }
        let path = folder_of(layers.file).join(&script);
        let name = if provider.contains('p') { "script.ps1" } else { "script.sh" };
        match self.vars.reads().text_of(&path) {
            Ok(text) => self.script_body(draft, &path, &text),
            Err(_) if script.contains(char::is_whitespace) => {
                self.script_body(draft, Path::new(name), &script);
            }
            Err(why) => {
                draft.body = Body::Missing(format!("has no script {}: {why}", path.display()));
            }
        }
    }

    /// A pipeline: steps of another program's tools.
    pub fn pipeline(&mut self, file: &str, root: &Node) -> Unit {
        let mut unit = Unit::new(Dialect::Pipeline, file);
        unit.name = unit_name(root);
        let list = root.get("steps").map_or(&[][..], Node::items);
        let mut ids = Ids::default();
        for item in list {
            let id = id_of(item).unwrap_or_else(|| spelling::slug(&item.word("name")));
            let mut draft = self.outline(&ids.fresh(id), &Layers::single(file, item));
            draft.body = Body::Foreign;
            draft.op.timeout = item.get("timeout").and_then(Node::seconds);
            draft.op.duration.get_or_insert(Seconds::from_secs(1));
            unit.drafts.push(draft);
        }
        resolve_names(&mut unit.drafts, list);
        unit
    }

    /// Any other list or map of tasks.
    pub fn tasks(&mut self, file: &str, list: &Node) -> Unit {
        let mut unit = Unit::new(Dialect::Tasks, file);
        unit.line = list.line;
        let mut nodes: Vec<Node> = Vec::new();
        for item in list.items() {
            let id = item.first(&["id", "name", "title"]).and_then(Node::text);
            let id = id.or_else(|| item.text()).unwrap_or_default();
            self.task(&mut unit, &id, item);
            nodes.push(item.clone());
        }
        for (key, item) in list.pairs() {
            self.task(&mut unit, key, item);
            nodes.push(item.clone());
        }
        resolve_names(&mut unit.drafts, &nodes);
        unit
    }

    fn task(&mut self, unit: &mut Unit, id: &str, item: &Node) {
        let file = unit.file.clone();
        let id = if id.is_empty() { format!("task-{}", unit.drafts.len() + 1) } else { id.into() };
        let mut draft = self.draft(&id, &Layers::single(&file, item));
        if draft.op.cmd.is_none() {
            draft.body = Body::Foreign;
        }
        draft.op.timeout = item.get("timeout").and_then(Node::seconds).or(draft.op.timeout);
        draft.guess(EXPECTED);
        unit.drafts.push(draft);
    }
}

/// How a document calls itself.
pub fn unit_name(root: &Node) -> String {
    let metadata = root.get("metadata");
    let name = id_of(root).or_else(|| root.get("name").and_then(Node::text));
    name.or_else(|| metadata.and_then(|m| m.get("name")?.text())).unwrap_or_default()
}

/// Needs may be written by name: they become ids.
fn resolve_names(drafts: &mut [Draft], list: &[Node]) {
    let ids: BTreeSet<String> = drafts.iter().map(|draft| draft.op.id.clone()).collect();
    // of several with one name the first is meant
    let pairs = drafts.iter().zip(list).rev();
    let named: BTreeMap<String, String> =
        pairs.map(|(draft, node)| (node.word("name"), draft.op.id.clone())).collect();
    for need in drafts.iter_mut().flat_map(|draft| &mut draft.op.needs) {
        if !ids.contains(&need.id)
            && let Some(id) = named.get(&need.id)
        {
            need.id.clone_from(id);
        }
    }
}

/// The id of what is called by id or name.
fn id_for(drafts: &[Draft], list: &[Node], called: &str) -> String {
    let mut pairs = drafts.iter().zip(list);
    let found = pairs.find(|(draft, node)| draft.op.id == called || node.word("name") == called);
    found.map_or_else(|| called.to_string(), |(draft, _)| draft.op.id.clone())
}

/// An edge told beside the list; false where its target is not in the list.
fn explicit_edge(drafts: &mut [Draft], list: &[Node], edge: &Node) -> bool {
    let source = id_for(drafts, list, &edge.word("source"));
    let target = id_for(drafts, list, &edge.word("target"));
    let weak = edge.word("type") == "weak";
    let optional = edge.word("type") == "optional";
    let Some(draft) = drafts.iter_mut().find(|draft| draft.op.id == target) else {
        return false;
    };
    if draft.op.needs.iter().all(|need| need.id != source) {
        draft.op.needs.push(Need { id: source, weak, optional });
    }
    true
}

/// Operations that must not run at the same time hold the same lock; those that
/// are not in the list are given back.
fn exclude(drafts: &mut [Draft], list: &[Node], conflict: &Node) -> Vec<String> {
    if !matches!(conflict.word("resolution").as_str(), "sequential" | "") {
        return Vec::new();
    }
    let members = conflict.get("operations").map_or(&[][..], Node::items);
    let members: Vec<String> =
        members.iter().filter_map(Node::text).map(|called| id_for(drafts, list, &called)).collect();
    let reason = conflict.first(&["reason", "resource", "name"]).and_then(Node::text);
    let name = spelling::slug(&reason.unwrap_or_else(|| members.join(" ")));
    for draft in drafts.iter_mut().filter(|draft| members.contains(&draft.op.id)) {
        draft.op.locks.push(LockAsk::exclusive(name.clone()));
    }
    let absent = |member: &String| drafts.iter().all(|draft| draft.op.id != *member);
    members.into_iter().filter(absent).collect()
}
