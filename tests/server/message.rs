//! The messages of Pyroscope as its server has them, for the server of these tests. They are
//! written down here a second time, so that a wrong field number is found.

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Ranged {
    #[prost(int64, tag = "1")]
    pub(crate) start: i64,
    #[prost(int64, tag = "2")]
    pub(crate) end: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct LabelNames {
    #[prost(string, repeated, tag = "1")]
    pub(crate) matchers: Vec<String>,
    #[prost(int64, tag = "2")]
    pub(crate) start: i64,
    #[prost(int64, tag = "3")]
    pub(crate) end: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct LabelValues {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, repeated, tag = "2")]
    pub(crate) matchers: Vec<String>,
    #[prost(int64, tag = "3")]
    pub(crate) start: i64,
    #[prost(int64, tag = "4")]
    pub(crate) end: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Series {
    #[prost(string, repeated, tag = "1")]
    pub(crate) matchers: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(crate) label_names: Vec<String>,
    #[prost(int64, tag = "3")]
    pub(crate) start: i64,
    #[prost(int64, tag = "4")]
    pub(crate) end: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Select {
    #[prost(string, tag = "1")]
    pub(crate) profile_type: String,
    #[prost(string, tag = "2")]
    pub(crate) selector: String,
    #[prost(int64, tag = "3")]
    pub(crate) start: i64,
    #[prost(int64, tag = "4")]
    pub(crate) end: i64,
    /// Of `SelectSeries`.
    #[prost(string, repeated, tag = "5")]
    pub(crate) group_by: Vec<String>,
    #[prost(int32, tag = "10")]
    pub(crate) exemplar_type: i32,
}

/// What `SelectSeries` and `SelectMergeStacktraces` have in field 6.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Step {
    #[prost(double, tag = "6")]
    pub(crate) seconds: f64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Format {
    #[prost(int64, optional, tag = "5")]
    pub(crate) max_nodes: Option<i64>,
    #[prost(int32, tag = "6")]
    pub(crate) format: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Strings {
    #[prost(string, repeated, tag = "1")]
    pub(crate) strings: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Type {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(string, tag = "4")]
    pub(crate) sample_type: String,
    #[prost(string, tag = "5")]
    pub(crate) sample_unit: String,
    #[prost(string, tag = "6")]
    pub(crate) period_type: String,
    #[prost(string, tag = "7")]
    pub(crate) period_unit: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Types {
    #[prost(message, repeated, tag = "1")]
    pub(crate) types: Vec<Type>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Stats {
    #[prost(bool, tag = "1")]
    pub(crate) ingested: bool,
    #[prost(int64, tag = "2")]
    pub(crate) oldest: i64,
    #[prost(int64, tag = "3")]
    pub(crate) newest: i64,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, prost::Message)]
pub(crate) struct Pair {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct LabelSet {
    #[prost(message, repeated, tag = "1")]
    pub(crate) labels: Vec<Pair>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct LabelSets {
    #[prost(message, repeated, tag = "2")]
    pub(crate) sets: Vec<LabelSet>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Point {
    #[prost(double, tag = "1")]
    pub(crate) value: f64,
    #[prost(int64, tag = "2")]
    pub(crate) timestamp: i64,
    #[prost(message, repeated, tag = "4")]
    pub(crate) exemplars: Vec<Exemplar>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Exemplar {
    #[prost(int64, tag = "1")]
    pub(crate) timestamp: i64,
    #[prost(string, tag = "2")]
    pub(crate) profile_id: String,
    #[prost(int64, tag = "4")]
    pub(crate) value: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Line {
    #[prost(message, repeated, tag = "1")]
    pub(crate) labels: Vec<Pair>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) points: Vec<Point>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Lines {
    #[prost(message, repeated, tag = "1")]
    pub(crate) series: Vec<Line>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct FlameGraph {
    #[prost(string, repeated, tag = "1")]
    pub(crate) names: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Pprof {
    #[prost(message, optional, tag = "1")]
    pub(crate) profile: Option<Profile>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Stacktraces {
    #[prost(message, optional, tag = "1")]
    pub(crate) flamegraph: Option<FlameGraph>,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) tree: Vec<u8>,
    #[prost(message, optional, tag = "5")]
    pub(crate) pprof: Option<Pprof>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ValueType {
    #[prost(int64, tag = "1")]
    pub(crate) kind: i64,
    #[prost(int64, tag = "2")]
    pub(crate) unit: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    pub(crate) locations: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    pub(crate) values: Vec<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Source {
    #[prost(uint64, tag = "1")]
    pub(crate) function: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Location {
    #[prost(uint64, tag = "1")]
    pub(crate) id: u64,
    #[prost(message, repeated, tag = "4")]
    pub(crate) lines: Vec<Source>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Function {
    #[prost(uint64, tag = "1")]
    pub(crate) id: u64,
    #[prost(int64, tag = "2")]
    pub(crate) name: i64,
}

/// `google.v1.Profile`
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Profile {
    #[prost(message, repeated, tag = "1")]
    pub(crate) sample_types: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) samples: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) locations: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    pub(crate) functions: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    pub(crate) strings: Vec<String>,
    #[prost(int64, tag = "9")]
    pub(crate) time: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Push {
    #[prost(message, repeated, tag = "1")]
    pub(crate) series: Vec<PushedSeries>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PushedSeries {
    #[prost(message, repeated, tag = "1")]
    pub(crate) labels: Vec<Pair>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) samples: Vec<PushedSample>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PushedSample {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) raw_profile: Vec<u8>,
}

/// `SelectMergeProfile` and `SelectMergeStacktraces`, without the format.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Merge {
    #[prost(string, tag = "1")]
    pub(crate) profile_type: String,
    #[prost(string, tag = "2")]
    pub(crate) selector: String,
    #[prost(int64, tag = "3")]
    pub(crate) start: i64,
    #[prost(int64, tag = "4")]
    pub(crate) end: i64,
}
