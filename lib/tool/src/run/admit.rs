//! What limits the start of a job beyond a slot: its weight and its key, from replacement
//! strings where it says nothing itself.

use super::drive::Runner;
use super::job::Job;
use super::settings::{Settings, parse_weight};
use super::template::{Plain, Strings, Values};
use crate::fail::Fail;
use engine::Spec;
use record::status;

/// Texts that are filled for each job.
#[derive(Debug, Default)]
pub struct Admitted {
    weight: Option<Plain>,
    key: Option<Plain>,
    /// It was said that something runs alone.
    told: bool,
}

impl Admitted {
    /// Cuts them.
    ///
    /// # Errors
    /// A replacement string that is not taken, a weight that is none for any job.
    pub fn new(settings: &Settings, strings: &Strings) -> Result<Self, Fail> {
        let plain = |text: &Option<String>| {
            text.as_ref().map(|text| Plain::new(text.as_bytes(), strings)).transpose()
        };
        let weight = plain(&settings.admission.weight)?;
        if let (Some(text), true) =
            (&settings.admission.weight, weight.as_ref().is_some_and(Plain::is_constant))
        {
            let wrong = |what| Fail::new(status::LOST, format!("--weight {text}: {what}"));
            parse_weight(text).map_err(wrong)?;
        }
        Ok(Admitted { weight, key: plain(&settings.admission.key)?, told: false })
    }

    /// The number of all jobs stands in one of them.
    pub fn names_total(&self) -> bool {
        [&self.weight, &self.key].into_iter().flatten().any(Plain::names_total)
    }

    /// # Errors
    /// The weight is none.
    fn fill(&self, spec: &mut Spec, values: Values<'_>) -> Result<(), String> {
        if let (Some(text), None) = (&self.weight, spec.weight) {
            let text = String::from_utf8_lossy(&text.text(values)).into_owned();
            spec.weight = Some(parse_weight(&text)?);
        }
        if let (Some(text), true) = (&self.key, spec.key.is_empty()) {
            spec.key = String::from_utf8_lossy(&text.text(values)).into_owned();
        }
        Ok(())
    }
}

impl Runner {
    /// Gives a job the weight and the key that the command line has for it.
    ///
    /// # Errors
    /// Its weight means nothing: the line is not run.
    pub fn admit(&mut self, spec: &mut Spec, job: &Job) -> Result<(), String> {
        self.join_family(spec, job);
        let values = self.feed.values(job, 1);
        let name = if self.operations { job.id.clone() } else { format!("job {}", job.id) };
        self.texts.admitted.fill(spec, values).map_err(|what| format!("{name}: {what}"))?;
        if spec.weight.is_some() && self.engine.runs_alone(spec) {
            let weight = spec.weight.unwrap_or_default();
            let told = std::mem::replace(&mut self.texts.admitted.told, true);
            if !told && !self.settings.output.quiet {
                self.notes.push(format!(
                    "{name} takes {weight} slots, and there are {}: it runs alone, as do all like it",
                    self.engine.slots()
                ));
            }
        }
        Ok(())
    }
}
