//! Links to the page of Grafana that shows the same selection. They are read here as
//! Grafana reads them.

use std::collections::BTreeMap;

use flamebook::eval::result::value::{Header, Outcome};
use flamebook::view::bundle::Mime;
use flamebook::view::{self, Screen};
use percent_encoding::percent_decode_str;

use super::pyroscope::{CPU, IN_USE, START, serve, shop};
use super::{WINDOW, only, open};
use crate::cells::Cells;
use flamebook::work::Work;

const GRAFANA: &str = "https://grafana.example/team";
/// The last millisecond of the window.
const LAST: i64 = START + 120_000 - 1;

/// The path of a link, and the values of each parameter.
fn read(link: &str) -> (String, BTreeMap<String, Vec<String>>) {
    let (path, query) = link.split_once('?').expect("parameters");
    let mut parameters = BTreeMap::<String, Vec<String>>::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').expect("a value");
        let value = percent_decode_str(value).decode_utf8().expect("text").into_owned();
        parameters.entry(name.to_owned()).or_default().push(value);
    }
    (path.to_owned(), parameters)
}

/// Label, operator and value of a filter: `pod|=~|a__gfp__b`.
fn filter(text: &str) -> [String; 3] {
    let parts = text.split('|').map(|part| {
        assert!(!part.contains([',', '#']), "{text}");
        part.replace("__gfp__", "|").replace("__gfc__", ",").replace("__gfh__", "#")
    });
    parts.collect::<Vec<_>>().try_into().expect("three parts")
}

fn link(header: &Header) -> &str {
    header.page.as_deref().expect("a link")
}

fn linked(cells: &mut Cells, code: &str) -> Outcome {
    cells.run(&format!("set grafana {GRAFANA:?}"));
    only(cells, code)
}

#[test]
fn a_result_links_to_the_same_selection_in_drilldown() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    for (matchers, filters) in [
        ("", &[][..]),
        (", pod=\"a\"", &[["pod", "=", "a"]][..]),
        (
            ", pod=~\"a|b\", version!=\"3,4#5\", service_name!~\"x\\\\.y.*\"",
            &[
                ["pod", "=~", "a|b"],
                ["version", "!=", "3,4#5"],
                // Between quotes, as the server reads it.
                ["service_name", "!~", r"x\\.y.*"],
            ],
        ),
    ] {
        for (kind, id) in [("cpu", CPU), ("inuse_space", IN_USE)] {
            let code = format!("{kind}{{service_name=\"shop\"{matchers}}}{WINDOW} | flame");
            let outcome = linked(&mut cells, &code);
            let (path, parameters) = read(link(&outcome.header));
            assert_eq!(path, format!("{GRAFANA}/a/grafana-pyroscope-app/explore"));
            let filtered = parameters.get("var-filters").cloned().unwrap_or_default();
            let found: Vec<_> = filtered.iter().map(|text| filter(text)).collect();
            assert_eq!(found, filters, "{code}");
            for (name, value) in [
                ("explorationType", "flame-graph"),
                ("var-serviceName", "shop"),
                ("var-profileMetricId", id),
                ("from", &START.to_string()),
                ("to", &LAST.to_string()),
            ] {
                assert_eq!(parameters[name], [value], "{name} of {code}");
            }
            assert!(!parameters.contains_key("var-dataSource"), "it is not known");
        }
    }
}

#[test]
fn a_data_source_is_named_and_several_services_are_shown_by_explore() {
    let web = serve(shop(), true);
    let mut cells = Cells::new("");
    cells.run(&format!("use \"{}/api/datasources/proxy/uid/ab-1\"", web.address()));
    let outcome = linked(&mut cells, &format!("cpu{{service_name=\"shop\"}}{WINDOW} | flame"));
    assert_eq!(read(link(&outcome.header)).1["var-dataSource"], ["ab-1"]);
    let outcome = linked(&mut cells, &format!("cpu{{pod!=\"a\"}}{WINDOW} | flame"));
    let (path, parameters) = read(link(&outcome.header));
    assert_eq!(path, format!("{GRAFANA}/explore"));
    let panes: serde_json::Value = serde_json::from_str(&parameters["panes"][0]).expect("JSON");
    let pane = &panes["a"];
    let query = &pane["queries"][0];
    assert_eq!(
        (&pane["datasource"], &query["datasource"]["uid"]),
        (&"ab-1".into(), &"ab-1".into())
    );
    assert_eq!(query["profileTypeId"], CPU);
    assert_eq!(query["labelSelector"], r#"{pod!="a"}"#);
    assert_eq!(pane["range"]["from"], START.to_string());
    assert_eq!(pane["range"]["to"], LAST.to_string());
    // Without a data source there is no page of several services.
    let mut cells = open(&web);
    let outcome = linked(&mut cells, &format!("cpu{{pod!=\"a\"}}{WINDOW} | flame"));
    assert_eq!(outcome.header.page, None);
}

/// The plain text and the html of a result.
fn drawn(outcome: &Outcome) -> [String; 2] {
    let bundle = view::render(outcome, Work::unattended()).expect("no interrupt");
    [
        view::plain(outcome, Screen::PIPE, Work::unattended()).expect("no interrupt"),
        bundle.get(Mime::Html).expect("html").to_owned(),
    ]
}

#[test]
fn the_link_is_in_the_header_of_each_view_and_of_both_sides_of_a_diff() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    let selection = format!("cpu{{service_name=\"shop\", version=\"2\"}}{WINDOW}");
    for view in
        ["flame", "top 3", "by (pod) | table", "timeline", "diff {version=\"1\"}", "describe"]
    {
        let outcome = linked(&mut cells, &format!("{selection} | {view}"));
        let [text, html] = drawn(&outcome);
        if view == "describe" {
            continue;
        }
        let escaped = link(&outcome.header).replace('&', "&amp;");
        assert!(text.contains(&format!("in Grafana: {}", link(&outcome.header))), "{view}: {text}");
        assert!(html.contains(&format!("<a href=\"{escaped}\"")), "{view}");
        let sides = outcome.header.baseline.iter().map(|baseline| link(baseline));
        for before in sides {
            assert!(before.contains("version%7C%3D%7C1"), "{before}");
            assert!(link(&outcome.header).contains("version%7C%3D%7C2"));
            assert!(text.contains(before) && html.contains(&before.replace('&', "&amp;")));
        }
    }
    let outcome = only(&mut cells, &format!("set grafana off; {selection} | flame"));
    assert!(outcome.header.page.is_none() && !drawn(&outcome)[0].contains("Grafana"));
    let error = cells.error("set grafana \"javascript:alert(1)\"");
    assert!(error.contains("takes an address"), "{error}");
    // Files have no page.
    let mut files = Cells::over("".as_ref(), "demo:");
    let outcome = linked(&mut files, "cpu | flame");
    assert_eq!(outcome.header.page, None);
}
