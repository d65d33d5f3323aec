//! The page of Grafana that shows a selection of a server.
//!
//! A selection of one service is shown by Profiles Drilldown, whose parameters are those of
//! `src/links.ts` in <https://github.com/grafana/profiles-drilldown>; filters are escaped as
//! by <https://github.com/grafana/scenes> (`AdHocFiltersVariableUrlSyncHandler`). Any other
//! selection is shown by Explore, which has to be told the data source.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::selector::{literal, selector};
use super::span::Range;
use crate::http::Address;
use crate::profile::{LabelMatcher, MatchOp, ProfileType};

/// In the address of a data source of Grafana, which ends with its uid.
pub(super) const PROXY: &str = "/api/datasources/proxy/uid/";
/// The label that Drilldown calls the service.
const SERVICE: &str = "service_name";
/// Left as they are in a parameter.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b':');

/// What a page shows.
pub(super) struct Shown<'a> {
    pub(super) kind: &'a ProfileType,
    pub(super) matchers: &'a [LabelMatcher],
    pub(super) range: Range,
}

/// The address of the page; none if the address of Grafana is not one, or if the selection
/// is that of several services and the data source is not known.
pub(super) fn page(grafana: &str, server: &Address, shown: &Shown<'_>) -> Option<String> {
    let grafana = Address::parse(grafana)?;
    let server = server.to_string();
    let data_source = server.split_once(PROXY).map(|(_, uid)| uid);
    let service = shown.matchers.iter().find_map(|matcher| match &matcher.op {
        MatchOp::Equal(service) if &*matcher.name == SERVICE => Some(&**service),
        _ => None,
    });
    match (service, data_source) {
        (Some(service), _) => Some(drilldown(&grafana, data_source, service, shown)),
        (None, Some(uid)) => Some(explore(&grafana, uid, shown)),
        (None, None) => None,
    }
}

fn drilldown(
    grafana: &Address,
    data_source: Option<&str>,
    service: &str,
    shown: &Shown<'_>,
) -> String {
    let Range { first, last } = shown.range;
    let mut parameters = vec![("explorationType", "flame-graph".to_owned())];
    parameters.extend(data_source.map(|uid| ("var-dataSource", uid.to_owned())));
    parameters.push(("var-serviceName", service.to_owned()));
    parameters.push(("var-profileMetricId", shown.kind.id.to_string()));
    let others = shown
        .matchers
        .iter()
        .filter(|matcher| !(&*matcher.name == SERVICE && matches!(matcher.op, MatchOp::Equal(_))));
    parameters.extend(others.map(|matcher| {
        let (op, value) = literal(&matcher.op);
        ("var-filters", format!("{}|{op}|{}", field(&matcher.name), field(&value)))
    }));
    parameters.extend([("from", first.to_string()), ("to", last.to_string())]);
    let parameters = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    let parameters = parameters.collect::<Vec<_>>().join("&");
    format!("{grafana}/a/grafana-pyroscope-app/explore?{parameters}")
}

/// A part of a filter, without the signs that separate the parts.
fn field(text: &str) -> String {
    text.replace('|', "__gfp__").replace(',', "__gfc__").replace('#', "__gfh__")
}

fn explore(grafana: &Address, uid: &str, shown: &Shown<'_>) -> String {
    let Range { first, last } = shown.range;
    let query = json!({
        "refId": "A",
        "datasource": {"type": "grafana-pyroscope-datasource", "uid": uid},
        "queryType": "profile",
        "profileTypeId": &*shown.kind.id,
        "labelSelector": selector(shown.matchers),
        "groupBy": [],
    });
    let range = json!({"from": first.to_string(), "to": last.to_string()});
    let panes = json!({"a": {"datasource": uid, "queries": [query], "range": range}});
    format!("{grafana}/explore?schemaVersion=1&panes={}", encoded(&panes.to_string()))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}
