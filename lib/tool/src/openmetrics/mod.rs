//! Metrics as text that Prometheus reads: OpenMetrics 1.0, and the older text format
//! 0.0.4 for who reads nothing else. What programs have to tell becomes [`Families`];
//! prometheus-client encodes them.

mod plain;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::registry::{Registry, Unit};
use std::collections::BTreeMap;
use std::fmt;

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, unless what it counts begins anew; its points are called `_total`.
    Counter,
    /// A level, which goes up and down.
    Gauge,
    /// Its labels are what it says; its points are called `_info` and are 1.
    Info,
}

impl Kind {
    /// What stands behind the name at each point.
    pub fn suffix(self) -> &'static str {
        match self {
            Kind::Counter => "_total",
            Kind::Gauge => "",
            Kind::Info => "_info",
        }
    }

    fn metric_type(self) -> MetricType {
        match self {
            Kind::Counter => MetricType::Counter,
            Kind::Gauge => MetricType::Gauge,
            Kind::Info => MetricType::Info,
        }
    }
}

/// One metric, before it has values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name without unit and suffix: `pgmon_disk_read`.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// A base unit in the plural, which becomes a part of the name: `bytes`; empty for none.
    pub unit: &'static str,
    /// What it tells, without quotes and backslashes.
    pub help: &'static str,
}

impl Metric {
    /// The name with its unit: `pgmon_disk_read_bytes`.
    pub fn family(&self) -> String {
        match self.unit {
            "" => self.name.to_string(),
            unit => format!("{}_{unit}", self.name),
        }
    }
}

/// A value: whole numbers keep all their digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A count.
    Whole(u64),
    /// Anything else.
    Real(f64),
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Value::Whole(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Value::Whole(value.into())
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Real(value)
    }
}

impl From<record::Seconds> for Value {
    fn from(value: record::Seconds) -> Self {
        Value::Real(value.as_f64())
    }
}

/// Names and values of labels.
type Labels = Vec<(&'static str, String)>;

/// One family: a metric with all its points, each once.
#[derive(Debug)]
struct Family {
    metric: Metric,
    points: BTreeMap<Labels, Value>,
}

/// In which words an exposition is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// The text format 0.0.4.
    Plain,
}

impl Dialect {
    /// What HTTP calls it.
    pub fn content_type(self) -> &'static str {
        match self {
            Dialect::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Dialect::Plain => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// What an exposition is made of.
#[derive(Debug, Default)]
pub struct Families {
    all: Vec<Family>,
}

impl Families {
    /// Adds a metric; the points that follow are its own.
    pub fn begin(&mut self, metric: Metric) {
        self.all.push(Family { metric, points: BTreeMap::new() });
    }

    /// Adds a point to the metric that was begun last; one that is not known is left out,
    /// as is a second one with the same labels.
    pub fn point<V: Into<Value>>(&mut self, labels: &[(&'static str, &str)], value: Option<V>) {
        let (Some(family), Some(value)) = (self.all.last_mut(), value) else { return };
        let labels = labels.iter().map(|(name, value)| (*name, (*value).to_string())).collect();
        family.points.entry(labels).or_insert(value.into());
    }

    /// What each point is called, with its labels.
    pub fn points(&self) -> impl Iterator<Item = (String, &[(&'static str, String)])> {
        self.all.iter().flat_map(|family| {
            let name = format!("{}{}", family.metric.family(), family.metric.kind.suffix());
            family.points.keys().map(move |labels| (name.clone(), labels.as_slice()))
        })
    }

    /// The whole of it. OpenMetrics ends with a line `# EOF`. Metrics without points are
    /// left out.
    pub fn text(self, dialect: Dialect) -> String {
        match dialect {
            Dialect::OpenMetrics => self.openmetrics(),
            Dialect::Plain => {
                let kinds = self.all.iter().map(|f| (f.metric.family(), f.metric.kind)).collect();
                plain::text(&self.openmetrics(), &kinds)
            }
        }
    }

    fn openmetrics(self) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut text = String::new();
        // writing to memory
        let _ = prometheus_client::encoding::text::encode(&mut text, &registry);
        text
    }
}

impl Collector for Families {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for Family { metric, points } in self.all.iter().filter(|f| !f.points.is_empty()) {
            let unit = (!metric.unit.is_empty()).then(|| Unit::Other(metric.unit.to_string()));
            let mut family = encoder.encode_descriptor(
                metric.name,
                metric.help,
                unit.as_ref(),
                metric.kind.metric_type(),
            )?;
            for (labels, value) in points {
                let labels = labels.as_slice();
                match metric.kind {
                    Kind::Info => family.encode_info(&labels)?,
                    // without labels there are no braces
                    kind if labels.is_empty() => put(&mut family, kind, *value)?,
                    kind => put(&mut family.encode_family(&labels)?, kind, *value)?,
                }
            }
        }
        Ok(())
    }
}

fn put(point: &mut MetricEncoder<'_>, kind: Kind, value: Value) -> fmt::Result {
    let none = None::<&Exemplar<NoLabelSet, f64>>;
    match (kind, value) {
        (Kind::Counter, Value::Whole(count)) => point.encode_counter(&count, none),
        (Kind::Counter, Value::Real(count)) => point.encode_counter(&count, none),
        (_, Value::Whole(level)) => point.encode_gauge(&level),
        (_, Value::Real(level)) => point.encode_gauge(&level),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Metric =
        Metric { name: "x_disk_read", kind: Kind::Counter, unit: "bytes", help: "Bytes read." };
    const LOAD: Metric = Metric { name: "x_load", kind: Kind::Gauge, unit: "", help: "Load." };
    const BUILD: Metric =
        Metric { name: "x_build", kind: Kind::Info, unit: "", help: "What runs." };

    fn families() -> Families {
        let mut families = Families::default();
        families.begin(READ);
        families.point(&[("disk", "a\"b\\c\nd")], Some(u64::MAX));
        families.point(&[("disk", "a\"b\\c\nd")], Some(1u64));
        families.begin(LOAD);
        families.point(&[], Some(0.5));
        families.point(&[("of", "nobody")], None::<u64>);
        families.begin(Metric { name: "x_without_points", ..LOAD });
        families.begin(BUILD);
        families.point(&[("version", "1")], Some(1u64));
        families
    }

    #[test]
    fn openmetrics_has_units_suffixes_escapes_and_an_end() {
        assert_eq!(
            families().text(Dialect::OpenMetrics),
            "# HELP x_disk_read_bytes Bytes read.\n\
             # TYPE x_disk_read_bytes counter\n\
             # UNIT x_disk_read_bytes bytes\n\
             x_disk_read_bytes_total{disk=\"a\\\"b\\\\c\\nd\"} 18446744073709551615\n\
             # HELP x_load Load.\n\
             # TYPE x_load gauge\n\
             x_load 0.5\n\
             # HELP x_build What runs.\n\
             # TYPE x_build info\n\
             x_build_info{version=\"1\"} 1\n\
             # EOF\n"
        );
    }

    #[test]
    fn the_older_format_names_what_its_points_are_called() {
        assert_eq!(
            families().text(Dialect::Plain),
            "# HELP x_disk_read_bytes_total Bytes read.\n\
             # TYPE x_disk_read_bytes_total counter\n\
             x_disk_read_bytes_total{disk=\"a\\\"b\\\\c\\nd\"} 18446744073709551615\n\
             # HELP x_load Load.\n\
             # TYPE x_load gauge\n\
             x_load 0.5\n\
             # HELP x_build_info What runs.\n\
             # TYPE x_build_info gauge\n\
             x_build_info{version=\"1\"} 1\n"
        );
    }

    #[test]
    fn points_have_names_and_labels() {
        let families = families();
        let points: Vec<_> = families.points().map(|(name, labels)| (name, labels.len())).collect();
        let names = [("x_disk_read_bytes_total", 1), ("x_load", 0), ("x_build_info", 1)];
        assert_eq!(points, names.map(|(name, labels)| (name.to_string(), labels)));
    }
}
