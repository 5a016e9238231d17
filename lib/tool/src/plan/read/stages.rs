//! Stages and jobs: playbooks and GitHub workflows.

use super::Import;
use super::lists::unit_name;
use super::operation::Layers;
use super::spelling::{self, Ids};
use crate::yaml::Node;
use plan::{Body, Dialect, Draft, Reading, Unit};
use record::{LockAsk, Seconds};

impl Import<'_> {
    /// A playbook: stages in order, the jobs of a stage together; or jobs with needs.
    pub fn playbook(&mut self, file: &str, root: &Node) -> Unit {
        let mut unit = Unit::new(Dialect::Playbook, file);
        unit.name = unit_name(root);
        let home = root.get("orchestration").unwrap_or(root);
        let stages = home.get("stages").or_else(|| root.get("stages"));
        let mut ids = Ids::default();
        for (number, stage) in stages.map_or(&[][..], Node::items).iter().enumerate() {
            let jobs = stage.get("jobs").map_or(&[][..], Node::items);
            if jobs.is_empty() {
                let draft = self.stage(&mut ids, &Layers::single(file, stage));
                unit.drafts.push(draft);
                continue;
            }
            let first = unit.drafts.len();
            for job in jobs {
                let mut draft = self
                    .stage(&mut ids, &Layers { root: Some(stage), ..Layers::single(file, job) });
                draft.group = Some(format!("stage-{}", number + 1));
                unit.drafts.push(draft);
            }
            let name = format!("{}/{}", unit.name, spelling::slug(&stage.word("name")));
            limit(&mut unit.drafts[first..], stage, &name);
        }
        if stages.is_none() {
            // jobs with needs: the list says nothing
            unit.reading = Reading::Edges;
            self.jobs_of(&mut unit, file, home.get("jobs"));
        }
        unit
    }

    fn stage(&mut self, ids: &mut Ids, layers: &Layers<'_>) -> Draft {
        let id = ids.fresh(spelling::slug(&layers.op.word("name")));
        let mut draft = self.outline(&id, layers);
        draft.body = Body::Foreign;
        let timeout = layers.find(|node| node.get("timeout").and_then(Node::seconds));
        draft.op.timeout = timeout;
        self.time_by_limit(&mut draft, timeout);
        draft
    }

    /// A GitHub workflow: jobs with needs.
    pub fn github(&mut self, file: &str, root: &Node) -> Unit {
        let mut unit = Unit::new(Dialect::Github, file);
        unit.name = unit_name(root);
        self.jobs_of(&mut unit, file, root.get("jobs"));
        unit
    }

    fn jobs_of(&mut self, unit: &mut Unit, file: &str, jobs: Option<&Node>) {
        for (key, job) in jobs.map_or(&[][..], Node::pairs) {
            let mut draft = self.outline(key, &Layers::single(file, job));
            draft.body = Body::Foreign;
            let minutes = job.get("timeout_minutes").and_then(Node::seconds);
            let minutes = minutes.map(|m| Seconds::from_micros(m.as_micros().saturating_mul(60)));
            let timeout = minutes.or_else(|| job.get("timeout").and_then(Node::seconds));
            draft.op.timeout = timeout;
            self.time_by_limit(&mut draft, timeout);
            unit.drafts.push(draft);
        }
    }
}

/// At most so many jobs of a stage at a time: a lock with that many slots.
fn limit(drafts: &mut [Draft], stage: &Node, name: &str) {
    let Some(slots) = stage.get("max_concurrency").and_then(Node::count) else { return };
    if slots == 0 || slots as usize >= drafts.len() {
        return;
    }
    for draft in drafts {
        draft.op.locks.push(LockAsk { slots, ..LockAsk::exclusive(name) });
    }
}
