//! What is in force, and who said so.

use std::sync::Arc;

use actix_web::web::{self, Data, ServiceConfig};
use serde::Serialize;
use utoipa::ToSchema;

use super::{admin::Operator, edge::Edge, methods};
use crate::config::{Entry, Origin};

/// The configuration's path.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(methods::at("/api/v1/configuration").get(configuration).done());
}

/// What is in force.
#[derive(Serialize, ToSchema)]
#[schema(as = Configuration)]
pub(super) struct ConfigurationView {
    /// Every setting, as `docs/CONFIGURATION.md` has them.
    values: Vec<SettingView>,
}

/// One setting.
#[derive(Serialize, ToSchema)]
#[schema(as = Setting)]
pub(super) struct SettingView {
    /// Its variable.
    #[schema(example = "WEB_SERVER_PORT")]
    name: &'static str,
    /// Its key in the file.
    #[schema(example = "http.port")]
    key: &'static str,
    /// To what it is set; of a secret `set` or `not set`; `null` when nobody has set it and it has no default.
    value: Option<String>,
    /// Its value when nobody sets it.
    default: Option<String>,
    /// Who said so.
    source: Source,
    /// The file or the flag that said so.
    said_by: Option<String>,
    /// Whether its value is never shown.
    secret: bool,
    /// What it does.
    about: &'static str,
}

/// Where a value comes from.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SettingSource)]
pub(super) enum Source {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File,
    /// The file `.env`.
    DotEnv,
    /// The environment.
    Environment,
    /// A flag.
    Flag,
}

/// The settings of the instance that answers, as it was started: operators only. Secrets are not shown.
#[utoipa::path(
    get, path = "/api/v1/configuration", tag = "operations", operation_id = "get_configuration",
    responses((status = 200, description = "Every setting", body = ConfigurationView)),
    security(("admin" = []), ())
)]
async fn configuration(_: Operator, edge: Data<Edge>) -> web::Json<ConfigurationView> {
    let entries: &Arc<[Entry]> = &edge.options.configuration;
    web::Json(ConfigurationView { values: entries.iter().map(SettingView::from).collect() })
}

impl From<&Entry> for SettingView {
    fn from(entry: &Entry) -> Self {
        let (source, said_by) = match &entry.origin {
            Origin::Default => (Source::Default, None),
            Origin::File(path) => (Source::File, Some(path.display().to_string())),
            Origin::DotEnv(path) => (Source::DotEnv, Some(path.display().to_string())),
            Origin::Environment => (Source::Environment, None),
            Origin::Flag(flag) => (Source::Flag, Some(flag.clone())),
        };
        let secret = if entry.value.is_some() { "set" } else { "not set" };
        Self {
            name: entry.variable,
            key: entry.key,
            value: if entry.secret { Some(secret.to_owned()) } else { entry.value.clone() },
            default: entry.default.clone(),
            source,
            said_by,
            secret: entry.secret,
            about: entry.about,
        }
    }
}
