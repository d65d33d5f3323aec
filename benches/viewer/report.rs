//! The table of a benchmark: medians, extremes, claimed limits and peers.

/// One line of the table.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) unit: &'static str,
    pub(crate) ours: Vec<f64>,
    /// The claimed limit of our worst run, or of our median.
    pub(crate) bound: Option<Bound>,
    pub(crate) peer: Option<Peer>,
}

/// A claimed limit of our own numbers.
pub(crate) enum Bound {
    Median(f64),
    Worst(f64),
}

/// The same measurement of another program in the same run.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) theirs: Vec<f64>,
    /// The claimed ratio of the medians; `None` for a peer shown without a claim.
    pub(crate) at_most: Option<f64>,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, unit: &'static str, ours: Vec<f64>) -> Row {
        Row { what: what.into(), unit, ours, bound: None, peer: None }
    }

    /// Claims that the median is at most `bound`.
    pub(crate) fn median_at_most(self, bound: f64) -> Row {
        Row { bound: Some(Bound::Median(bound)), ..self }
    }

    /// Claims that every run is at most `bound`.
    pub(crate) fn all_at_most(self, bound: f64) -> Row {
        Row { bound: Some(Bound::Worst(bound)), ..self }
    }

    pub(crate) fn against(self, name: &'static str, theirs: Vec<f64>, at_most: Option<f64>) -> Row {
        Row { peer: Some(Peer { name, theirs, at_most }), ..self }
    }

    fn bound(&self) -> (String, bool) {
        match self.bound {
            None => (String::new(), true),
            Some(Bound::Median(bound)) => (format!("{bound}"), median(&self.ours) <= bound),
            Some(Bound::Worst(bound)) => (format!("all {bound}"), most(&self.ours) <= bound),
        }
    }
}

pub(crate) fn print_table(rows: &[Row]) {
    println!();
    println!(
        "{:<50} {:>24} {:>9}  {:>26} {:>6} {:>8}",
        "", "flamebook (min .. max)", "at most", "peer (min .. max)", "ratio", "at most"
    );
    for row in rows {
        let (bound, is_held) = row.bound();
        let mut line = format!("{:<50} {:>24} {bound:>9}", row.what, spread(&row.ours, row.unit));
        let mut verdict = if is_held { "" } else { "  MISSED" };
        if let Some(peer) = &row.peer {
            let ratio = median(&row.ours) / median(&peer.theirs);
            let at_most = peer.at_most.map(|ratio| ratio.to_string()).unwrap_or_default();
            let theirs = spread(&peer.theirs, row.unit);
            line += &format!("  {theirs:>26} {ratio:>6.3} {at_most:>8}  {}", peer.name);
            if peer.at_most.is_some_and(|at_most| ratio > at_most) {
                verdict = "  MISSED";
            }
        }
        println!("{line}{verdict}");
    }
}

/// The processor and the number of its cores.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(": ")).map_or("unknown processor", |m| m.1);
    format!("{model}, {cores} cores")
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn most(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

/// The median, and the extremes if there was more than one run.
fn spread(values: &[f64], unit: &str) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = most(values);
    let digits = if most < 10.0 { 2 } else { 0 };
    let middle = median(values);
    match values.len() {
        1 => format!("{middle:.digits$} {unit}"),
        _ => format!("{middle:.digits$} {unit} ({least:.digits$} .. {most:.digits$})"),
    }
}
