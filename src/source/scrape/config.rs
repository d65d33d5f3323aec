//! A file of targets, in the shape that Prometheus and Parca have: `scrape_configs` with
//! `static_configs` and `relabel_configs`.
//!
//! ```yaml
//! global: { scrape_interval: 15s }
//! scrape_configs:
//!   - job_name: shop
//!     profiles: [cpu, heap]
//!     static_configs:
//!       - targets: [cart:6060, search:6060]
//!         labels: { env: production }
//!     relabel_configs:
//!       - { source_labels: [__address__], regex: "([^:]+):.*", target_label: service }
//! ```
//!
//! A field that is not known is an error: it would mean something else here than where it was
//! copied from.

use std::path::Path;
use std::time::Duration;

use regex::Regex;
use serde::Deserialize;

use super::endpoint::Endpoint;
use super::login::Login;
use super::relabel::{Action, Relabel, TargetLabels, relabelled};
use super::target::{FOLDER, SHORTEST, Target, Usual, place};
use super::yaml;
use crate::profile::Labels;
use crate::profile::label::anchored;
use crate::quantity::Span;

/// Why a file of targets cannot be used, with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

type Result<T> = std::result::Result<T, ConfigError>;

fn wrong<T>(text: String) -> Result<T> {
    Err(ConfigError(text))
}

/// How a file is read.
pub struct Reading<'a> {
    /// For what the file does not say.
    pub usual: &'a Usual,
    /// The folder of the file, where relative paths start.
    pub folder: &'a Path,
    /// Reads `15s`.
    pub span: fn(&str) -> Option<Span>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    global: Global,
    scrape_configs: Vec<Job>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Global {
    scrape_interval: Option<String>,
    scrape_timeout: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Job {
    job_name: String,
    scrape_interval: Option<String>,
    scrape_timeout: Option<String>,
    scheme: Option<String>,
    metrics_path: Option<String>,
    profiles: Option<Vec<String>>,
    basic_auth: Option<BasicAuth>,
    authorization: Option<Authorization>,
    #[serde(default)]
    static_configs: Vec<StaticConfig>,
    #[serde(default)]
    relabel_configs: Vec<RelabelConfig>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BasicAuth {
    username: String,
    password: Option<String>,
    password_file: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authorization {
    #[serde(rename = "type")]
    scheme: Option<String>,
    credentials: Option<String>,
    credentials_file: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StaticConfig {
    targets: Vec<String>,
    #[serde(default)]
    labels: TargetLabels,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RelabelConfig {
    #[serde(default)]
    source_labels: Vec<String>,
    separator: Option<String>,
    regex: Option<String>,
    target_label: Option<String>,
    replacement: Option<String>,
    action: Option<String>,
}

/// The targets of a file that are not dropped.
pub fn targets(text: &str, reading: &Reading<'_>) -> Result<Vec<Target>> {
    let file: File = yaml::read(text).map_err(ConfigError)?;
    let mut targets: Vec<Target> = Vec::new();
    for job in &file.scrape_configs {
        for target in job.targets(&file.global, reading)? {
            match targets.iter().find(|known| known.labels == target.labels) {
                None => targets.push(target),
                // Named twice.
                Some(known) if known.address == target.address => {}
                Some(known) => {
                    return wrong(format!(
                        "{} and {} have the same labels {{{}}}, and would be one series; do not \
                         replace `instance` by a value that they share",
                        known.address, target.address, target.labels
                    ));
                }
            }
        }
    }
    Ok(targets)
}

impl Job {
    fn targets(&self, global: &Global, reading: &Reading<'_>) -> Result<Vec<Target>> {
        let in_job = |error: ConfigError| ConfigError(format!("job `{}`: {error}", self.job_name));
        let every = self.scrape_interval.as_ref().or(global.scrape_interval.as_ref());
        let timeout = self.scrape_timeout.as_ref().or(global.scrape_timeout.as_ref());
        let every = span(every, reading.usual.every, reading.span).map_err(in_job)?;
        if every < SHORTEST {
            return Err(in_job(ConfigError("an interval lasts at least 2s".to_owned())));
        }
        let common = Common {
            login: self.login(reading.folder).map_err(in_job)?,
            steps: self.steps().map_err(in_job)?,
            endpoints: self.endpoints(reading.usual).map_err(in_job)?,
            every,
            timeout: span(timeout, reading.usual.timeout, reading.span).map_err(in_job)?,
        };
        let named =
            self.static_configs.iter().flat_map(|of| of.targets.iter().map(move |t| (t, of)));
        let targets = named.map(|(name, of)| self.target(name, of, &common, reading.usual));
        let targets = targets.collect::<Result<Vec<_>>>().map_err(in_job)?;
        Ok(targets.into_iter().flatten().collect())
    }

    /// A target; none if it is dropped.
    fn target(
        &self,
        name: &str,
        of: &StaticConfig,
        common: &Common,
        usual: &Usual,
    ) -> Result<Option<Target>> {
        if name.contains(['/', '@']) {
            return wrong(
                "a target is host:port; `scheme`, `metrics_path` and `basic_auth` say \
                          the rest"
                    .to_owned(),
            );
        }
        let own = [
            ("job", self.job_name.as_str()),
            ("__address__", name),
            ("__scheme__", self.scheme.as_deref().unwrap_or("http")),
            ("__metrics_path__", self.metrics_path.as_deref().unwrap_or(FOLDER)),
        ];
        let mut labels: TargetLabels =
            own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        labels.extend(of.labels.clone());
        let Some(labels) = relabelled(labels, &common.steps) else { return Ok(None) };
        let label = |name| labels.get(name).map(String::as_str).unwrap_or_default();
        let host = label("__address__");
        let url = format!("{}://{host}{}", label("__scheme__"), label("__metrics_path__"));
        let Ok((address, None)) = place(&url) else {
            return wrong(format!("`{url}` is not the address of a target"));
        };
        let instance = [("instance", host)].into_iter().collect::<Labels>();
        let kept = labels.iter().filter(|(name, _)| !name.starts_with("__"));
        let kept: Labels = kept.map(|(name, value)| (&**name, &**value)).collect();
        Ok(Some(Target {
            address,
            login: common.login.clone(),
            labels: instance.overlaid(&kept).overlaid(&usual.labels),
            endpoints: common.endpoints.clone(),
            every: common.every,
            timeout: common.timeout,
        }))
    }

    fn endpoints(&self, usual: &Usual) -> Result<Vec<Endpoint>> {
        let Some(names) = &self.profiles else { return Ok(usual.endpoints.clone()) };
        Endpoint::list(names.iter().map(String::as_str)).or_else(|name| wrong(unknown(name)))
    }

    fn login(&self, folder: &Path) -> Result<Option<Login>> {
        match (&self.basic_auth, &self.authorization) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => {
                wrong("`basic_auth` and `authorization` are there; leave one out".to_owned())
            }
            (Some(basic), None) => {
                let password = secret(&basic.password, &basic.password_file, folder)?;
                Ok(Some(Login::basic(&basic.username, &password)))
            }
            (None, Some(token)) => {
                let secret = secret(&token.credentials, &token.credentials_file, folder)?;
                let login = Login::token(token.scheme.as_deref().unwrap_or("Bearer"), &secret);
                login.map(Some).ok_or_else(|| {
                    ConfigError("`credentials` is not one line of visible letters".to_owned())
                })
            }
        }
    }

    fn steps(&self) -> Result<Vec<Relabel>> {
        self.relabel_configs.iter().map(RelabelConfig::step).collect()
    }
}

/// What all targets of a job have.
struct Common {
    login: Option<Login>,
    steps: Vec<Relabel>,
    endpoints: Vec<Endpoint>,
    every: Duration,
    timeout: Duration,
}

impl RelabelConfig {
    fn step(&self) -> Result<Relabel> {
        let action = self.action.as_deref().unwrap_or("replace").to_ascii_lowercase();
        let action = match &*action {
            "keep" => Action::Keep,
            "drop" => Action::Drop,
            "replace" => match &self.target_label {
                Some(label) => Action::Replace {
                    target_label: label.clone(),
                    replacement: self.replacement.clone().unwrap_or_else(|| "$1".to_owned()),
                },
                None => return wrong("`replace` needs a `target_label`".to_owned()),
            },
            other => {
                return wrong(format!(
                    "the action `{other}` is not known; there are replace, keep and drop"
                ));
            }
        };
        let pattern = self.regex.as_deref().unwrap_or("(.*)");
        let regex: Regex = anchored(pattern)
            .or_else(|error| wrong(format!("`{pattern}` is not a regex: {error}")))?;
        Ok(Relabel {
            source_labels: self.source_labels.clone(),
            separator: self.separator.clone().unwrap_or_else(|| ";".to_owned()),
            regex,
            action,
        })
    }
}

/// What is said of a profile that Go does not have.
pub fn unknown(name: &str) -> String {
    let known = Endpoint::ALL.map(Endpoint::name).join(", ");
    format!("there is no profile `{name}`; there are {known}")
}

fn span(
    text: Option<&String>,
    usual: Duration,
    parse: fn(&str) -> Option<Span>,
) -> Result<Duration> {
    let Some(text) = text else { return Ok(usual) };
    match parse(text) {
        Some(span) if span.0 > 0 => Ok(Duration::from_nanos(span.0.unsigned_abs())),
        _ => wrong(format!("`{text}` is not a duration; write 15s or 1m")),
    }
}

/// A secret itself, or from its file, whose white space at the ends does not count.
fn secret(text: &Option<String>, file: &Option<String>, folder: &Path) -> Result<String> {
    match (text, file) {
        (Some(text), None) => Ok(text.clone()),
        (None, Some(file)) => match std::fs::read_to_string(folder.join(file)) {
            Ok(text) => Ok(text.trim().to_owned()),
            Err(error) => wrong(format!("`{file}` cannot be read: {}", error.kind())),
        },
        (None, None) => Ok(String::new()),
        (Some(_), Some(_)) => {
            wrong("a secret and the file of it are there; leave one out".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Target>> {
        let usual = Usual {
            every: Duration::from_secs(15),
            timeout: Duration::from_secs(10),
            endpoints: Endpoint::ALL.to_vec(),
            labels: [("team", "shop")].into_iter().collect(),
        };
        let seconds = |text: &str| text.strip_suffix('s')?.parse().ok().map(Span::seconds);
        targets(text, &Reading { usual: &usual, folder: Path::new("."), span: seconds })
    }

    fn shown(targets: &[Target]) -> Vec<String> {
        let line = |t: &Target| format!("{} {{{}}} {:?}", t.address, t.labels, t.every);
        targets.iter().map(line).collect()
    }

    #[test]
    fn a_file_of_prometheus_names_targets() {
        let targets = read(
            "global:\n  scrape_interval: 30s\nscrape_configs:\n\
             - job_name: shop\n  scrape_interval: 10s\n  profiles: [heap, cpu]\n  \
               basic_auth: {username: u, password: s3cret}\n  static_configs:\n  \
               - targets: ['cart:6060', 'search:6060', 'old:6060']\n    labels: {env: prod}\n  \
               relabel_configs:\n  \
               - {source_labels: [__address__], regex: '(.*):.*', target_label: service}\n  \
               - {source_labels: [service], regex: old, action: drop}\n\
             - job_name: web\n  scheme: https\n  metrics_path: /x/pprof\n  static_configs:\n  \
               - targets: [web]\n",
        )
        .expect("targets");
        assert_eq!(
            shown(&targets),
            [
                "http://cart:6060/debug/pprof {env=\"prod\", instance=\"cart:6060\", job=\"shop\", \
                 service=\"cart\", team=\"shop\"} 10s",
                "http://search:6060/debug/pprof {env=\"prod\", instance=\"search:6060\", \
                 job=\"shop\", service=\"search\", team=\"shop\"} 10s",
                "https://web/x/pprof {instance=\"web\", job=\"web\", team=\"shop\"} 30s",
            ]
        );
        assert_eq!(targets[0].endpoints, [Endpoint::Cpu, Endpoint::Heap]);
        assert_eq!(targets[2].endpoints, Endpoint::ALL);
        assert!(!format!("{targets:?}").contains("s3cret"));
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        let job = |rest: &str| format!("scrape_configs:\n- job_name: shop\n{rest}");
        for (text, parts) in [
            (job("  scrape_intervall: 10s\n"), &["scrape_intervall", "line 3"][..]),
            (job("  scrape_interval: often\n"), &["job `shop`", "`often`", "15s"]),
            (job("  scrape_interval: 1s\n"), &["job `shop`", "2s"]),
            (job("  profiles: [heep]\n"), &["`heep`", "heap"]),
            (
                job("  relabel_configs:\n  - {action: labelmap}\n"),
                &["`labelmap`", "replace, keep and drop"],
            ),
            (job("  relabel_configs:\n  - {regex: '('}\n"), &["target_label"]),
            (
                job("  relabel_configs:\n  - {regex: '(', action: keep}\n"),
                &["job `shop`", "`(` is not a regex"],
            ),
            (job("  static_configs:\n  - targets: ['http://u:s3cret@h']\n"), &["host:port"]),
            (
                job("  basic_auth: {username: u, password_file: no/such/file}\n"),
                &["no/such/file", "cannot be read"],
            ),
            (job("  basic_auth: {username: u, password: [s3cret]}\n"), &["line 3"]),
            (
                job("  static_configs:\n  - {targets: [a, b], labels: {instance: x}}\n"),
                &["http://a", "http://b", "same labels"],
            ),
            ("job_name: shop\n".to_owned(), &["job_name", "scrape_configs"]),
        ] {
            let error = read(&text).expect_err(&text).to_string();
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn a_target_that_is_named_twice_is_one() {
        let text = "scrape_configs:\n- job_name: a\n  static_configs:\n  - targets: [h:1, h:1]\n";
        assert_eq!(read(text).map(|targets| targets.len()), Ok(1));
    }
}
