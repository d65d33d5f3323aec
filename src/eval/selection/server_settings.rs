//! The settings of servers: who asks, where answers are kept, and where Grafana is.
//!
//! `use` reads all but the last when it opens a server, so that two servers may be asked by
//! different tenants.

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::eval::result::scalar::Scalar;
use crate::eval::selection::scope::{Binding, Bindings};
use crate::eval::selection::setting_value::{Target, bad_value, is_web_address};
use crate::lang::ast::SetValue;
use crate::lang::settings::Setting;
use crate::source::ServerOptions;
use crate::source::pyroscope::Secret;

/// How `use` opens servers, and where their results link to.
#[derive(Debug, Clone, Default)]
pub struct ServerSettings {
    pub options: ServerOptions,
    /// The address of Grafana.
    pub grafana: Option<Arc<str>>,
}

impl ServerSettings {
    /// Runs `set` for a setting of servers and returns a note with the new value.
    pub(super) fn set(
        &mut self,
        setting: Target<'_>,
        value: Option<&SetValue>,
        bindings: &Bindings,
    ) -> Result<String, Diagnostic> {
        let ServerOptions { credentials, cache } = &mut self.options;
        match setting.0.id {
            Setting::Token => secret(&mut credentials.token, setting, value),
            Setting::Password => secret(&mut credentials.password, setting, value),
            Setting::User => name(&mut credentials.user, setting, value, bindings),
            Setting::Tenant => name(&mut credentials.tenant, setting, value, bindings),
            Setting::Cache => {
                *cache = text(cache.as_ref(), setting, value, bindings)?;
                Ok(match cache {
                    Some(folder) => format!("servers opened next keep answers in {folder}"),
                    None => "servers opened next keep answers in memory alone".to_owned(),
                })
            }
            _ => {
                let address = text(self.grafana.as_ref(), setting, value, bindings)?;
                if address.as_deref().is_some_and(|address| !is_web_address(address)) {
                    return Err(bad_value(setting, setting.0.takes));
                }
                self.grafana = address;
                Ok(match &self.grafana {
                    Some(address) => format!("results of servers link to {address}"),
                    None => "results have no links to Grafana".to_owned(),
                })
            }
        }
    }
}

/// Only the place of the secret is kept, and only that is said.
fn secret(
    kept: &mut Option<Secret>,
    setting: Target<'_>,
    value: Option<&SetValue>,
) -> Result<String, Diagnostic> {
    match value {
        None => {}
        Some(SetValue::Name(name)) if &*name.text == "off" => *kept = None,
        Some(SetValue::Text(place)) => match Secret::parse(&place.text) {
            Some(secret) => *kept = Some(secret),
            None => return Err(bad_value(setting, setting.0.takes)),
        },
        Some(_) => return Err(bad_value(setting, setting.0.takes)),
    }
    let what = setting.0.name;
    Ok(match kept {
        Some(secret) => format!("servers opened next get the {what} in {secret}"),
        None => format!("servers opened next get the {what} of the environment, if it has one"),
    })
}

fn name(
    kept: &mut Option<Arc<str>>,
    setting: Target<'_>,
    value: Option<&SetValue>,
    bindings: &Bindings,
) -> Result<String, Diagnostic> {
    *kept = text(kept.as_ref(), setting, value, bindings)?;
    let what = setting.0.name;
    Ok(match kept {
        Some(name) => match Secret::parse(name) {
            Some(place) => format!("servers opened next get the {what} in {place}"),
            None => format!("servers opened next get the {what} {name}"),
        },
        None => format!("servers opened next get the {what} of the environment, if it has one"),
    })
}

/// Text in quotes, or a variable that holds one; none after `off`.
fn text(
    kept: Option<&Arc<str>>,
    setting: Target<'_>,
    value: Option<&SetValue>,
    bindings: &Bindings,
) -> Result<Option<Arc<str>>, Diagnostic> {
    let text = match value {
        None => kept.cloned(),
        Some(SetValue::Name(name)) if &*name.text == "off" => None,
        Some(SetValue::Text(text)) => Some(text.text.clone()),
        Some(SetValue::Name(name)) => match bindings.get(&name.text) {
            Some(Binding::Scalar(Scalar::Text(text))) => Some(text.as_str().into()),
            _ => return Err(bad_value(setting, setting.0.takes)),
        },
        Some(_) => return Err(bad_value(setting, setting.0.takes)),
    };
    match text {
        Some(text) if text.is_empty() || text.chars().any(char::is_control) => {
            Err(bad_value(setting, setting.0.takes))
        }
        text => Ok(text),
    }
}
