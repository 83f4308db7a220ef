//! What can be typed, word for word, at a node of this program: the examples that `--help` shows.

/// The examples of a command for a node that runs; nothing for one that has its own.
pub(super) fn of(command: &str) -> Option<&'static str> {
    Some(match command {
        "tree" => {
            "  smith tree
  smith tree --watch
  smith tree --at 40                    as it was at event 40 of the restarts
  smith tree --at 5m                    as it was five minutes ago
  smith tree --json | jq .root.children"
        }
        "agents" => {
            "  smith agents
  smith agents --json | jq -r .agents[].agent"
        }
        "call" => {
            "  smith call agent_lifecycle health_monitor report
  smith call agent_lifecycle agent_registry discover '{}'
  smith call agent_lifecycle lifecycle_manager state '{\"agent\": \"health_monitor\"}'
  smith call agent_lifecycle agent_registry discover - --timeout 500ms < request.json
  smith call agent_lifecycle agent_registry discover @request.json"
        }
        "inspect" => {
            "  smith inspect health_monitor
  smith inspect agent_lifecycle/health_monitor --json
  smith inspect health_monitor#2        the second of several instances"
        }
        "restarts" => {
            "  smith restarts
  smith restarts --since 40             after event 40
  smith restarts --since 5m             in the last five minutes
  smith restarts --follow --json"
        }
        "events" => {
            "  smith events health_monitor
  smith events agent_lifecycle/health_monitor --since 5m --follow
  smith events system/supervision --json          what supervisors decided
  smith events bank/account-0 --log bank/log --since 40 --type Sent"
        }
        "state" => {
            "  smith state bank/account-0 --log bank/log
  smith state bank/account-0 --log bank/log --as-of 40
  smith state bank/account-0 --log bank/log --as-of 2026-11-23T14:05:00Z --json"
        }
        "kill" => {
            "  smith kill health_monitor             and see it come back: smith restarts
  smith kill agent_lifecycle/health_monitor
  smith kill health_monitor#2           the second of several instances"
        }
        "drain" => {
            "  smith drain health_monitor
  smith drain agent_lifecycle/health_monitor --limit 5s"
        }
        "suspend" => "  smith suspend health_monitor --reason maintenance",
        "resume" => "  smith resume health_monitor",
        "health" => {
            "  smith health
  smith health --json"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::super::CommandLine;

    #[test]
    fn every_example_of_every_command_is_understood() {
        fn lines(command: &clap::Command, found: &mut Vec<String>) {
            let help = command.clone().render_long_help().to_string();
            found.extend(help.lines().filter(|line| line.starts_with("  smith ")).map(str::to_owned));
            command.get_subcommands().for_each(|command| lines(command, found));
        }
        let mut smith = CommandLine::command();
        smith.build();
        let mut found = Vec::new();
        lines(&smith, &mut found);
        for line in &found {
            // Two blanks begin an explanation; a shell would see to quotes, pipes and files.
            let typed = line.trim().split("  ").next().unwrap().split(['|', '<']).next().unwrap();
            let mut words = Vec::new();
            for (number, part) in typed.split('\'').enumerate() {
                match number % 2 {
                    0 => words.extend(part.split_whitespace().map(str::to_owned)),
                    _ => match words.pop_if(|word| word.ends_with('=')) {
                        Some(word) => words.push(word + part),
                        None => words.push(part.to_owned()),
                    },
                }
            }
            CommandLine::try_parse_from(&words).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
        assert!(found.len() > 40, "only {} examples were found", found.len());
    }

    #[test]
    fn every_command_for_a_node_has_examples_of_this_program() {
        let smith = CommandLine::command();
        for command in smith.get_subcommands() {
            let help = command.clone().render_long_help().to_string();
            let has = help.contains("\n  smith ") || command.has_subcommands();
            assert!(has && !help.contains("tally"), "{help}");
        }
    }
}
