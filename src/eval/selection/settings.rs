//! The settings of a session, as changed by `set`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::eval::result::scalar::Scalar;
use crate::eval::selection::clock::Clock;
use crate::eval::selection::scope::{Binding, Bindings};
use crate::eval::selection::server_settings::ServerSettings;
use crate::eval::selection::setting_value::{Target, bad_value, is_web_address};
use crate::lang::ast::{Name, RangeKind, SetValue};
use crate::lang::settings::Setting;
use crate::profile::noise::FALSE_DISCOVERIES;
use crate::profile::{ProfileType, Temporality};
use crate::quantity::{Quantity, Span, Timestamp, Unit};
use crate::source::{Source, UnpackLimit};

/// The settings of a session.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The value of `now` if it is not the end of the newest profile.
    pub now: Option<Timestamp>,
    /// The range of a selector without one.
    pub range: Option<Span>,
    /// How types merge over time, if not as their names and values say.
    pub temporalities: BTreeMap<Arc<str>, Temporality>,
    /// The address that `publish` uses by default.
    pub publish: Option<Arc<str>>,
    /// The size to which one file of `use` may unpack.
    pub unpack: UnpackLimit,
    /// The size of the results of earlier cells that are kept, in bytes.
    pub history: HistoryLimit,
    /// What a query may take of memory, in bytes; by default half of what is available.
    pub memory: Option<u64>,
    /// Whether comparisons use names as recorded, with what a run makes up in them.
    pub as_recorded: bool,
    pub fdr: FalseDiscoveries,
    pub servers: ServerSettings,
}

/// In bytes.
#[derive(Debug, Clone, Copy)]
pub struct HistoryLimit(pub u64);

impl Default for HistoryLimit {
    fn default() -> Self {
        HistoryLimit(256 << 20)
    }
}

/// The false discovery rate of a diff.
#[derive(Debug, Clone, Copy)]
pub struct FalseDiscoveries(pub f64);

impl Default for FalseDiscoveries {
    fn default() -> Self {
        FalseDiscoveries(FALSE_DISCOVERIES)
    }
}

impl Settings {
    /// How a type merges over time, if a setting says so.
    pub fn temporality(&self, kind: &ProfileType) -> Option<Temporality> {
        let setting = self.temporalities.iter().find(|(name, _)| kind.is_called(name));
        setting.map(|(_, temporality)| *temporality)
    }

    /// The settings that change the results of queries, as text.
    pub fn of_results(&self) -> String {
        format!("{:?}", (self.now, self.range, &self.temporalities, self.fdr, self.as_recorded))
    }

    /// Runs `set name value` and returns a note with the new value. `source` is the default
    /// one.
    pub fn set(
        &mut self,
        setting: Target<'_>,
        value: Option<&SetValue>,
        bindings: &Bindings,
        source: Option<&dyn Source>,
    ) -> Result<String, Diagnostic> {
        match setting.0.id {
            Setting::Now => self.set_now(setting, value, bindings, source),
            Setting::Range => self.set_range(setting, value, bindings),
            Setting::Gauge => self.set_temporality(setting, value, Temporality::Gauge),
            Setting::Cumulative => self.set_temporality(setting, value, Temporality::Cumulative),
            Setting::Delta => self.set_temporality(setting, value, Temporality::Delta),
            Setting::Publish => self.set_publish(setting, value, bindings),
            Setting::Cache
            | Setting::Grafana
            | Setting::Password
            | Setting::Tenant
            | Setting::Token
            | Setting::User => self.servers.set(setting, value, bindings),
            Setting::Fdr => self.set_fdr(setting, value, bindings),
            Setting::Normalise => self.set_normalise(setting, value),
            Setting::Unpack => {
                if let Some(size) = size(setting, value, bindings)? {
                    self.unpack = size.map_or_else(UnpackLimit::default, UnpackLimit);
                }
                Ok(format!("a file may unpack to {}", self.unpack))
            }
            Setting::History => {
                if let Some(size) = size(setting, value, bindings)? {
                    self.history = size.map_or_else(HistoryLimit::default, HistoryLimit);
                }
                Ok(format!("results of earlier cells may take {}", in_bytes(self.history.0)))
            }
            Setting::Memory => {
                if let Some(size) = size(setting, value, bindings)? {
                    self.memory = size;
                }
                Ok(match self.memory {
                    Some(bytes) => format!("a query may take {}", in_bytes(bytes)),
                    None => "a query may take half of the available memory".to_owned(),
                })
            }
        }
    }

    fn set_now(
        &mut self,
        setting: Target<'_>,
        value: Option<&SetValue>,
        bindings: &Bindings,
        source: Option<&dyn Source>,
    ) -> Result<String, Diagnostic> {
        match value {
            None => {}
            Some(SetValue::Time(time)) => {
                let (now, range) = (self.now, self.range);
                let clock = Clock { bindings, now, range, source, kind: None };
                self.now = Some(clock.time(time)?);
            }
            Some(SetValue::Name(name)) if &*name.text == "newest" => self.now = None,
            Some(SetValue::Name(name)) => match bindings.get(&name.text) {
                Some(Binding::Scalar(Scalar::Time(at))) => self.now = Some(*at),
                _ => return Err(bad_value(setting, "a time, such as 2026-03-01T10:00Z")),
            },
            Some(_) => return Err(bad_value(setting, "a time, such as 2026-03-01T10:00Z")),
        }
        Ok(match self.now {
            Some(now) => format!("now is {now}"),
            None => "now is the newest profile".to_owned(),
        })
    }

    fn set_range(
        &mut self,
        setting: Target<'_>,
        value: Option<&SetValue>,
        bindings: &Bindings,
    ) -> Result<String, Diagnostic> {
        match value {
            None => {}
            Some(SetValue::Range(range)) => match (&range.kind, &range.step) {
                (RangeKind::Last { length }, None) => {
                    self.range = Some(Clock::length(bindings, length)?);
                }
                _ => return Err(bad_value(setting, "a length of time, such as 1h")),
            },
            Some(SetValue::Name(name)) if &*name.text == "all" => self.range = None,
            Some(_) => return Err(bad_value(setting, "a length of time, such as 1h, or all")),
        }
        Ok(match self.range {
            Some(range) => format!("a selector without a range covers the last {range}"),
            None => "a selector without a range covers everything".to_owned(),
        })
    }

    /// The last setting of a type wins.
    fn set_temporality(
        &mut self,
        setting: Target<'_>,
        value: Option<&SetValue>,
        temporality: Temporality,
    ) -> Result<String, Diagnostic> {
        match value {
            None => {}
            Some(SetValue::Name(name) | SetValue::Text(name)) => {
                self.temporalities.insert(name.text.clone(), temporality);
            }
            Some(_) => return Err(bad_value(setting, "the name of a profile type")),
        }
        let types = self.temporalities.iter().filter(|(_, set)| **set == temporality);
        let types: Vec<&str> = types.map(|(name, _)| &**name).collect();
        let rule = match temporality {
            Temporality::Gauge => "averaged over time, in addition to inuse_* and goroutines",
            Temporality::Cumulative => "cumulative: their growth is added up over time",
            Temporality::Delta => "deltas: added up over time as recorded",
        };
        let types = if types.is_empty() { "none".to_owned() } else { types.join(", ") };
        Ok(format!("{rule}: {types}"))
    }

    fn set_publish(
        &mut self,
        setting: Target<'_>,
        value: Option<&SetValue>,
        bindings: &Bindings,
    ) -> Result<String, Diagnostic> {
        let variable = |name: &Name| match bindings.get(&name.text) {
            Some(Binding::Scalar(Scalar::Text(text))) => Some(Arc::from(text.as_str())),
            _ => None,
        };
        let address = match value {
            None => self.publish.clone(),
            Some(SetValue::Name(name)) if &*name.text == "off" => None,
            Some(SetValue::Text(text)) => Some(text.text.clone()),
            Some(SetValue::Name(name)) if variable(name).is_some() => variable(name),
            Some(_) => return Err(bad_value(setting, ADDRESS)),
        };
        if address.as_deref().is_some_and(|address| !is_web_address(address)) {
            return Err(bad_value(setting, ADDRESS));
        }
        self.publish = address;
        Ok(match &self.publish {
            Some(address) => format!("publish uploads to {address}"),
            None => "publish uploads only to an address that it names".to_owned(),
        })
    }

    fn set_fdr(
        &mut self,
        setting: Target<'_>,
        value: Option<&SetValue>,
        bindings: &Bindings,
    ) -> Result<String, Diagnostic> {
        let percent = match value {
            None => None,
            Some(SetValue::Name(name)) if &*name.text == "default" => {
                self.fdr = FalseDiscoveries::default();
                None
            }
            Some(SetValue::Number(number)) => Some((number.value, number.unit.clone())),
            Some(SetValue::Name(name)) => match bindings.get(&name.text) {
                Some(Binding::Scalar(Scalar::Number(Quantity { value, unit }))) => {
                    Some((*value, unit.clone()))
                }
                _ => return Err(bad_value(setting, RATE)),
            },
            Some(_) => return Err(bad_value(setting, RATE)),
        };
        match percent {
            None => {}
            Some((percent, Unit::Percent)) if percent > 0.0 && percent < 100.0 => {
                self.fdr = FalseDiscoveries(percent / 100.0);
            }
            Some(_) => return Err(bad_value(setting, RATE)),
        }
        let rate = Quantity::new(100.0 * self.fdr.0, Unit::Percent);
        Ok(format!("of the significant changes of a diff, {rate} may be chance"))
    }

    fn set_normalise(
        &mut self,
        setting: Target<'_>,
        value: Option<&SetValue>,
    ) -> Result<String, Diagnostic> {
        match value {
            None => {}
            Some(SetValue::Name(name) | SetValue::Text(name)) if &*name.text == "on" => {
                self.as_recorded = false;
            }
            Some(SetValue::Name(name) | SetValue::Text(name)) if &*name.text == "off" => {
                self.as_recorded = true;
            }
            Some(_) => return Err(bad_value(setting, "on or off")),
        }
        Ok(match self.as_recorded {
            false => "diff and compare leave out what a run makes up in names".to_owned(),
            true => "diff and compare use names as recorded".to_owned(),
        })
    }
}

/// The size that a setting is set to: none if it is only asked, and `Some(None)` for
/// `default`.
fn size(
    setting: Target<'_>,
    value: Option<&SetValue>,
    bindings: &Bindings,
) -> Result<Option<Option<u64>>, Diagnostic> {
    let size = match value {
        None => return Ok(None),
        Some(SetValue::Name(name)) if &*name.text == "default" => return Ok(Some(None)),
        Some(SetValue::Number(number)) => Some((number.value, number.unit.clone())),
        Some(SetValue::Name(name)) => match bindings.get(&name.text) {
            Some(Binding::Scalar(Scalar::Number(Quantity { value, unit }))) => {
                Some((*value, unit.clone()))
            }
            _ => None,
        },
        Some(_) => None,
    };
    match size {
        Some((bytes, Unit::Bytes)) if bytes >= 1.0 => Ok(Some(Some(bytes as u64))),
        _ => Err(bad_value(setting, SIZE)),
    }
}

fn in_bytes(bytes: u64) -> Quantity {
    Quantity::new(bytes as f64, Unit::Bytes)
}

const RATE: &str = "a percentage such as 1%, or default";

const SIZE: &str = "a size such as 8GiB, or default";

const ADDRESS: &str = "an address such as \"https://host\", or off";
