//! Operation records for the views that show their order alone: ids become numbers at once,
//! needs become edges, and no record is kept.

use super::records::{Frame, Read, lines};
use plan::{Dialect, Durations, EdgeList, Plan, Unit};
use record::{Names, Need, Operation, OperationView, Seconds};

/// What a view asks of the operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// What comes before what, and how long each takes.
    Order,
    /// The same, and that nothing else holds them back: no lock, no group, no mode, no capacity.
    OrderAlone,
}

/// The plan of a file of operation records. `None` where there is anything to be said about
/// it, or more to it than was asked for: then it is to be read whole, which says so.
pub fn outline(file: &str, text: &[u8], wanted: Wanted) -> Option<Plan> {
    let mut frame = Frame::default();
    let mut ops = Ops::default();
    for (number, line) in lines(text) {
        match frame.take((file, number), line) {
            Some(Read::Plain(view)) => ops.plain(&view, wanted)?,
            Some(Read::Whole(op)) => ops.whole(&op, wanted)?,
            None if frame.bad.is_empty() => {}
            None => return None,
        }
    }
    frame.end(file);
    let limited = wanted == Wanted::OrderAlone && frame.capacity.is_some();
    if limited || !frame.cut.is_empty() || ops.list.names.is_empty() {
        return None;
    }
    let plan = ops.plan(Unit::new(Dialect::Operations, file))?;
    plan.graph.has_order().then_some(plan)
}

/// The operations so far. What they need may come later.
#[derive(Default)]
struct Ops<'a> {
    list: EdgeList,
    durations: Durations,
    /// Names of the needs, as they stand in the text.
    needs: Vec<Names<'a>>,
    /// Those that could not stay there: the operation and its needs.
    written: Vec<(u32, Vec<Need>)>,
}

impl<'a> Ops<'a> {
    /// An operation whose id is new.
    fn add(&mut self, id: &str, stated: Option<Seconds>) -> Option<u32> {
        let number = self.list.names.len();
        let is_new = self.list.names.intern(id.as_bytes()) == number;
        self.durations.op(stated);
        (is_new && !id.is_empty()).then_some(number)
    }

    fn plain(&mut self, view: &OperationView<'a>, wanted: Wanted) -> Option<()> {
        let held = !view.locks.is_empty() || view.group.is_some();
        if held && wanted == Wanted::OrderAlone {
            return None;
        }
        self.add(view.id, view.duration)?;
        self.needs.push(view.needs);
        Some(())
    }

    fn whole(&mut self, op: &Operation, wanted: Wanted) -> Option<()> {
        let held = !op.locks.is_empty() || op.group.is_some() || !op.modes.is_empty();
        if op.barrier || (held && wanted == Wanted::OrderAlone) {
            return None;
        }
        let number = self.add(&op.id, op.stated())?;
        self.needs.push(Names::Text(b""));
        self.written.push((number, op.needs.clone()));
        Some(())
    }

    /// `None` where a need is not met.
    fn plan(mut self, unit: Unit) -> Option<Plan> {
        let mut met = true;
        let mut written = self.written.into_iter().peekable();
        let EdgeList { names, edges } = &mut self.list;
        for (number, needs) in (0..).zip(&self.needs) {
            let mut need = |id: &str| match names.find(id.as_bytes()) {
                Some(needed) => edges.push((needed, number)),
                None => met = false,
            };
            needs.for_each(&mut need);
            if let Some((_, needs)) = written.next_if(|(its, _)| *its == number) {
                needs.iter().for_each(|its| need(&its.id));
            }
        }
        drop(self.needs);
        met.then(|| Plan::bare(self.list, unit, Some(self.durations)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(plan: &Plan) -> Vec<String> {
        (0..plan.real).map(|node| String::from_utf8_lossy(plan.id(node)).into_owned()).collect()
    }

    #[test]
    fn lines_of_any_form_become_nodes_in_their_order() {
        let text = r#"{"type":"capacity","jobs":2}
            {"id":"b","cmd":"x","needs":[{"id":"a","weak":true},"c"],"duration":"1m"}
            {"id":"c", "cmd":["sh", "-c", "x"], "needs": ["a"], "duration": 1.5, "locks":["m"]}

            {"id":"\u0061","cmd":"x","modes":[{"mode":"m","duration":3}]}"#;
        let plan = outline("f", text.as_bytes(), Wanted::Order).unwrap();
        assert_eq!(ids(&plan), ["b", "c", "a"]);
        let after: Vec<&[u32]> = (0..3).map(|node| plan.graph.successors(node)).collect();
        assert_eq!(after, [&[][..], &[0], &[0, 1]]);
        let takes: Vec<String> = plan.durations.iter().map(Seconds::to_string).collect();
        assert_eq!((takes, plan.timed), (vec!["60".into(), "1.5".into(), "3".into()], true));
    }

    #[test]
    fn whatever_is_to_be_said_is_left_to_the_whole_reader() {
        let well = "{\"id\":\"a\",\"cmd\":\"x\"}\n";
        assert!(outline("f", well.as_bytes(), Wanted::OrderAlone).is_some());
        for more in [
            "{\"id\":\"a\",\"cmd\":\"x\"}",
            "{\"id\":\"b\",\"cmd\":\"x\",\"needs\":[\"c\"]}",
            "{\"id\":\"b\",\"cmd\":\"x\",\"needs\":[\"b\"]}",
            "{\"id\":\"b\",\"barrier\":true}",
            "{\"cmd\":\"x\"}",
            "{\"id\":\"b\",\"cmd\":\"x\",\"duration\":-1}",
            "{\"id\":\"b\"",
            "{\"type\":\"plan.end\",\"ops\":2}",
            "{\"type\":\"plan.start\",\"version\":1}",
        ] {
            let text = format!("{well}{more}");
            assert!(outline("f", text.as_bytes(), Wanted::Order).is_none(), "{more}");
        }
        for more in [
            "{\"id\":\"b\",\"cmd\":\"x\",\"locks\":[\"m\"]}",
            "{\"id\":\"b\",\"cmd\":\"x\",\"group\":1}",
            "{\"id\":\"b\",\"cmd\":\"x\",\"modes\":[{\"mode\":\"m\"}]}",
            "{\"type\":\"capacity\",\"jobs\":2}",
        ] {
            let text = format!("{well}{more}");
            assert!(outline("f", text.as_bytes(), Wanted::Order).is_some(), "{more}");
            assert!(outline("f", text.as_bytes(), Wanted::OrderAlone).is_none(), "{more}");
        }
    }
}
