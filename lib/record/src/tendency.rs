//! What series of figures tell: where they go, what goes with what, what comes again.

use crate::unit::Nullable;
use crate::wire;
use crate::wire::RecordDoc;

/// The records of this file, for the page.
pub(crate) fn catalogue() -> [RecordDoc; 6] {
    [
        RecordDoc::of::<Outlook>(),
        RecordDoc::of::<Trend>(),
        RecordDoc::of::<Relation>(),
        RecordDoc::of::<Pattern>(),
        RecordDoc::of::<ScalingPoint>(),
        RecordDoc::of::<Scaling>(),
    ]
}

wire! {
    /// What a figure will be a while ahead, how good such forecasts of it were, and when it reaches a threshold.
    pub struct Outlook = "outlook", r#"{"type":"outlook","series":"memory used_bytes","n":600,"step_s":1.0,"horizon_s":300.0,"last":5.5,"forecast":6.0,"low":5.0,"high":7.25,"tested":120,"error":0.25,"error_naive":0.5,"inside":0.9,"threshold":9.0,"reach_s":900.0,"reach_low_s":700.0,"verdict":"reached in 15 min (not before 11 min 40 s)"}"# {
        /// The figure.
        pub series: String,
        /// How many values were read.
        pub n: u64,
        /// Seconds between two of them.
        pub step_s: Nullable<f64>,
        /// How far ahead the forecast is.
        pub horizon_s: Nullable<f64>,
        /// The last value.
        pub last: Nullable<f64>,
        /// What will be, as likely above it as below; null where there are too few values.
        pub forecast: Nullable<f64>,
        /// Lower end of its 90 % interval; null before 19 forecasts could be held against what came.
        pub low: Nullable<f64>,
        /// Upper end.
        pub high: Nullable<f64>,
        /// Forecasts of the second half of the series that were held against what came.
        pub tested: u64,
        /// The mean of their absolute errors.
        pub error: Nullable<f64>,
        /// The same, had it been said that nothing changes.
        pub error_naive: Nullable<f64>,
        /// The share of them whose interval held what came.
        pub inside: Nullable<f64>,
        /// What was asked for with --threshold.
        pub threshold: Option<f64>,
        /// Seconds until it is reached, where it is in sight.
        pub reach_s: Option<f64>,
        /// The same at the steep end of the slope's 90 % interval.
        pub reach_low_s: Option<f64>,
        /// What that means, in words.
        pub verdict: String,
        /// Where each value is a run: how many runs ahead the forecast is. The times are then those between runs, null where nobody knows them.
        pub horizon_runs: Option<u64>,
        /// Runs until the threshold is reached.
        pub reach_runs: Option<u64>,
        /// The same at the steep end of the slope's 90 % interval.
        pub reach_low_runs: Option<u64>,
    }
}

wire! {
    /// Whether a figure rises or falls steadily.
    pub struct Trend = "trend", r#"{"type":"trend","series":"op build wall_s","n":40,"from":1700000000.0,"to":1700086400.0,"median":60.0,"slope_h":0.5,"low_h":0.25,"high_h":0.75,"change":12.0,"chance":0.001,"corrected":0.004,"verdict":"rises"}"# {
        /// The figure.
        pub series: String,
        /// How many values were read.
        pub n: u64,
        /// When the first of them was, in seconds.
        pub from: f64,
        /// When the last of them was.
        pub to: f64,
        /// Their median.
        pub median: f64,
        /// Median slope, an hour.
        pub slope_h: f64,
        /// Lower end of its 95 % interval.
        pub low_h: f64,
        /// Upper end.
        pub high_h: f64,
        /// The slope over the whole time.
        pub change: f64,
        /// The chance of such a rise or fall without a trend, corrected for autocorrelation.
        pub chance: f64,
        /// The same, corrected for the number of figures.
        pub corrected: f64,
        /// rises, falls or none.
        pub verdict: String,
    }
}

wire! {
    /// Two figures that go together.
    pub struct Relation = "relation", r#"{"type":"relation","series":"disk vda util","with":"op copy wall_s","lag_s":3.0,"rho":0.75,"n":600,"independent":150,"chance":0.0001,"corrected":0.01}"# {
        /// The figure that comes first, where one does.
        pub series: String,
        /// The one that follows.
        pub with: String,
        /// How many seconds later it follows.
        pub lag_s: f64,
        /// Spearman's rank correlation of their changes, -1 to 1.
        pub rho: f64,
        /// How many pairs of values there are.
        pub n: u64,
        /// How many independent pairs they are worth.
        pub independent: u64,
        /// The chance of such a correlation without any, corrected for the lags that were tried.
        pub chance: f64,
        /// The same, corrected for the number of pairs of figures.
        pub corrected: f64,
    }
}

wire! {
    /// Something that comes again: a spell in which a figure is far above its usual value, at a time of the day or beside a command.
    pub struct Pattern = "pattern", r#"{"type":"pattern","series":"cpu busy","kind":"hour","when":"03:00","n":14,"hits":12,"share":0.857143,"low":0.601,"high":0.96,"usual":0.05,"lift":17.142857,"chance":0.0001,"corrected":0.002,"tested":7,"right":6,"precision":0.857143}"# {
        /// The figure.
        pub series: String,
        /// hour (of the day, UTC) or command.
        pub kind: String,
        /// The hour, or the operation.
        pub when: String,
        /// How many times there were: days with that hour, or runs of the operation.
        pub n: u64,
        /// In how many of them the figure was far above its usual value.
        pub hits: u64,
        /// Their share.
        pub share: f64,
        /// Lower end of its 95 % interval.
        pub low: f64,
        /// Upper end.
        pub high: f64,
        /// The share at all other times.
        pub usual: f64,
        /// How many times as often as at other times; null where it never was then.
        pub lift: Nullable<f64>,
        /// The chance of so many hits without any pattern.
        pub chance: f64,
        /// The same, corrected for all that was looked at.
        pub corrected: f64,
        /// Back-test: times in the second half that the pattern, found in the first half alone, told to be hits.
        pub tested: u64,
        /// How many of them were.
        pub right: u64,
        /// Their share; null where the first half alone did not show the pattern.
        pub precision: Nullable<f64>,
    }
}

wire! {
    /// Throughput of runs at one concurrency.
    pub struct ScalingPoint = "scaling.point", r#"{"type":"scaling.point","dataset":"sweep","concurrency":4.0,"n":3,"rate":3.5,"speedup":3.5,"efficiency":0.875,"fitted":3.45}"# {
        /// Name of the file, or of all logs together.
        pub dataset: String,
        /// How many were at work at once.
        pub concurrency: f64,
        /// How many runs.
        pub n: u64,
        /// The median of their rates, operations a second or what the file has.
        pub rate: f64,
        /// The rate over that of one worker: measured, or else fitted.
        pub speedup: f64,
        /// The speedup over the concurrency.
        pub efficiency: f64,
        /// What the law of scalability says.
        pub fitted: f64,
    }
}

wire! {
    /// How throughput grows with concurrency, and what bounds it.
    pub struct Scaling = "scaling", r#"{"type":"scaling","dataset":"sweep","n":8,"sigma":0.02,"sigma_low":0.01,"sigma_high":0.03,"kappa":0.0005,"kappa_low":0.0,"kappa_high":0.001,"lambda":1.0,"lambda_low":0.9,"lambda_high":1.1,"serial":0.03,"serial_low":0.02,"serial_high":0.04,"knee":8.0,"peak":44.3,"peak_rate":18.2,"r2":0.99,"bound":"lock","verdict":"3 % of the work is serial"}"# {
        /// Name of the file, or of all logs together.
        pub dataset: String,
        /// How many measurements.
        pub n: u64,
        /// Contention, of the Universal Scalability Law; null where there are fewer than three concurrencies.
        pub sigma: Nullable<f64>,
        /// Lower end of its 95 % interval.
        pub sigma_low: Nullable<f64>,
        /// Upper end.
        pub sigma_high: Nullable<f64>,
        /// Coherence: what grows with the square of the concurrency.
        pub kappa: Nullable<f64>,
        /// Lower end of its 95 % interval.
        pub kappa_low: Nullable<f64>,
        /// Upper end.
        pub kappa_high: Nullable<f64>,
        /// The rate of one worker.
        pub lambda: Nullable<f64>,
        /// Lower end of its 95 % interval.
        pub lambda_low: Nullable<f64>,
        /// Upper end.
        pub lambda_high: Nullable<f64>,
        /// Serial share, of Amdahl's law.
        pub serial: Nullable<f64>,
        /// Lower end of its 95 % interval.
        pub serial_low: Nullable<f64>,
        /// Upper end.
        pub serial_high: Nullable<f64>,
        /// The concurrency from which on more of it adds little: where the line of one worker meets the ceiling.
        pub knee: Nullable<f64>,
        /// The concurrency of the highest rate; null where it grows on.
        pub peak: Nullable<f64>,
        /// The highest rate there is by the fit; null where it grows on.
        pub peak_rate: Nullable<f64>,
        /// The share of the variance that the fit explains.
        pub r2: Nullable<f64>,
        /// cpu, lock, disk, start, coherence, contention, limit or none.
        pub bound: String,
        /// What that rests on, with the number that decided.
        pub verdict: String,
    }
}
