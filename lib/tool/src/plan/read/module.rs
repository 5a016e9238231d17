//! `module:` with its operations in a folder beside it, and `workflow:` whose
//! steps name operation files.

use super::Import;
use super::operation::{EXPECTED, Layers, default_times, id_of};
use super::spelling::{self, Ids};
use crate::yaml::Node;
use plan::{Body, Dialect, Draft, Total, Unit};
use record::{Bad, Severity};
use std::path::{Path, PathBuf};

/// An operation file that was read.
struct OperationFile {
    name: String,
    id: String,
    root: Node,
}

impl Import<'_> {
    /// A module file.
    pub fn module(&mut self, file: &str, root: &Node) -> Unit {
        let mut unit = Unit::new(Dialect::Module, file);
        let Some(module) = root.get("module") else { return unit };
        let folder = folder_of(file);
        let files = self.operation_files(&folder);
        let mut used = vec![false; files.len()];
        unit.name = id_of(module).unwrap_or_else(|| spelling::slug(&module.word("name")));
        unit.line = module.line;
        unit.after = module.get("dependencies").map(names_of).unwrap_or_default();
        self.unchecked(&unit.name, &format!("{file}:{}", unit.line), module.get("validation"));
        let total = module.get("total_duration");
        unit.total = total.and_then(|node| {
            let expected = node.get("expected").unwrap_or(node);
            Some(Total { expected: expected.seconds()?, line: expected.line })
        });
        for entry in module.get("operations").map_or(&[][..], Node::items) {
            let id = entry.text().or_else(|| id_of(entry)).unwrap_or_default();
            let id = if id.is_empty() { spelling::slug(&entry.word("name")) } else { id };
            if id.is_empty() {
                let what = "an entry without id; write the id of its operation".to_string();
                self.note((Severity::Error, "no-id"), &format!("{file}:{}", entry.line), what);
                continue;
            }
            let found = files.iter().position(|of| of.id == id);
            let again = found.is_some_and(|at| std::mem::replace(&mut used[at], true));
            let operation = found.map(|at| &files[at]);
            let mut draft = self.module_entry(&id, &Layers::single(file, entry), operation);
            if again {
                // listed twice: the list is the place to look at
                draft.op.source = format!("{file}:{}", entry.line);
            }
            unit.drafts.push(draft);
        }
        let unused = files.iter().zip(&used).filter(|(_, used)| !**used);
        unit.unlisted = unused.map(|(of, _)| of.id.clone()).collect();
        unit
    }

    fn module_entry(
        &mut self,
        id: &str,
        entry: &Layers<'_>,
        operation: Option<&OperationFile>,
    ) -> Draft {
        if let Some(of) = operation {
            let op = of.root.get("operation").unwrap_or(&of.root);
            let layers = Layers { file: &of.name, op, root: Some(&of.root), entry: Some(entry.op) };
            let mut draft = self.draft(id, &layers);
            default_times(&mut draft);
            return draft;
        }
        let mut draft = match entry.op.get("script").and_then(Node::text) {
            Some(path) => self.scripted(id, entry, &folder_of(entry.file).join(path)),
            None => {
                let mut draft = self.outline(id, entry);
                draft.body = Body::Missing("has no operation file".to_string());
                draft
            }
        };
        draft.guess(EXPECTED);
        draft
    }

    /// An operation whose text is a script beside the module.
    fn scripted(&mut self, id: &str, layers: &Layers<'_>, path: &Path) -> Draft {
        let mut draft = self.outline(id, layers);
        match self.vars.reads().text_of(path) {
            Ok(text) => self.script_body(&mut draft, path, &text),
            Err(why) => {
                draft.body = Body::Missing(format!("has no script {}: {why}", path.display()));
            }
        }
        draft
    }

    /// The operation files beside a module, by name; those that are none are reported.
    fn operation_files(&mut self, folder: &Path) -> Vec<OperationFile> {
        let folder = folder.join("operations");
        let Ok(mut paths) = self.vars.reads().folder(&folder) else { return Vec::new() };
        let yaml =
            |path: &PathBuf| path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml");
        paths.retain(yaml);
        let mut files = Vec::new();
        for path in paths {
            let name = path.display().to_string();
            for root in self.document(&path, &name) {
                let op = root.get("operation");
                match op.and_then(id_of) {
                    Some(id) => files.push(OperationFile { name: name.clone(), id, root }),
                    None => {
                        let place = format!("{name}:{}", root.line.max(1));
                        let what = "no operation.id; no module can list it".to_string();
                        self.note((Severity::Warning, "no-id"), &place, what);
                    }
                }
            }
        }
        files
    }

    /// A YAML file that another names; none, and a fault, where it cannot be read.
    fn document(&mut self, path: &Path, name: &str) -> Vec<Node> {
        let text = match self.vars.reads().text_of(path) {
            Ok(text) => text,
            Err(why) => {
                self.faults.push(super::unreadable(name, 0, &Bad::new(0, why)));
                return Vec::new();
            }
        };
        Node::read(&text).unwrap_or_else(|(line, bad)| {
            self.faults.push(super::unreadable(name, line, &bad));
            Vec::new()
        })
    }

    /// A workflow file.
    pub fn workflow(&mut self, file: &str, root: &Node) -> Unit {
        let mut unit = Unit::new(Dialect::Workflow, file);
        let Some(workflow) = root.get("workflow") else { return unit };
        unit.name = id_of(workflow).unwrap_or_else(|| spelling::slug(&workflow.word("name")));
        unit.line = workflow.line;
        let mut ids = Ids::default();
        for step in workflow.get("steps").map_or(&[][..], Node::items) {
            let name = step.word("name");
            let id = if name.is_empty() { id_of(step).unwrap_or_default() } else { name };
            let id = ids.fresh(spelling::slug(&id));
            let draft = self.workflow_step(&id, file, step);
            unit.drafts.push(draft);
        }
        unit
    }

    fn workflow_step(&mut self, id: &str, file: &str, step: &Node) -> Draft {
        let named = step.word("operation");
        let places = self.places_of(&named, &folder_of(file));
        let Some(path) = places.into_iter().find(|path| self.vars.reads().is_file(path)) else {
            let mut draft = self.outline(id, &Layers::single(file, step));
            draft.body = Body::Missing(if named.is_empty() {
                "names no operation file".to_string()
            } else {
                format!("has no operation file: {named} is not there")
            });
            draft.op.needs.clear();
            draft.guess(EXPECTED);
            return draft;
        };
        let name = path.display().to_string();
        let parameters = step.get("parameters").map_or(&[][..], Node::pairs);
        let fill =
            |text: String| self.vars.fill(&text, &Default::default(), &mut Default::default());
        let pairs =
            parameters.iter().filter_map(|(key, value)| Some((key.clone(), fill(value.text()?))));
        self.parameters = pairs.collect();
        let documents = self.document(&path, &name);
        let root = documents.into_iter().next().unwrap_or_default();
        let op = root.get("operation").unwrap_or(&root);
        // the steps order themselves: needs in the file speak of other plans
        let layers = Layers { file: &name, op, root: Some(&root), entry: Some(step) };
        let mut draft = self.draft(id, &layers);
        self.parameters.clear();
        draft.op.needs.clear();
        draft.op.source = format!("{file}:{}", step.line);
        default_times(&mut draft);
        draft
    }

    /// Where a step's operation file may be: the current folder, the project's root
    /// (the folder that holds `workflows`), the workflow's folder.
    fn places_of(&self, named: &str, folder: &Path) -> Vec<PathBuf> {
        if named.is_empty() {
            return Vec::new();
        }
        let mut places = vec![PathBuf::from(named)];
        let whole = self.vars.reads().whole(folder);
        let workflows = whole.ancestors().find(|f| f.file_name().is_some_and(|n| n == "workflows"));
        places.extend(workflows.and_then(Path::parent).map(|root| root.join(named)));
        places.push(folder.join(named));
        places
    }
}

/// The folder a file lies in.
pub fn folder_of(file: &str) -> PathBuf {
    match Path::new(file).parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

fn names_of(node: &Node) -> Vec<String> {
    node.text()
        .into_iter()
        .chain(node.items().iter().filter_map(|item| {
            item.text().or_else(|| item.first(&["module", "id", "name"]).and_then(Node::text))
        }))
        .collect()
}
