//! `smith config`: looks at configurations without starting anything.

use std::path::PathBuf;
use std::process::ExitCode;

use mistersmith::agent::AgentSpec;
use mistersmith_domains::node;
use serde::Serialize;

use super::USAGE;
use super::command_line::Given;
use super::say::{complain, say};
use super::sources::{self, Wrong};

/// Says everything that is wrong with a file, or what it describes.
pub(super) fn check(file: &PathBuf) -> anyhow::Result<ExitCode> {
    let ready = match sources::file_alone(file) {
        Ok(ready) => ready,
        Err(wrong) => return Ok(refuse(&wrong)),
    };
    let configuration = &ready.loaded.configuration;
    let domains = node::domains(configuration)?;
    let instances: u32 =
        domains.iter().flat_map(|domain| domain.agents()).map(AgentSpec::instance_count).sum();
    let name = &configuration.node.name;
    let what = format!("{}, {}", counted(domains.len(), "domain"), counted(instances as usize, "agent"));
    say(format_args!("{}: ok: node {name} with {what}", file.display()));
    Ok(ExitCode::SUCCESS)
}

/// Shows every setting that is in force, and where it was written.
pub(super) fn show(given: &Given, json: bool) -> anyhow::Result<ExitCode> {
    #[derive(Serialize)]
    struct Setting {
        path: String,
        value: String,
        origin: String,
    }
    let ready = match sources::everything(given) {
        Ok(ready) => ready,
        Err(wrong) => return Ok(refuse(&wrong)),
    };
    let effective = ready.loaded.effective().into_iter();
    let settings: Vec<_> = effective
        .map(|setting| Setting {
            path: setting.path,
            value: setting.value,
            origin: setting.origin.to_string(),
        })
        .collect();
    if json {
        say(serde_json::to_string_pretty(&settings)?);
        return Ok(ExitCode::SUCCESS);
    }
    let width =
        |text: fn(&Setting) -> &str| settings.iter().map(|setting| text(setting).len()).max().unwrap_or(0);
    let (paths, values) = (width(|setting| &setting.path), width(|setting| &setting.value));
    for Setting { path, value, origin } in &settings {
        say(format_args!("{path:paths$}  {value:values$}  {origin}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Says what is wrong.
pub(super) fn refuse(wrong: &Wrong) -> ExitCode {
    for line in wrong {
        complain(line);
    }
    ExitCode::from(USAGE)
}

fn counted(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}
