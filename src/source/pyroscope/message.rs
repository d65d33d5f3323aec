//! The messages of Pyroscope's services that Flamebook sends and reads.
//!
//! Field numbers are those of `querier/v1/querier.proto`, `push/v1/push.proto` and
//! `types/v1/types.proto`. Times are milliseconds since the Unix epoch, and both ends of a
//! range belong to it.

/// `SelectMergeStacktracesRequest.format`: a tree of functions.
pub(super) const TREE: i32 = 2;
/// The same: a whole profile, from 2.2 on.
pub(super) const PPROF: i32 = 4;
/// `SelectSeriesRequest.exemplar_type`: the single profiles of each point.
pub(super) const INDIVIDUAL: i32 = 2;

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct TypesRequest {
    #[prost(int64, tag = "1")]
    pub(super) start: i64,
    #[prost(int64, tag = "2")]
    pub(super) end: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Types {
    #[prost(message, repeated, tag = "1")]
    pub(super) types: Vec<Type>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Type {
    #[prost(string, tag = "1")]
    pub(super) id: String,
    #[prost(string, tag = "2")]
    pub(super) name: String,
    #[prost(string, tag = "4")]
    pub(super) sample_type: String,
    #[prost(string, tag = "5")]
    pub(super) sample_unit: String,
    #[prost(string, tag = "6")]
    pub(super) period_type: String,
    #[prost(string, tag = "7")]
    pub(super) period_unit: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct NamesRequest {
    #[prost(string, repeated, tag = "1")]
    pub(super) matchers: Vec<String>,
    #[prost(int64, tag = "2")]
    pub(super) start: i64,
    #[prost(int64, tag = "3")]
    pub(super) end: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ValuesRequest {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, repeated, tag = "2")]
    pub(super) matchers: Vec<String>,
    #[prost(int64, tag = "3")]
    pub(super) start: i64,
    #[prost(int64, tag = "4")]
    pub(super) end: i64,
}

/// The answer to both.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Names {
    #[prost(string, repeated, tag = "1")]
    pub(super) names: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SeriesRequest {
    #[prost(string, repeated, tag = "1")]
    pub(super) matchers: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(super) label_names: Vec<String>,
    #[prost(int64, tag = "3")]
    pub(super) start: i64,
    #[prost(int64, tag = "4")]
    pub(super) end: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct LabelSets {
    #[prost(message, repeated, tag = "2")]
    pub(super) sets: Vec<LabelSet>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct LabelSet {
    #[prost(message, repeated, tag = "1")]
    pub(super) labels: Vec<Pair>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Pair {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct TotalsRequest {
    #[prost(string, tag = "1")]
    pub(super) kind: String,
    #[prost(string, tag = "2")]
    pub(super) selector: String,
    #[prost(int64, tag = "3")]
    pub(super) start: i64,
    #[prost(int64, tag = "4")]
    pub(super) end: i64,
    #[prost(string, repeated, tag = "5")]
    pub(super) group_by: Vec<String>,
    /// In seconds.
    #[prost(double, tag = "6")]
    pub(super) step: f64,
    #[prost(int32, tag = "10")]
    pub(super) exemplars: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Totals {
    #[prost(message, repeated, tag = "1")]
    pub(super) series: Vec<Line>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Line {
    #[prost(message, repeated, tag = "1")]
    pub(super) labels: Vec<Pair>,
    #[prost(message, repeated, tag = "2")]
    pub(super) points: Vec<Point>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Point {
    #[prost(double, tag = "1")]
    pub(super) value: f64,
    #[prost(int64, tag = "2")]
    pub(super) timestamp: i64,
    #[prost(message, repeated, tag = "4")]
    pub(super) exemplars: Vec<Exemplar>,
}

/// A single profile, from 1.17 on.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Exemplar {
    #[prost(int64, tag = "1")]
    pub(super) timestamp: i64,
    #[prost(int64, tag = "4")]
    pub(super) value: i64,
}

/// `SelectMergeStacktraces`; without the format also `SelectMergeProfile`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct MergeRequest {
    #[prost(string, tag = "1")]
    pub(super) kind: String,
    #[prost(string, tag = "2")]
    pub(super) selector: String,
    #[prost(int64, tag = "3")]
    pub(super) start: i64,
    #[prost(int64, tag = "4")]
    pub(super) end: i64,
    /// A tree with more nodes is cut.
    #[prost(int64, optional, tag = "5")]
    pub(super) max_nodes: Option<i64>,
    #[prost(int32, tag = "6")]
    pub(super) format: i32,
}

/// A server before 2.2 answers with a flame graph, which is cut, instead.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Stacktraces {
    #[prost(bytes = "bytes", optional, tag = "1")]
    pub(super) flamegraph: Option<bytes::Bytes>,
    #[prost(bytes = "bytes", tag = "2")]
    pub(super) tree: bytes::Bytes,
    #[prost(message, optional, tag = "5")]
    pub(super) pprof: Option<Pprof>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Pprof {
    /// An encoded profile.
    #[prost(bytes = "bytes", tag = "1")]
    pub(super) profile: bytes::Bytes,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Nothing {}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Stats {
    #[prost(bool, tag = "1")]
    pub(super) has_data: bool,
    #[prost(int64, tag = "2")]
    pub(super) oldest: i64,
    #[prost(int64, tag = "3")]
    pub(super) newest: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PushRequest {
    #[prost(message, repeated, tag = "1")]
    pub(super) series: Vec<PushSeries>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PushSeries {
    #[prost(message, repeated, tag = "1")]
    pub(super) labels: Vec<Pair>,
    #[prost(message, repeated, tag = "2")]
    pub(super) samples: Vec<PushSample>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PushSample {
    /// Gzipped.
    #[prost(bytes = "bytes", tag = "1")]
    pub(super) raw_profile: bytes::Bytes,
}
